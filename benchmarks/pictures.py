"""`python -m benchmarks.pictures`: a picture from a text, on the CPU.

A latent diffusion with a U-Net of 72 million parameters and seeded weights: what it draws means
nothing, what it costs is real. Tagline by the way that was found for the model, beside plain
diffusers in float32, with the same seed; the two pictures are compared.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.big import PAINTER, make
from benchmarks.claims import Claim
from benchmarks.models import EMBEDDER, call, on_the_cpu
from benchmarks.offline import Beside, Effort, beside, models, once_each
from benchmarks.start import machine, versions
from docs.generate import table
from pipelines.acceleration.prove import TOLERANCE
from pipelines.kinds.distances import picture_distance
from starters.__main__ import default_folder

TEXT, SEED = "a lighthouse in a storm", 1
STEPS, QUICK_STEPS = 20, 3
FASTER = 1.5  # what is aimed at


def diffusers(folder: Path, steps: int) -> Callable[[], Any]:
    """A plain pipeline, whose picture is given as a PNG."""
    import io

    import torch
    from diffusers import DiffusionPipeline

    torch.set_num_threads(on_the_cpu().threads)
    pipe = DiffusionPipeline.from_pretrained(folder, torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)

    def run() -> Any:
        made = io.BytesIO()
        seed = torch.Generator().manual_seed(SEED)
        pipe(TEXT, num_inference_steps=steps, generator=seed).images[0].save(made, "PNG")
        return {"content": made.getvalue(), "mime": "image/png"}

    return run


def measure(steps: int, effort: Effort) -> tuple[Beside, float]:
    """What was found, and how far the pictures are apart."""
    with TemporaryDirectory(prefix="tagline-benchmark-") as home:
        make(PAINTER, Path(home) / "models", default_folder() / EMBEDDER)
        model = models(Path(home)).find(PAINTER)
        mine = call(model, "text-to-image", TEXT, num_inference_steps=steps, seed=SEED)
        plain = diffusers(model.path, steps)
        found = beside(mine, plain, Path(home), effort)
        apart = picture_distance(found.answers[0], plain())
    if apart > TOLERANCE["images"]:
        raise RuntimeError(f"The pictures differ by {apart:.4f}.")
    return found, apart


def report(found: Beside, apart: float) -> str:
    seconds = [f"{1 / rate:.2f} s" for rate in found.rates]
    rows = [["Tagline", found.way, seconds[0], f"{apart:.2g}"],
            ["diffusers", "torch, fp32", seconds[1], "–"]]  # fmt: skip
    return table(("256 by 256", "By", "A picture", "Differ by"), rows)


def main(argv: Sequence[str]) -> None:
    quick, effort = once_each("benchmarks.pictures", __doc__, argv, "one round of few steps")
    print(f"{machine()}; {versions()}", flush=True)
    found, apart = measure(QUICK_STEPS if quick else STEPS, effort)
    print(f"\n{report(found, apart)}\n")
    print(Claim("picture_vs_diffusers", found.ratio, FASTER))


if __name__ == "__main__":
    main(sys.argv[1:])
