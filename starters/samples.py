"""The files in assets/samples. `python -m starters.samples`: make those that are made, not found.

The video is a walk of the camera over two of the photos there; `coffee_turned.jpg` is one of them
as seen by a camera that was turned and came closer; `digit.png` is a digit of scikit-learn's.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from shutil import copyfile

from PIL import Image

FOLDER = Path(__file__).parent.parent / "assets" / "samples"

RATE = 25  # frames a second
WIDTH, HEIGHT = 320, 240
DEGREES, ZOOM = 12.0, 1.3  # of the photo that is turned
DIGIT, SIDE = 3, 64  # which of scikit-learn's digits, and pixels a side

Box = tuple[float, float, float, float]


def copy(name: str, folder: Path) -> None:
    """Put a sample into a model's folder, as the example of its card."""
    copyfile(FOLDER / name, folder / name)


def between(start: Box, end: Box, share: float) -> Box:
    """The box that lies `share` (0 to 1) of the way from one to another."""
    a, b, c, d = (x + (y - x) * share for x, y in zip(start, end, strict=True))
    return a, b, c, d


def shots() -> Iterator[Image.Image]:
    """Two seconds: from left to right over the coffee, then closer to the cat."""
    for name, start, end in (
        ("coffee.jpg", (0, 0, 360, 270), (90, 30, 450, 300)),
        ("cat.jpg", (25, 0, 425, 300), (125, 30, 365, 210)),
    ):
        photo = Image.open(FOLDER / name).convert("RGB")
        for number in range(RATE):
            box = between(start, end, number / (RATE - 1))
            yield photo.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC, box)


def save_video(file: Path) -> None:
    """H.264 that every browser plays."""
    import av

    with av.open(str(file), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"crf": "26", "preset": "veryslow"}
        stream.time_base = Fraction(1, RATE)
        for shot in shots():
            container.mux(stream.encode(av.VideoFrame.from_image(shot)))
        container.mux(stream.encode())


def turned(photo: Image.Image) -> Image.Image:
    """`photo`, turned about its middle and enlarged, cut to its size."""
    rotated = photo.rotate(DEGREES, Image.Resampling.BICUBIC)
    width, height = photo.size
    left, top = width * (1 - 1 / ZOOM) / 2, height * (1 - 1 / ZOOM) / 2
    box = (left, top, width - left, height - top)
    return rotated.resize(photo.size, Image.Resampling.BICUBIC, box)


def digit() -> Image.Image:
    """One handwritten digit, white on black, enlarged."""
    from sklearn.datasets import load_digits

    small = load_digits().images[DIGIT] * (255 / 16)
    return Image.fromarray(small.astype("uint8")).resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def main() -> None:
    save_video(FOLDER / "walk.mp4")
    turned(Image.open(FOLDER / "coffee.jpg")).save(FOLDER / "coffee_turned.jpg", quality=85)
    digit().save(FOLDER / "digit.png", optimize=True)


if __name__ == "__main__":
    main()
