"""Pictures and sound of every kind, damaged ones, and ones that are too large to open."""

import random
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines.errors import InvalidInput
from pipelines.media import Picture, Sound
from pipelines.notices import heard
from tests.conftest import ROOT
from tests.pipelines.media import Samples, blank_png, filmed, recorded, saved, streamed, tone

RED, GREEN = (254, 0, 0), (0, 255, 0)
ENOUGH = 1_000_000  # pixels


def pixels(data: bytes, most: int = ENOUGH) -> Image.Image:
    return Picture(data, most).decode()


# Pictures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_format_becomes_rgb(kind: str) -> None:
    image = pixels(saved(Image.new("RGB", (8, 6), RED), kind))
    assert (image.mode, image.size) == ("RGB", (8, 6))
    assert np.abs(np.array(image, int) - RED).max() <= 3


@pytest.mark.parametrize(
    ("image", "kind", "color"),
    [
        (Image.new("CMYK", (2, 2), (0, 255, 255, 0)), "JPEG", RED),
        (Image.new("CMYK", (2, 2), (0, 255, 255, 0)), "TIFF", RED),
        (Image.new("RGB", (2, 2), RED).quantize(4), "PNG", RED),
        (Image.new("1", (2, 2), 1), "PNG", (255, 255, 255)),
        (Image.new("L", (2, 2), 77), "PNG", (77, 77, 77)),
        (Image.new("I;16", (2, 2), 77 * 256), "PNG", (77, 77, 77)),
        (Image.new("I;16", (2, 2), 77 * 256), "TIFF", (77, 77, 77)),
        (Image.new("I;16", (2, 2), 65535), "PNG", (255, 255, 255)),
    ],
    ids=["CMYK JPEG", "CMYK TIFF", "palette", "1 bit", "grey", "16 bits", "16-bit TIFF", "white"],
)
def test_every_mode_becomes_its_color(image: Image.Image, kind: str, color: Any) -> None:
    found = pixels(saved(image, kind))
    assert found.mode == "RGB"
    assert np.abs(np.array(found, int) - color).max() <= 3


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_is_white(mode: str) -> None:
    image = Image.new("RGBA", (2, 1), (10, 10, 10, 0))
    image.putpixel((1, 0), (10, 10, 10, 255))
    left, right = np.array(pixels(saved(image.convert(mode))))[0].tolist()
    assert left == [255, 255, 255]
    assert right == [10, 10, 10]


def test_a_transparent_color_of_a_palette_is_white() -> None:
    image = Image.new("P", (2, 1), 0)
    image.putpalette([10, 10, 10, 0, 0, 255])
    image.putpixel((1, 0), 1)
    found = np.array(pixels(saved(image, "GIF", transparency=0)))[0].tolist()
    assert found == [[255, 255, 255], [0, 0, 255]]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_picture_stands_upright_by_its_exif_tag(kind: str) -> None:
    image, exif = Image.new("RGB", (64, 32), GREEN), Image.Exif()
    image.paste(RED, (0, 0, 64, 16))  # the upper half; tag 6 turns it to the right
    exif[0x112] = 6
    found = pixels(saved(image, kind, exif=exif))
    assert found.size == (32, 64)
    assert np.abs(np.array(found.getpixel((28, 32))) - RED).max() <= 30
    assert np.abs(np.array(found.getpixel((4, 32))) - GREEN).max() <= 30


