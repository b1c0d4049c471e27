"""`python -m benchmarks.encoders`: encoders offline, beside a plain pipeline of transformers.

Batches of 32 for models of real size: all-MiniLM-L6-v2 with its weights, BERT-base and ViT-base
with seeded ones. Ours go through a worker, by the way that was found for them; the pipeline runs in
float32, with batches of 32 too. The answers are compared. First it is measured how fast this
machine multiplies matrices at all.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.big import CLASSIFIER, SEER, TAGGER, make
from benchmarks.claims import Claim
from benchmarks.embeddings import sentences
from benchmarks.models import EMBEDDER, call, on_the_cpu
from benchmarks.offline import Beside, Effort, beside, models
from benchmarks.peak import GIGA, encoder_flops, flops_of, peak
from benchmarks.start import machine, versions
from docs.generate import table
from pipelines.acceleration.prove import TOLERANCE
from pipelines.engine.call import Call
from pipelines.kinds.outputs import output_kind
from pipelines.model import Model
from starters.__main__ import default_folder

BATCH = 32
PATCHES = 1 + (224 // 16) ** 2  # of a picture, with the one that stands for all
FASTER, OF_PEAK = 4.0, 0.6  # what is aimed at
QUICK = ("feature-extraction",)  # the others prove for longer than a minute


@dataclass(frozen=True)
class Subject:
    """A task of a model; `size` is layers, width and inner width of its encoder."""

    tag: str
    model: str
    size: tuple[int, int, int]

    @property
    def seeded(self) -> bool:
        """Whether it is made here, with weights drawn by chance; else it is on board."""
        return self.model.startswith("seeded/")

    @property
    def key(self) -> str:
        own = "_by_minilm" if self.model.startswith("tagline/") else ""
        return self.tag.replace("-", "_") + own


SUBJECTS = (
    Subject("feature-extraction", EMBEDDER, (6, 384, 1536)),
    Subject("text-classification", CLASSIFIER, (12, 768, 3072)),
    Subject("token-classification", TAGGER, (12, 768, 3072)),
    Subject("image-classification", SEER, (12, 768, 3072)),
    # Trained ones: of weights that were drawn by chance, rounding changes more.
    Subject("text-classification", "tagline/minilm-sentiment", (6, 384, 1536)),
    Subject("token-classification", "tagline/minilm-entities", (6, 384, 1536)),
)


@dataclass(frozen=True)
class Found:
    """`apart` is how far our answers were from the pipeline's, `shares` what part of the peak in
    GFLOP/s ours and the pipeline reach."""

    subject: Subject
    both: Beside
    apart: float
    peak: float
    shares: tuple[float, float]


# The two sides ----------------------------------------------------------------------------------


def rows(tag: str) -> list[Any]:
    """What both are asked: sentences, or pictures as PNG."""
    return pictures() if tag == "image-classification" else sentences(BATCH)


def pictures() -> list[bytes]:
    from io import BytesIO

    import numpy as np
    from PIL import Image

    found, dice = [], np.random.default_rng(0)
    for _ in range(BATCH):
        file = BytesIO()
        Image.fromarray(dice.integers(0, 256, (224, 224, 3), dtype=np.uint8)).save(file, "PNG")
        found.append(file.getvalue())
    return found


def asked(model: Model, tag: str) -> Call:
    """One call with all inputs."""
    calls = [call(model, tag, each) for each in rows(tag)]
    first = calls[0]
    first.inputs[:] = [row for each in calls for row in each.inputs]
    return first


def pipeline(subject: Subject, folder: Path) -> Callable[[], list[Any]]:
    """A plain pipeline, its answers in our shapes."""
    from io import BytesIO

    import torch
    import transformers
    from PIL import Image

    torch.set_num_threads(on_the_cpu().threads)
    pipe = transformers.pipeline(subject.tag, str(folder), dtype=torch.float32, device="cpu")
    given = rows(subject.tag)

    def run() -> list[Any]:
        match subject.tag:
            case "image-classification":
                opened = [Image.open(BytesIO(each)).convert("RGB") for each in given]
                return list(pipe(opened, batch_size=BATCH))
            case "feature-extraction":
                return [pooled(each[0]) for each in pipe(given, batch_size=1)]
            case "text-classification":
                return list(pipe(given, batch_size=BATCH, top_k=None))
            case _:
                return list(pipe(given, batch_size=BATCH, aggregation_strategy="simple"))

    return run


def pooled(tokens: Any) -> list[float]:
    """The mean over the tokens, of length 1: what this model's vectors are made of."""
    import numpy as np

    mean = np.asarray(tokens).mean(0)
    vector: list[float] = (mean / np.linalg.norm(mean)).tolist()
    return vector


