"""Models on board that bring their own code: what they answer, and what they refuse."""

import inspect
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from starters.handlers import musicnn, nsnet2, silero_vad
from tests.starters.test_models import SAMPLES

Sound = NDArray[np.float32]
Handle = Callable[..., Any]

PUBLISHED = [0.04673, 0.03067, 0.03203, 0.03424, 0.03543, 0.04425]
PUBLISHED += [0.07793, 0.27284, 0.25374, 0.23537, 0.39193, 0.67653]

HEARING = (
    "tagline/silero-vad",
    "tagline/nsnet2",
    "tagline/musicnn",
)  # those whose `inputs` is a sound
RATE = 16_000


def wav(sound: Sound, rate: int = RATE, subtype: str = "FLOAT") -> bytes:
    """A WAV file."""
    file = BytesIO()
    soundfile.write(file, sound, rate, format="WAV", subtype=subtype)
    return file.getvalue()


@pytest.fixture(scope="module")
def speech() -> Sound:
    return np.asarray(soundfile.read(SAMPLES / "speech.flac", dtype="float32")[0])


def silence(seconds: float) -> Sound:
    return np.zeros(int(seconds * RATE), np.float32)


def noise(samples: int, level: float) -> Sound:
    made = np.random.default_rng(0).standard_normal(samples) * level
    return made.astype(np.float32)


# Whatever is uploaded, a handler that hears either answers or says what is wrong.