def test_the_first_picture_of_an_animation() -> None:
    frames = [Image.new("RGB", (4, 4), color) for color in (RED, GREEN)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert pixels(data).getpixel((0, 0)) == RED


def test_one_pixel() -> None:
    assert pixels(saved(Image.new("RGB", (1, 1), RED)), most=1).size == (1, 1)


def test_the_limit_counts_pixels() -> None:
    data = saved(Image.new("RGB", (20, 30)))
    Picture(data, 600).check()
    with pytest.raises(InvalidInput, match=r"20 x 30 = 600 pixels, but at most 599 .*MAX_PIXELS"):
        Picture(data, 599).check()


REFUSE = """
import resource, sys
from pipelines.media import InvalidInput, Picture
picture = Picture(open(sys.argv[1], "rb").read(), 50_000_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for use in (picture.check, picture.decode):
    try:
        sys.exit(f"opened {use()}")
    except InvalidInput as error:
        print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    """Opening it takes 676 MB; Pillow itself only warns of this size."""
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(blank_png(13_000, 130))
    assert bomb.stat().st_size < 1_000_000
    command = [sys.executable, "-W", "ignore", "-c", REFUSE, str(bomb)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    *refusals, grown = done.stdout.splitlines()
    assert len(refusals) == 2
    assert all("13,000 x 13,000 = 169,000,000 pixels" in each for each in refusals)
    assert int(grown) < 50_000  # KiB
    assert pixels(blank_png(130, 1)).getextrema() == ((255, 255),) * 3, "the bomb is no picture"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_half_a_picture_is_damaged(kind: str) -> None:
    noise = Image.effect_noise((64, 64), 100).convert("RGB")
    data = saved(noise, kind)
    with pytest.raises(InvalidInput, match="damaged|not a picture"):
        pixels(data[: len(data) // 2])


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"%PDF-1.7", b"<svg/>", b"\0" * 99]
)
def test_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="Send a PNG, JPEG"):
        Picture(data, ENOUGH).check()


# Pillow warns of what it finds odd in a damaged header, and goes on.
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_damage_anywhere_is_refused_or_overlooked(kind: str) -> None:
    exif = Image.Exif()
    exif[0x112], exif[0x11A] = 6, 72.0
    more = {} if kind in ("GIF", "BMP") else {"exif": exif}
    data = saved(Image.radial_gradient("L").resize((40, 30)).convert("RGB"), kind, **more)
    for made in damages(data, 300):
        with suppress(InvalidInput):
            assert pixels(made).mode == "RGB"


def damages(data: bytes, count: int) -> list[bytes]:
    """Copies of a file with a few bytes changed near its start, the same ones every time."""
    draw, made = random.Random(0), []
    for _ in range(count):
        copy = bytearray(data)
        for _ in range(draw.randrange(1, 6)):
            copy[draw.randrange(min(len(copy), 400))] = draw.randrange(256)
        made.append(bytes(copy))
    return made


# Address space ---------------------------------------------------------------------------------

BOUNDED = """
import resource, sys
from pipelines import media
from pipelines.errors import InvalidInput

def tried(work):
    before = resource.getrlimit(resource.RLIMIT_AS)
    try:
        said = work()
    except InvalidInput as error:
        said = error
    assert resource.getrlimit(resource.RLIMIT_AS) == before, "the limit stayed"
    print(str(said).replace(chr(10), " "))

data = open(sys.argv[1], "rb").read()
"""


def alone(code: str, data: bytes, folder: Path) -> list[str]:
    """What `code` prints in a process of its own: the limit concerns all of it."""
    (folder / "data").write_bytes(data)
    command = [sys.executable, "-c", BOUNDED + code, str(folder / "data")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


ASTRAY = """
def map_more(count):
    with media.address_space(0):
        return len(bytearray(count))

tried(lambda: map_more(media.SPARE // 2))
tried(lambda: map_more(2 * media.SPARE))
tried(lambda: map_more(media.SPARE // 2))
print(len(bytearray(2 * media.SPARE)))  # nothing is limited afterwards
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to RLIMIT_AS")
def test_work_that_maps_far_too_much_is_refused(tmp_path: Path) -> None:
    first, astray, again, after = alone(ASTRAY, b"", tmp_path)
    assert first == again == "256000000"
    assert "takes far more memory to open than its size and kind explain" in astray
    assert after == "1024000000"


NARROW = """
most = resource.getrlimit(resource.RLIMIT_AS)[1]
resource.setrlimit(resource.RLIMIT_AS, (64 << 30, most))
with media.address_space(1 << 40):
    print(resource.getrlimit(resource.RLIMIT_AS)[0] == 64 << 30)
with media.address_space(None):
    print(resource.getrlimit(resource.RLIMIT_AS)[0] == 64 << 30)
resource.setrlimit(resource.RLIMIT_AS, (64 << 30, 64 << 30))
with media.address_space(1 << 40):
    print(resource.getrlimit(resource.RLIMIT_AS) == (64 << 30, 64 << 30))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to RLIMIT_AS")
def test_a_limit_that_was_there_is_never_raised(tmp_path: Path) -> None:
    assert alone(NARROW, b"", tmp_path) == ["True"] * 3


DECODE = """
def size(**more):
    return media.Picture(data, 50_000_000, **more).decode().size

tried(lambda: size(bounded=True))
media.SPARE, media.PIXEL = 20_000_000, 0  # as if it took more than its pixels explain
tried(lambda: size(bounded=True))
tried(lambda: size())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to RLIMIT_AS")
def test_a_picture_is_decoded_within_its_space(tmp_path: Path) -> None:
    normal, astray, free = alone(DECODE, blank_png(6_000, 40), tmp_path)
    assert normal == free == "(6000, 4000)"
    assert "takes far more memory to open" in astray


LISTEN = """
import numpy as np

def count(**more):
    return len(media.Sound(data, 60, **more).decode(16_000))

tried(lambda: count(bounded=True))
media.SPARE, media.SAMPLE = 20_000_000, 0
media.Sound.parts = lambda *_: [np.ones(24_000_000, np.float32)]  # a decoder gone astray
tried(lambda: count(bounded=True))
tried(lambda: count())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to RLIMIT_AS")
def test_a_sound_is_decoded_within_its_space(tmp_path: Path) -> None:
    normal, astray, free = alone(LISTEN, recorded(tone(48_000, 1), 48_000), tmp_path)
    assert (normal, free) == ("16000", "24000000")
    assert "takes far more memory to open" in astray


def test_damage_is_told_within_a_space_too(tmp_path: Path) -> None:
    data = saved(Image.effect_noise((64, 64), 100))
    code = "tried(lambda: media.Picture(data, 5_000, True).decode())"
    (said,) = alone(code, data[:1_000], tmp_path)
    assert "This picture is damaged" in said


# Sound -----------------------------------------------------------------------------------------

FORMS = [
    ("wav", "pcm_s16le", 8_000),
    ("wav", "pcm_u8", 22_050),
    ("wav", "pcm_f32le", 44_100),
    ("wav", "pcm_s24le", 96_000),
    ("flac", "flac", 16_000),
    ("flac", "flac", 48_000),
    ("mp3", "libmp3lame", 16_000),
    ("mp3", "libmp3lame", 44_100),
    ("ogg", "libopus", 48_000),
    ("mp4", "aac", 44_100),
    ("adts", "aac", 48_000),
    ("webm", "libopus", 48_000),
]


def samples(data: bytes, rate: int = 16_000, seconds: float = 60) -> Samples:
    return Sound(data, seconds).decode(rate)


@pytest.mark.parametrize(
    ("form", "codec", "rate", "channels"),
    [(*form, n) for form in FORMS for n in (1, 2, 5) if n < 3 or form[0] != "mp3"],
)
def test_every_format_rate_and_number_of_channels_sounds_alike(
    form: str, codec: str, rate: int, channels: int
) -> None:
    found = samples(recorded(tone(rate, 1, channels), rate, form, codec))
    assert found.dtype == np.float32
    assert found.ndim == 1
    assert abs(len(found) - 16_000) <= 1_000  # some codecs add silence at the ends
    assert loudness(found) == pytest.approx(0.354, rel=0.08)
    assert pitch(found) == pytest.approx(440, abs=2)


def loudness(found: Samples) -> float:
    """Root mean square of the middle."""
    return float(np.sqrt(np.mean(found[4_000:12_000] ** 2)))


def pitch(found: Samples) -> float:
    middle = found[4_000:12_000]
    return float(np.abs(np.fft.rfft(middle * np.hanning(8_000))).argmax()) * 2


@pytest.mark.parametrize(
    ("form", "codec", "rate", "options"),
    [
        ("webm", "libopus", 48_000, {}),
        ("ogg", "libopus", 48_000, {}),
        ("mp4", "aac", 44_100, {"movflags": "frag_keyframe+empty_moov"}),
        ("wav", "pcm_s16le", 16_000, {}),
        ("flac", "flac", 44_100, {}),
        ("mp3", "libmp3lame", 44_100, {}),
        ("adts", "aac", 48_000, {}),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_what_a_browser_records(
    form: str, codec: str, rate: int, options: dict[str, str], channels: int
) -> None:
    data = streamed(tone(rate, 1, channels), rate, form, codec, **options)
    Sound(data, 2).check()
    found = samples(data)
    assert abs(len(found) - 16_000) <= 1_500
    assert loudness(found) == pytest.approx(0.354, rel=0.08)
    assert pitch(found) == pytest.approx(440, abs=2)


WAVES = ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_alaw",
         "pcm_mulaw"]  # fmt: skip


@pytest.mark.parametrize("codec", WAVES)
@pytest.mark.parametrize("rate", [8_000, 11_025, 192_000, 384_000])
def test_every_kind_of_wav_at_every_rate(codec: str, rate: int) -> None:
    found = samples(recorded(tone(rate, 1), rate, "wav", codec))
    assert len(found) == 16_000
    assert loudness(found) == pytest.approx(0.354, rel=0.02)
    assert pitch(found) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("channels", [4, 6])
@pytest.mark.parametrize("form", [("wav", "pcm_s16le"), ("flac", "flac"), ("webm", "libopus")])
def test_surround_sound(form: tuple[str, str], channels: int) -> None:
    data = recorded(tone(48_000, 1, channels), 48_000, *form)
    assert loudness(samples(data)) == pytest.approx(0.354, rel=0.02)
    whole, rate = Sound(data, 60).original()
    assert (whole.shape, rate) == ((channels, 48_000), 48_000)


def test_what_loses_nothing_is_exact() -> None:
    once = tone(16_000, 0.5)
    assert samples(recorded(once, 16_000, "flac", "flac")) == pytest.approx(once[0], abs=1e-4)


def test_channels_are_averaged() -> None:
    both = np.concatenate([tone(16_000, 0.5), np.zeros((1, 8_000), np.float32)])
    assert samples(recorded(both, 16_000)) == pytest.approx(tone(16_000, 0.5)[0] / 2, abs=1e-4)


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000])
def test_the_rate_is_the_one_asked_for(rate: int) -> None:
    assert len(samples(recorded(tone(44_100, 1), 44_100), rate)) == pytest.approx(rate, abs=2)


def test_silence_is_sound() -> None:
    found = samples(recorded(np.zeros((1, 1_600), np.float32), 16_000))
    assert found.tolist() == [0.0] * 1_600


def test_one_sample_is_sound() -> None:
    assert len(samples(recorded(np.full((1, 1), 0.5, np.float32), 16_000))) == 1


@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
@pytest.mark.parametrize("count", [1, 2, 20])
def test_a_few_samples_at_any_rate(rate: int, count: int) -> None:
    found = samples(recorded(np.full((1, count), 0.5, np.float32), rate))
    assert abs(len(found) - count * 16_000 / rate) <= 1
    assert found == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_samples_that_are_no_numbers(odd: float) -> None:
    sound = tone(16_000, 0.1)
    sound[0, 100] = odd
    with pytest.raises(InvalidInput, match="samples that are no numbers"):
        samples(recorded(sound, 16_000, "wav", "pcm_f32le"))


def test_louder_than_full_scale() -> None:
    found = samples(recorded(4 * tone(16_000, 0.1), 16_000, "wav", "pcm_f32le"))
    assert np.abs(found).max() == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize("form", [("wav", "pcm_s16le"), ("flac", "flac"), ("webm", "libopus")])
def test_an_empty_recording(form: tuple[str, str]) -> None:
    data = streamed(np.zeros((1, 0), np.float32), 48_000, *form)
    for use in (samples, lambda data: Sound(data, 60).original()):
        with pytest.raises(InvalidInput, match="is empty|not sound that can be read"):
            use(data)


def test_no_sample_is_none() -> None:
    whole = recorded(tone(16_000, 0.1), 16_000)
    with pytest.raises(InvalidInput, match="This sound is empty, or damaged at its start"):
        samples(whole[:78])


@pytest.mark.parametrize(("form", "codec", "rate"), FORMS)
def test_half_a_recording_is_shorter_or_damaged(form: str, codec: str, rate: int) -> None:
    data = recorded(tone(rate, 1), rate, form, codec)
    with suppress(InvalidInput):
        assert len(samples(data[: len(data) // 2])) < 15_000


@pytest.mark.parametrize(
    "data", [b"", b"RIFF", b"text", b"\0" * 1_000, b"ID3\x04", saved(Image.new("RGB", (8, 8)))]
)
def test_what_is_no_sound(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="Send a wav, flac, mp3"):
        Sound(data, 60).check()


@pytest.mark.parametrize(("form", "codec"), [("mp4", "mpeg4"), ("webm", "libvpx")])
def test_a_film_without_sound(form: str, codec: str) -> None:
    with pytest.raises(InvalidInput, match="holds no sound"):
        Sound(filmed(form, codec), 60).check()


def test_too_long_by_its_header() -> None:
    data = recorded(tone(16_000, 3), 16_000)
    with pytest.raises(InvalidInput, match=r"is 3 s long, but at most 2 s .*MAX_SECONDS"):
        Sound(data, 2).check()
    assert len(samples(data, seconds=3)) == 48_000


@pytest.mark.parametrize("said", [0, 16_000], ids=["says nothing", "lies"])
def test_too_long_where_the_header_says_nothing_or_lies(said: int) -> None:
    data = bytearray(recorded(tone(16_000, 3), 16_000, "flac", "flac"))
    data[21] &= 0xF0  # the number of samples: 36 bits
    data[22:26] = said.to_bytes(4, "big")
    Sound(bytes(data), 2).check()
    with pytest.raises(InvalidInput, match="is longer than 2 s"):
        samples(bytes(data), seconds=2)


def test_too_long_as_a_browser_records_it() -> None:
    data = recorded(tone(48_000, 3), 48_000, "webm", "libopus", live="1")
    Sound(data, 2).check()
    with pytest.raises(InvalidInput, match="is longer than 2 s"):
        samples(data, seconds=2)
    assert len(samples(data, seconds=4)) == pytest.approx(48_000, abs=500)


def test_more_channels_than_anybody_hears() -> None:
    data = bytearray(recorded(tone(16_000, 0.5), 16_000))
    data[22:24], data[32:34] = (40).to_bytes(2, "little"), (80).to_bytes(2, "little")
    assert len(samples(bytes(data))) == 200


@pytest.mark.parametrize("rate", [0, 1, 1_056_980_608])
def test_a_rate_that_no_recorder_has(rate: int) -> None:
    data = bytearray(recorded(tone(16_000, 0.1), 16_000))
    data[24:28] = rate.to_bytes(4, "little")
    with pytest.raises(InvalidInput):
        samples(bytes(data))


def test_a_codec_that_nobody_knows() -> None:
    data = bytearray(recorded(tone(16_000, 0.1), 16_000))
    data[20:22] = b"\x8f\xe5"
    with pytest.raises(InvalidInput, match="holds no sound"):
        samples(bytes(data))


def test_a_playlist_reads_no_other_file_and_calls_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.wav").write_bytes(recorded(tone(16_000, 0.1), 16_000))
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as host:
        host.setblocking(False)
        for playlist in playlists(f"http://127.0.0.1:{host.getsockname()[1]}/a.wav"):
            with pytest.raises(InvalidInput, match="not sound that can be read"):
                Sound(playlist.encode(), 60).check()
        with pytest.raises(BlockingIOError):
            host.accept()


def playlists(address: str) -> list[str]:
    return [
        "ffconcat version 1.0\nfile secret.wav\n",
        f"ffconcat version 1.0\nfile {address}\n",
        f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{address}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nsecret.wav\n#EXT-X-ENDLIST\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    ]


@pytest.mark.parametrize(("form", "codec", "rate"), FORMS)
def test_damage_in_a_recording_is_refused_or_overlooked(form: str, codec: str, rate: int) -> None:
    for made in damages(recorded(tone(rate, 0.2), rate, form, codec), 60):
        with suppress(InvalidInput):
            assert samples(made).ndim == 1


@pytest.mark.parametrize("kind", [">u2", "<u2"])
def test_sixteen_bits_of_either_order_are_scaled(kind: str) -> None:
    values = np.array([[0, 255, 256, 65_535]], dtype=np.dtype(kind))
    modes = {">u2": "I;16B", "<u2": "I;16"}
    image = Image.frombytes(modes[kind], (4, 1), values.tobytes())
    found = np.asarray(Picture(saved(image, "TIFF"), 100).decode())
    assert found[0, :, 0].tolist() == [0, 0, 1, 255]


@pytest.mark.parametrize(
    ("values", "mode"),
    [([0.0, 0.5, 1.0], "F"), ([-1.0, 0.0, 1.0], "F"), ([0, 32_768, 65_536], "I")],
)
def test_numbers_instead_of_colours_are_stretched_and_that_is_told(
    values: list[float], mode: str
) -> None:
    kind = np.float32 if mode == "F" else np.int32
    image = Image.fromarray(np.array([values], dtype=kind), mode)
    told: list[str] = []
    with heard(told.append):
        found = np.asarray(Picture(saved(image, "TIFF"), 100).decode())
    assert found[0, :, 0].tolist() == [0, 128, 255]
    assert "was read as black" in told[0]


def test_one_number_everywhere_is_one_colour() -> None:
    image = Image.fromarray(np.full((2, 2), np.nan, dtype=np.float32), "F")
    assert not np.asarray(Picture(saved(image, "TIFF"), 100).decode()).any()