# Measuring --------------------------------------------------------------------------------------


def measure(subject: Subject, home: Path, effort: Effort) -> Found:
    if subject.seeded:
        make(subject.model, home / "models", default_folder() / EMBEDDER)
    model = models(home).find(subject.model)
    mine = asked(model, subject.tag)
    plain = pipeline(subject, model.path)
    both = beside(mine, plain, home, effort)
    kind = output_kind(mine.task.output)
    apart = max(map(kind.distance, plain(), both.answers))
    check(subject, apart, TOLERANCE[kind.name])
    top = peak("bf16" if "bf16" in both.way else "f32", on_the_cpu().threads)
    each = flops(subject, model.path) / GIGA / top
    return Found(subject, both, apart, top, (both.rates[0] * each, both.rates[1] * each))


def flops(subject: Subject, folder: Path) -> float:
    """Of one input, on average. What comes before the encoder and after it is no work."""
    if subject.tag == "image-classification":
        return encoder_flops(*subject.size, [PATCHES])
    return flops_of(subject.size, folder, sentences(BATCH))


def check(subject: Subject, apart: float, most: float) -> None:
    """Raises RuntimeError for answers that differ: a fast wrong answer is worth nothing."""
    if not apart <= most:
        raise RuntimeError(f"{subject.tag}: the answers differ by {apart:.4f}.")


# Reporting --------------------------------------------------------------------------------------


def claims(every: Sequence[Found]) -> list[Claim]:
    lines = []
    for found in every:
        name = found.subject.key
        lines.append(Claim(f"offline_{name}_vs_pipeline", found.both.ratio, FASTER))
        if found.subject.tag != "image-classification":  # nothing is aimed at there
            lines.append(Claim(f"offline_{name}_of_gemm_peak", found.shares[0], OF_PEAK))
    return lines


def report(every: Sequence[Found]) -> str:
    heads = ("Batches of 32", "Model", "By", "Tagline", "Pipeline, fp32", "Differ by",
             "GEMM peak", "Of it: Tagline", "Pipeline")  # fmt: skip
    body = [
        [
            each.subject.tag, each.subject.model, each.both.way,
            *(f"{rate:.1f}/s" for rate in each.both.rates), f"{each.apart:.2g}",
            f"{each.peak:.0f} GFLOP/s",
            *(f"{part:.0%}" for part in each.shares),
        ]
        for each in every
    ]  # fmt: skip
    return table(heads, body)


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.encoders", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often (default: 3)")
    parser.add_argument("--tries", type=int, default=2, help="for one sample, at most (default: 2)")
    parser.add_argument("--seconds", type=float, default=3, help="of a sample (default: 3)")
    parser.add_argument(
        "--quick", action="store_true", help="one short round of the smallest model"
    )
    given = parser.parse_args(argv)
    effort = Effort(given.rounds, given.tries, given.seconds)
    if given.quick:
        effort = Effort(1, 1, 1.0)
    print(f"{machine()}; {versions()}", flush=True)
    every = []
    for subject in SUBJECTS:
        if given.quick and subject.tag not in QUICK:
            continue
        print(f"  {subject.tag}: {subject.model}", flush=True)
        with TemporaryDirectory(prefix="tagline-benchmark-") as home:
            every.append(measure(subject, Path(home), effort))
    print(f"\n{report(every)}\n")
    print("\n".join(map(str, claims(every))))


if __name__ == "__main__":
    main(sys.argv[1:])