@pytest.mark.parametrize("model", HEARING)
@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_any_sampling_rate_will_do(
    handlers: dict[str, Any], speech: Sound, model: str, rate: int, subtype: str
) -> None:
    sound = resample_poly(speech[: 2 * RATE], rate // 50, RATE // 50)
    assert handlers[model]({"inputs": wav(sound, rate, subtype)})


@pytest.mark.parametrize("model", HEARING)
@pytest.mark.parametrize("samples", [1, 100, 3 * RATE])
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_the_shortest_the_quietest_and_the_loudest(
    handlers: dict[str, Any], model: str, samples: int, level: float
) -> None:
    sound = np.full(samples, level, np.float32)
    assert all_finite(handlers[model]({"inputs": wav(sound), "parameters": {}}))


@pytest.mark.parametrize("model", HEARING)
def test_clipped_sound(handlers: dict[str, Any], speech: Sound, model: str) -> None:
    assert handlers[model]({"inputs": wav(np.clip(50 * speech, -1, 1), subtype="PCM_16")})


@pytest.mark.parametrize("model", HEARING)
@pytest.mark.parametrize("value", [np.nan, np.inf, -1e30])
def test_samples_that_no_recording_has(handlers: dict[str, Any], model: str, value: float) -> None:
    sound = np.full(RATE, value, np.float32)
    assert all_finite(handlers[model]({"inputs": wav(sound)}))


def all_finite(answer: list[dict[str, Any]]) -> bool:
    numbers = [value for part in answer for value in part.values() if not isinstance(value, str)]
    return all(np.isfinite(number).all() for number in numbers)


@pytest.mark.parametrize("model", HEARING)
def test_an_empty_or_foreign_file_is_refused(handlers: dict[str, Any], model: str) -> None:
    with pytest.raises(ValueError, match="is empty"):
        handlers[model]({"inputs": wav(silence(0))})
    with pytest.raises(ValueError, match="no sound file that can be read"):
        handlers[model]({"inputs": b"hello"})


def test_they_all_read_a_sound_in_the_same_way() -> None:
    copies = {inspect.getsource(module.waveform) for module in (silero_vad, nsnet2, musicnn)}
    assert len(copies) == 1


def test_stereo_is_heard_as_one(handlers: dict[str, Any], speech: Sound) -> None:
    both = np.stack([speech * 2, silence(len(speech) / RATE)], axis=1)
    mono, stereo = (handlers["tagline/silero-vad"]({"inputs": wav(x)}) for x in (speech, both))
    assert mono == stereo


# silero-vad


@pytest.fixture(scope="module")
def spans(handlers: dict[str, Any]) -> Handle:
    def found(sound: Sound, **parameters: Any) -> list[tuple[float, float]]:
        answer = handlers["tagline/silero-vad"]({"inputs": wav(sound), "parameters": parameters})
        assert {part["label"] for part in answer} <= {"speech"}
        return [(part["start"], part["end"]) for part in answer]

    return found


def test_speech_between_silences_is_one_span(spans: Handle, speech: Sound) -> None:
    [(start, end)] = spans(np.concatenate([silence(1), speech, silence(1)]))
    assert start == pytest.approx(1.3, abs=0.1)  # the reader takes a breath first
    assert end == pytest.approx(7.9, abs=0.1)


def test_silence_and_noise_are_no_speech(spans: Handle) -> None:
    assert spans(silence(3)) == []
    assert spans(noise(3 * RATE, 0.1)) == []


def test_what_the_published_model_hears(handlers: dict[str, Any], speech: Sound) -> None:
    """The package's own TorchScript model gave these probabilities to the first windows."""
    chances = handlers["tagline/silero-vad"].probabilities(speech)
    assert chances[:12] == pytest.approx(PUBLISHED, abs=1e-4)


def test_a_long_sound_is_heard_in_blocks(spans: Handle, speech: Sound) -> None:
    once, many = spans(speech), spans(np.tile(speech, 8))
    assert len(many) == 8
    assert many[0] == pytest.approx(once[0], abs=0.01)


def test_parameters_of_voice_activity(spans: Handle, speech: Sound) -> None:
    two = np.concatenate([speech[:40_000], silence(1), speech[40_000:]])
    apart, joined = spans(two), spans(two, min_silence_duration_ms=2000)
    assert len(apart) == len(joined) + 1
    assert spans(two, min_speech_duration_ms=60_000) == []
    [(start, end)], [(earlier, later)] = spans(speech, speech_pad_ms=0), spans(speech)
    assert start - earlier == pytest.approx(0.03)
    assert later - end == pytest.approx(0.03)
    assert spans(speech, threshold=0.02)[0][0] == 0  # the rustle before he speaks is over that


@pytest.mark.parametrize("wrong", [{"threshold": 0}, {"threshold": 2}, {"speech_pad_ms": -1}])
def test_impossible_parameters_of_voice_activity(
    spans: Handle, speech: Sound, wrong: dict[str, float]
) -> None:
    with pytest.raises(ValueError, match="must"):
        spans(speech, **wrong)


# hibari-tts


@pytest.fixture(scope="module")
def say(handlers: dict[str, Any]) -> Handle:
    def said(text: str, **parameters: Any) -> Sound:
        answer = handlers["tagline/hibari-tts"]({"inputs": text, "parameters": parameters})
        assert answer["sampling_rate"] == 24_000
        sound: Sound = answer["audio"]
        assert (str(sound.dtype), sound.ndim) == ("float32", 1)
        assert 0.05 < np.abs(sound).max() <= 1
        return sound

    return said


@pytest.mark.parametrize(
    "text",
    [
        "The quick brown fox jumps over the lazy dog.",
        "Hello, this is a small text to speech model, running entirely offline.",
        "Good morning. How are you today? I hope that you slept well.",
    ],
)
def test_what_is_said_is_heard(say: Handle, listen: Any, text: str) -> None:
    sound = resample_poly(say(text), 2, 3)  # 24 kHz to Whisper's 16
    heard = listen({"raw": sound, "sampling_rate": RATE})["text"]
    assert words(heard) == words(text)


def words(text: str) -> list[str]:
    return "".join(c for c in text.lower() if c.isalpha() or c == " ").split()


def test_speed_and_length(say: Handle) -> None:
    text = "This is a sentence of a few words."
    slow, usual, fast = (len(say(text, speed=speed)) for speed in (0.5, 1, 2))
    assert slow > 1.5 * usual > 2 * fast
    assert len(say(f"{text} " * 20)) == pytest.approx(20 * usual, rel=0.05)


def test_a_text_sounds_the_same_again(say: Handle) -> None:
    assert np.array_equal(say("Once more."), say("Once more."))


def test_a_sentence_without_an_end(say: Handle) -> None:
    assert len(say("word " * 300)) > 60 * 24_000


@pytest.mark.parametrize("text", ["", " \n", "你好", "🙂"])
def test_what_cannot_be_said(say: Handle, text: str) -> None:
    with pytest.raises(ValueError, match=r"no text to say|must be English"):
        say(text)


@pytest.mark.parametrize("speed", [0, -1, 2.1, float("nan")])
def test_a_speed_that_nobody_talks_at(say: Handle, speed: float) -> None:
    with pytest.raises(ValueError, match=r"speed is .* must lie between 0\.5 and 2"):
        say("Hello.", speed=speed)


def test_hibari_keeps_its_notices_and_leaves_nothing_behind(onboard: Path) -> None:
    folder = onboard / "tagline/hibari-tts"
    assert "hibari\nCopyright 2026 Maureese Williams" in (folder / "NOTICE").read_text()
    assert not list(folder.rglob("*_gb*"))
    assert "hibari" not in sys.modules


# nsnet2


@pytest.fixture(scope="module")
def denoise(handlers: dict[str, Any]) -> Handle:
    def denoised(sound: Sound, rate: int = RATE) -> Sound:
        [answer] = handlers["tagline/nsnet2"]({"inputs": wav(sound, rate)})
        assert (answer["label"], answer["sampling_rate"]) == ("denoised", RATE)
        audio: Sound = answer["audio"]
        assert audio.dtype == np.float32
        return audio

    return denoised


def ratio(speech: Sound, mixed: Sound) -> float:
    """How much louder than the rest the speech is, in decibels."""
    return float(10 * np.log10((speech**2).sum() / ((mixed - speech) ** 2).sum()))


@pytest.mark.parametrize(("before", "after"), [(0, 8), (5, 11), (10, 13.5)])
def test_noise_goes(denoise: Handle, speech: Sound, before: float, after: float) -> None:
    hiss = noise(len(speech), float(np.sqrt((speech**2).mean())) * 10 ** (-before / 20))
    assert ratio(speech, speech + hiss) == pytest.approx(before, abs=0.1)
    assert ratio(speech, denoise(speech + hiss)) > after


def test_clean_speech_stays(denoise: Handle, speech: Sound) -> None:
    cleaned = denoise(speech)
    assert cleaned.shape == speech.shape
    assert ratio(speech, cleaned) > 16


def test_silence_stays_silent(denoise: Handle) -> None:
    assert not denoise(silence(1)).any()


def test_a_minute_is_denoised_in_blocks(denoise: Handle, speech: Sound) -> None:
    cleaned = denoise(np.tile(speech, 10))
    assert np.abs(cleaned[: len(speech)] - denoise(speech)).max() < 0.01


def test_nsnet2_keeps_its_licence(onboard: Path) -> None:
    assert "Attribution 4.0 International" in (onboard / "tagline/nsnet2/LICENSE").read_text()


# musicnn


@pytest.fixture(scope="module")
def hear(handlers: dict[str, Any]) -> Handle:
    def heard(sound: Sound, **parameters: Any) -> dict[str, float]:
        answer = handlers["tagline/musicnn"]({"inputs": wav(sound), "parameters": parameters})
        scores = [part["score"] for part in answer]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)
        return {part["label"]: part["score"] for part in answer}

    return heard


