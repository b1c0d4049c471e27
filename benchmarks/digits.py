"""`python -m benchmarks.digits`: does the model that draws digits draw the digit asked for?

The two models on board judge each other: `tagline/digits-diffusion` draws 20 of each digit, one
seed each and none left out, and `tagline/digits-vit` reads them. Beside it stands how well the
reader reads real digits that it had not seen.
"""

from pathlib import Path
from typing import Any

from PIL import Image

from pipelines.loaders.handler import imported
from starters.__main__ import default_folder

OF_EACH = 20
WRITER, READER = "tagline/digits-diffusion", "tagline/digits-vit"


def drawn(folder: Path, of_each: int = OF_EACH) -> list[tuple[Image.Image, int]]:
    """Pictures, and which digit was asked for."""
    draw = imported(folder / "handler.py").EndpointHandler(str(folder))
    return [
        (draw({"inputs": str(digit), "parameters": {"seed": seed * 10 + digit}}), digit)
        for seed in range(of_each)
        for digit in range(10)
    ]


def held_out() -> list[tuple[Image.Image, int]]:
    """Real digits that neither model has seen, enlarged as those drawn are."""
    from starters.handlers.digits_diffusion import image
    from starters.training.digits import digits

    _, unseen = digits()
    pictures = [image(picture[0], (128, 128)) for picture in unseen.pictures]
    return list(zip(pictures, unseen.names.tolist(), strict=True))


def agreement(read: Any, shown: list[tuple[Image.Image, int]]) -> tuple[int, int]:
    """How many of the pictures are read as what they are said to be, and how many there are."""
    answers = read([picture for picture, _ in shown], top_k=1)
    right = (int(best["label"]) == digit for [best], (_, digit) in zip(answers, shown, strict=True))
    return sum(right), len(shown)


def main() -> None:
    from transformers import pipeline

    folder = default_folder()
    read = pipeline("image-classification", model=str(folder / READER))
    for what, shown in (("drawn", drawn(folder / WRITER)), ("held-out", held_out())):
        right, count = agreement(read, shown)
        print(f"{what:>8}: {right} of {count} read as asked, {right / count:.1%}")


if __name__ == "__main__":
    main()
