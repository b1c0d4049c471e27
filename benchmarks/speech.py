"""`python -m benchmarks.speech`: a minute of speech through Whisper tiny.en.

Tagline by the way that was found for the model, beside the plain pipeline of transformers with the
same weights in float32. Both write with timestamps, as Whisper needs for more than half a minute;
the words that they do not share are counted.
"""

import base64
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.claims import Claim
from benchmarks.models import call, on_the_cpu
from benchmarks.offline import Beside, Effort, beside, models, once_each
from benchmarks.process import ROOT
from benchmarks.start import machine, versions
from docs.generate import table

LISTENER = "openai/whisper-tiny.en"
SAMPLE = ROOT / "assets" / "samples" / "speech.flac"
LENGTH, QUICK_LENGTH, PAUSE = 60, 20, 0.5  # seconds
FASTER, SAME = 2.0, 1.0  # what is aimed at: times as fast, and what share of words the same
MOST = 0.02  # of the words that may differ: a fast wrong answer is worth nothing


def speech(seconds: int) -> tuple[Any, int]:
    """The sample again and again, with a pause between: samples, and how many a second."""
    import numpy as np
    import soundfile

    samples, rate = soundfile.read(SAMPLE, dtype="float32")
    once = np.concatenate([samples, np.zeros(int(PAUSE * rate), np.float32)])
    return np.tile(once, -(-seconds * rate // len(once)))[: seconds * rate], rate


def file(samples: Any, rate: int) -> str:
    """A WAV file in base64."""
    import soundfile

    made = io.BytesIO()
    soundfile.write(made, samples, rate, format="WAV", subtype="FLOAT")
    return base64.b64encode(made.getvalue()).decode()


def pipeline(folder: Path, samples: Any, rate: int) -> Callable[[], str]:
    import torch
    import transformers

    torch.set_num_threads(on_the_cpu().threads)
    pipe = transformers.pipeline(
        "automatic-speech-recognition", str(folder), dtype=torch.float32, device="cpu"
    )

    def run() -> str:
        found = pipe({"raw": samples, "sampling_rate": rate}, return_timestamps=True)
        return str(found["text"]).strip()

    return run


def measure(seconds: int, effort: Effort) -> tuple[Beside, float]:
    """What was found, and what share of the pipeline's words ours has otherwise."""
    from jiwer import wer

    samples, rate = speech(seconds)
    with TemporaryDirectory(prefix="tagline-benchmark-") as home:
        model = models(Path(home)).find(LISTENER)
        mine = call(model, "automatic-speech-recognition", file(samples, rate),
                    return_timestamps=True)  # fmt: skip
        plain = pipeline(model.path, samples, rate)
        found = beside(mine, plain, Path(home), effort)
        apart = float(wer(plain(), found.answers[0]["text"]))
    if apart > MOST:
        raise RuntimeError(f"Of the words {apart:.1%} differ.")
    return found, apart


def report(found: Beside, apart: float, seconds: int) -> str:
    rates = [f"{seconds * rate:.1f}" for rate in found.rates]
    rows = [["Tagline", found.way, rates[0], f"{apart:.1%}"],
            ["transformers pipeline", "torch, fp32", rates[1], "–"]]  # fmt: skip
    heads = (f"{seconds} s of speech", "By", "Seconds heard in a second", "Words that differ")
    return table(heads, rows)


def main(argv: Sequence[str]) -> None:
    quick, effort = once_each("benchmarks.speech", __doc__, argv, "one round of less speech")
    print(f"{machine()}; {versions()}", flush=True)
    seconds = QUICK_LENGTH if quick else LENGTH
    found, apart = measure(seconds, effort)
    print(f"\n{report(found, apart, seconds)}\n")
    print(Claim("speech_vs_pipeline", found.ratio, FASTER))
    print(Claim("speech_same_words", 1 - apart, SAME))


if __name__ == "__main__":
    main(sys.argv[1:])