def plucked(pitch: float, seconds: float) -> Sound:
    """A string, by Karplus and Strong: noise in a loop that wears off."""
    loop = noise(int(RATE / pitch), 0.3)
    rounds = [loop]
    while len(rounds) * len(loop) < seconds * RATE:
        loop = 0.498 * (loop + np.roll(loop, -1))
        rounds.append(loop)
    return np.concatenate(rounds)[: int(seconds * RATE)]


def drums(seconds: float) -> Sound:
    """A bass drum on the beat and a hiss between."""
    time = np.arange(4000) / RATE
    kick = np.sin(2 * np.pi * 50 * time + 5 * np.exp(-40 * time)) * np.exp(-20 * time)
    beat = np.concatenate([kick, silence(0.24)[:160], noise(2000, 0.3) * np.exp(-80 * time[:2000])])
    bar = np.pad(beat, (0, 7680 - len(beat)))
    return np.resize(bar, int(seconds * RATE)).astype(np.float32)


def test_a_plucked_string_is_a_guitar(hear: Handle) -> None:
    melody = [plucked(pitch, 0.5) for pitch in (196, 247, 294, 392, 294, 247, 220, 262, 330)]
    assert next(iter(hear(np.concatenate(melody)))) == "guitar"


def test_drums_are_a_beat(hear: Handle) -> None:
    best = list(hear(drums(8)))
    assert "beat" in best[:2]
    assert "techno" in best[:3]


