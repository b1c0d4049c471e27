"""Which file format a caller gets."""

import io

import pytest
from PIL import Image

from pipelines import encode, pictures
from pipelines.formats import ALIASES, WRITTEN, best, convert, ending, preferred
from pipelines.pictures import media, picture

KNOWN = [mime for each in WRITTEN for mime in each]


@pytest.mark.parametrize(
    ("accept", "mime"),
    [
        ("*/*", "audio/flac"),
        ("", "audio/flac"),
        ("audio/*", "audio/flac"),
        ("application/json", "audio/flac"),
        ("image/png", "audio/flac"),
        ("audio/wav", "audio/wav"),
        ("audio/x-wav", "audio/wav"),
        ("AUDIO/MP3", "audio/mpeg"),
        ("audio/ogg;q=0.5, audio/flac;q=0.9", "audio/flac"),
        ("text/html, audio/mpeg;q=0.1", "audio/mpeg"),
        ("audio/wav;q=0", "audio/flac"),
        ("audio/wav;q=much", "audio/flac"),
        (";;,,", "audio/flac"),
    ],
)
def test_accept_names_a_format(accept: str, mime: str) -> None:
    assert preferred(accept, "audio/flac") == mime


def test_a_picture_becomes_a_picture_and_a_video_stays_one() -> None:
    assert preferred("image/webp, image/jpg", "image/png") == "image/webp"
    assert preferred("image/jpg", "image/png") == "image/jpeg"
    assert preferred("audio/wav", "image/png") == "image/png"
    assert preferred("video/webm", "video/mp4") == "video/mp4"


def test_every_alias_is_of_a_format() -> None:
    assert set(ALIASES.values()) <= set(KNOWN)
    endings = {"flac", "wav", "mp3", "ogg", "webm", "m4a", "aac", "png", "jpg", "webp"}
    assert {ending(mime) for mime in KNOWN} == endings


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "LA", "1"])
@pytest.mark.parametrize("mime", pictures.FORMATS)
def test_a_picture_of_any_mode_becomes_a_file_of_any_format(mode: str, mime: str) -> None:
    made = convert(picture(Image.new(mode, (5, 3))), mime)
    found = Image.open(io.BytesIO(made["content"]))
    assert (found.size, made["mime"]) == ((5, 3), mime)
    assert found.get_format_mimetype() == mime


def test_sound_becomes_sound() -> None:
    flac = encode.encode([0.0, 0.5], 8_000)
    assert convert(flac, "audio/wav")["content"][:4] == b"RIFF"


def test_what_a_model_gives_for_a_picture() -> None:
    image = Image.new("RGB", (2, 2), "red")
    assert media(image) == picture(image) == media(picture(image)["content"])
    assert media([image, image]) == [picture(image)] * 2
    assert media({"no": "picture"}) == {"no": "picture"}


@pytest.mark.parametrize(
    ("accept", "mime"),
    [
        ("*/*, image/webp;q=0.9", "image/png"),
        ("image/webp, */*", "image/webp"),
        ("image/*;q=0.5, image/jpeg;q=0.9", "image/jpeg"),
        ("image/*, image/png;q=0.1", "image/jpeg"),
        ("image/png;q=0", "image/jpeg"),
        ("image/png;q=0, image/*", "image/jpeg"),
        ("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "image/webp"),
        ("image/webp;q=0.8;level=1, image/jpeg; q=0.8", "image/webp"),
        ("image/jpeg; charset=utf-8", "image/jpeg"),
        ("image/webp;q=nan", "image/png"),
        ("image/webp;q=7", "image/png"),
        ("*/*;q=0", "image/png"),
        ("model/obj", "image/png"),
    ],
)
def test_accept_has_ranges_and_weights(accept: str, mime: str) -> None:
    assert preferred(accept, "image/png") == mime


def test_what_has_one_form_comes_in_it() -> None:
    assert preferred("model/obj, */*;q=0.1", "model/gltf-binary") == "model/gltf-binary"
    assert best("image/webp", ["application/json", "image/png", "image/webp"]) == "image/webp"
    assert best("*/*", ["application/json", "image/png"]) == "application/json"
    assert best("text/html, image/png;q=0.2", ["application/json", "image/png"]) == "image/png"
