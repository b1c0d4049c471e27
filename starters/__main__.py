"""`python -m starters [--out DIR]`: build the models on board that are missing or out of date."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pipelines.models.sources import ORDER
from pipelines.settings import Settings
from starters import (
    conse,
    diabetes,
    digits_diffusion,
    digits_vit,
    efficientnet_lite0,
    entities,
    hibari_tts,
    iris,
    minilm,
    mtcnn,
    musicnn,
    nsnet2,
    ocr,
    selfie_segmentation,
    sentiment,
    silero_vad,
    smollm2,
    whisper_tiny_en,
)
from starters.build import Starter, build

# The first one that can do a task is the one that is shown for it.
STARTERS = (
    smollm2.STARTER,
    whisper_tiny_en.STARTER,
    minilm.STARTER,
    sentiment.STARTER,
    entities.STARTER,
    efficientnet_lite0.STARTER,
    digits_vit.STARTER,
    conse.STARTER,
    mtcnn.STARTER,
    selfie_segmentation.STARTER,
    ocr.STARTER,
    digits_diffusion.STARTER,
    silero_vad.STARTER,
    hibari_tts.STARTER,
    nsnet2.STARTER,
    musicnn.STARTER,
    iris.STARTER,
    diabetes.STARTER,
)


def main(argv: Sequence[str], starters: Sequence[Starter] = STARTERS) -> int:
    """Exit status: 0 if every starter is there and current, else 1."""
    parser = argparse.ArgumentParser("python -m starters", description=__doc__)
    parser.add_argument("--out", type=Path, help="folder to build into (default: TAGLINE_HOME's)")
    out = parser.parse_args(argv).out or default_folder()
    failed = [starter.id for starter in starters if not report(starter, out)]
    if out.is_dir():
        (out / ORDER).write_text("".join(f"{starter.id}\n" for starter in starters))
    if failed:
        names = ", ".join(failed)
        print(f"Not built: {names}. The others can be used; run this again.", file=sys.stderr)
    return 1 if failed else 0


def default_folder() -> Path:
    """Where the app looks for its models on board. Who may reach the app does not matter here."""
    return Settings(_cli_parse_args=None, host="127.0.0.1", share=False).starters


def report(starter: Starter, out: Path) -> bool:
    """Build one starter and print its line; False if that failed."""
    start = time.perf_counter()
    try:
        built = build(starter, out)
    except Exception as error:  # one model that fails must not keep the others away
        print(f"{starter.id:40} failed: {error or type(error).__name__}", file=sys.stderr)
        return False
    took = f"{time.perf_counter() - start:.1f} s" if built else "up to date"
    print(f"{starter.id:40} {took:>10} {megabytes(out / starter.id):8.2f} MB", flush=True)
    return True


def megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def hush() -> None:
    """What libraries say about themselves while they build is not for the reader."""
    os.environ |= {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "TQDM_DISABLE": "1",
    }


if __name__ == "__main__":
    hush()
    sys.exit(main(sys.argv[1:]))