def test_how_speech_sounds_to_a_judge_of_music(hear: Handle, speech: Sound) -> None:
    """The scores that the card quotes."""
    found = hear(speech)
    assert found["techno"] == pytest.approx(0.155, abs=0.005)
    assert found["male"] == pytest.approx(0.149, abs=0.005)


def test_how_many_tags(hear: Handle, speech: Sound) -> None:
    assert len(hear(speech)) == 5
    assert len(hear(speech, top_k=1)) == 1
    assert len(hear(speech, top_k=100)) == 50
    with pytest.raises(ValueError, match="top_k is 0: it must be at least 1"):
        hear(speech, top_k=0)


def test_an_hour_of_music_would_do(hear: Handle, speech: Sound) -> None:
    blocks = 40 * 3  # seconds: more patches than it hears at a time
    assert hear(drums(blocks)) == pytest.approx(hear(drums(9)), abs=0.05)


# The examples that come with them -----------------------------------------------------------------


def test_the_example_of_music_is_heard_for_what_it_is(
    handlers: dict[str, Any], onboard: Path
) -> None:
    sound, rate = soundfile.read(onboard / "tagline/musicnn/strings.flac", dtype="float32")
    best = handlers["tagline/musicnn"]({"inputs": wav(sound, rate)})[0]
    assert best["label"] == "guitar"
    assert best["score"] == pytest.approx(0.57, abs=0.05)


def test_the_example_of_noise_loses_most_of_it(
    handlers: dict[str, Any], onboard: Path, speech: Sound
) -> None:
    sound, rate = soundfile.read(onboard / "tagline/nsnet2/noisy.flac", dtype="float32")
    [track] = handlers["tagline/nsnet2"]({"inputs": wav(sound, rate)})
    before, after = (
        float(np.std(each[: len(speech)] - speech)) for each in (sound, track["audio"])
    )
    assert before == pytest.approx(0.05, abs=0.002)
    assert after < before / 2


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        ("tagline/silero-vad", {"voice": "bob"}),
        ("tagline/nsnet2", {"voice": "bob"}),
        ("tagline/musicnn", {"function_to_apply": "softmax"}),
        ("tagline/hibari-tts", {"voice": "bob"}),
        ("tagline/hibari-tts", {"speaker_id": 1}),
    ],
)
def test_a_parameter_that_it_cannot_honour_is_refused_by_name(
    handlers: dict[str, Any], speech: Sound, model: str, parameters: dict[str, Any]
) -> None:
    inputs = "Hello." if model == "tagline/hibari-tts" else wav(speech[:RATE])
    with pytest.raises(ValueError, match=next(iter(parameters))):
        handlers[model]({"inputs": inputs, "parameters": parameters})
