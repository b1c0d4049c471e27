"""Sound out: what is written can be read back, in every format, at the nearest rate."""

import numpy as np
import pytest

from pipelines.encode import (
    FORMATS,
    convert,
    encode,
    media,
    nearest,
    waveform,
)
from pipelines.errors import ModelFailed
from pipelines.media import Sound
from tests.pipelines.media import tone

RATE = 16_000
TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype(np.float32)
LOSSLESS = ("audio/flac", "audio/wav")


def back(mime: str, samples: np.ndarray, rate: int = RATE) -> tuple[np.ndarray, int]:
    made = encode(samples, rate, mime)
    assert made["mime"] == mime
    return Sound(made["content"], 60).original()


@pytest.mark.parametrize("mime", FORMATS)
def test_every_format_is_read_back(mime: str) -> None:
    samples, rate = back(mime, TONE)
    assert samples.shape[0] == 1
    assert rate in (RATE, 48_000)  # an Opus decoder always gives 48 kHz
    assert samples.shape[1] / rate == pytest.approx(1, abs=0.15)
    heard = np.abs(np.fft.rfft(samples[0]))
    assert np.argmax(heard) * rate / samples.shape[1] == pytest.approx(440, abs=3)


@pytest.mark.parametrize("mime", LOSSLESS)
@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000])
def test_a_lossless_format_keeps_rate_and_samples(mime: str, rate: int) -> None:
    samples, found = back(mime, TONE, rate)
    assert found == rate
    assert samples[0] == pytest.approx(TONE, abs=1 / 32_000)


@pytest.mark.parametrize("mime", FORMATS)
@pytest.mark.parametrize("rate", [11_025, 22_050, 44_100])
def test_a_codec_of_few_rates_takes_the_next_higher(mime: str, rate: int) -> None:
    samples, found = back(mime, TONE, rate)
    assert found >= rate
    assert samples.shape[1] / found == pytest.approx(len(TONE) / rate, abs=0.15)


@pytest.mark.parametrize("mime", LOSSLESS)
def test_two_channels_stay_two(mime: str) -> None:
    samples, _ = back(mime, np.stack([TONE, -TONE]))
    assert samples[0] == pytest.approx(-samples[1], abs=1e-4)


@pytest.mark.parametrize("mime", LOSSLESS)
def test_what_is_beyond_full_scale_is_clipped_and_no_number_is_silence(mime: str) -> None:
    samples, _ = back(mime, np.array([2.0, -2.0, np.nan, np.inf, 0.25], dtype=np.float32))
    assert samples[0] == pytest.approx([1, -1, 0, 1, 0.25], abs=1e-4)


@pytest.mark.parametrize("mime", FORMATS)
def test_one_sample_is_a_file_too(mime: str) -> None:
    assert encode(np.zeros(1, dtype=np.float32), RATE, mime)["content"]


def test_the_same_sound_is_the_same_file() -> None:
    assert encode(TONE, RATE) == encode(TONE.tolist(), RATE)


def test_a_file_becomes_one_of_another_format() -> None:
    flac = encode(TONE, RATE)
    assert convert(flac, "audio/flac") is flac
    wav = convert(flac, "audio/wav")
    assert wav["content"][:4] == b"RIFF"
    assert Sound(wav["content"], 60).original()[0][0] == pytest.approx(TONE, abs=1e-4)


def test_rates_beyond_the_highest_come_down_to_it() -> None:
    assert nearest("libopus", 96_000) == 48_000
    assert nearest("flac", 96_000) == 96_000


def test_the_waveform_is_the_loudness_of_equal_parts() -> None:
    assert waveform(np.array([0, 0.1, -0.5, 0.2], dtype=np.float32), 2) == [0.1, 0.5]
    assert waveform(np.array([3.0], dtype=np.float32)) == [1.0]
    assert waveform(np.zeros(0, dtype=np.float32)) == []


def test_what_a_model_gives_for_sound() -> None:
    wave = tone(8_000, 0.1, 6)
    mixed, rate = Sound(media({"audio": wave, "sampling_rate": 8_000})["content"], 60).original()
    assert (mixed.shape, rate) == ((1, 800), 8_000)
    assert mixed[0] == pytest.approx(wave.mean(axis=0), abs=1e-4)
    assert media("text") == "text"
    for nothing in (b"no sound", {"audio": [], "sampling_rate": 8_000}):
        with pytest.raises(ModelFailed, match="no sound|gave bytes for sound"):
            media(nothing)
