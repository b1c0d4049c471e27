"""PP-OCRv6: the text in a picture, line by line, or word by word with boxes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_dilation, find_objects, label, map_coordinates
from scipy.spatial import ConvexHull, QhullError

LONGEST = 2000  # pixels of a picture's longer side; a larger one is brought down to it
SHORTEST = 736  # pixels of the shorter side that the detector sees, at least
TILE = 32  # pixels; its sides are multiples of it
WIDEST = 8  # times its height; a wider picture gets margins above and below

INK = 0.3  # chance from which a pixel belongs to text
SURE = 0.5  # mean chance of a line's pixels, and of its characters, at least
THINNEST = 3  # pixels of a line's shorter side
MOST = 1000  # lines
GROWTH = 1.6  # of a line's area over its outline: the detector marks only the middle of it
NARROWEST = 50  # times as long as wide: the margins of a narrower picture would outgrow it
UPRIGHT = 1.5  # times its width: a line that is higher is written downwards

HEIGHT, WIDTH = 48, 320  # pixels of a line that the recogniser sees; wider ones are seen whole
BLANK = 0  # the class between two characters

Floats = NDArray[np.float32]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Frame:
    """A line's place, in pixels: a corner, its sides as vectors, and their lengths."""

    corner: NDArray[np.float64]
    along: NDArray[np.float64]
    down: NDArray[np.float64]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        lengths = np.hypot(*np.stack([self.along, self.down], 1))
        return max(1, round(lengths[0])), max(1, round(lengths[1]))

    @property
    def middle(self) -> NDArray[np.float64]:
        return self.corner + (self.along + self.down) / 2

    def box(self, start: float = 0.0, end: float = 1.0) -> Box:
        """The upright box about the part from `start` to `end`, shares of the line's length."""
        left, right = self.corner + start * self.along, self.corner + end * self.along
        corners = np.stack([left, right, left + self.down, right + self.down])
        low, high = corners.min(0), corners.max(0)
        return round(low[0]), round(low[1]), round(high[0]), round(high[1])


@dataclass(frozen=True)
class Word:
    """What was read, how sure, and where it begins and ends, as shares of its line's length."""

    text: str
    score: float
    start: float
    end: float


@dataclass(frozen=True)
class Line:
    """A line that was found, and its words."""

    frame: Frame
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


class EndpointHandler:
    def __init__(self, path: str = "") -> None:
        folder = Path(path or Path(__file__).parent)
        self.detector = session(folder / "detection.onnx")
        self.recogniser = session(folder / "recognition.onnx")
        listed = self.recogniser.get_modelmeta().custom_metadata_map["character"].split("\n")
        self.characters = ["", *listed, " "]

    def __call__(self, data: dict[str, Any]) -> list[dict[str, str]]:
        """The text of the picture in `inputs`, row by row."""
        most = most_of(**(data.get("parameters") or {}))
        found = [" ".join(line.text for line in row) for row in self.rows(data["inputs"])]
        return [{"generated_text": "\n".join(found)[:most]}]

    def words(self, picture: Image.Image) -> list[dict[str, Any]]:
        """Every word in reading order: `text`, `box` (left, top, right, bottom, in pixels of
        `picture`), `score`, and the number of its `row`."""
        width, height = picture.size
        return [
            {
                "text": word.text,
                "box": clipped(line.frame.box(word.start, word.end), width, height),
                "score": word.score,
                "row": number,
            }
            for number, row in enumerate(self.rows(picture))
            for line in row
            for word in line.words
        ]

    def rows(self, picture: Image.Image) -> list[list[Line]]:
        """The lines found, those beside each other together, from top to bottom."""
        short, long = sorted(picture.size)
        if long > NARROWEST * short:
            raise ValueError(
                f"The picture has {picture.width:,} x {picture.height:,} pixels: it must be at "
                f"most {NARROWEST} times as long as wide. Cut it into parts."
            )
        pixels = np.asarray(picture.convert("RGB"))[:, :, ::-1]  # the nets want blue first
        frames = self.frames(pixels)
        found = (Line(frame, self.read(cut(pixels, frame))) for frame in frames)
        return in_rows([line for line in found if line.words])

    def frames(self, pixels: NDArray[np.uint8]) -> list[Frame]:
        """Where the picture (height x width x 3) has text."""
        given, scale, margin = prepared(pixels)
        [[[chances]]] = self.detector.run(None, {"x": normed(given)[None]})
        offset = np.array([0, margin])
        return [
            Frame(frame.corner * scale - offset, frame.along * scale, frame.down * scale)
            for frame in outlines(chances)
        ]

    def read(self, line: NDArray[np.uint8]) -> tuple[Word, ...]:
        """The words of a picture of one line; none if it is not sure of them."""
        height, width = line.shape[:2]
        seen = max(1, min(round(HEIGHT * width / height), HEIGHT * 100))
        image = Image.fromarray(line).resize((seen, HEIGHT), Image.Resampling.BILINEAR)
        given = np.zeros((1, 3, HEIGHT, max(seen, WIDTH)), np.float32)
        given[0, :, :, :seen] = normed(np.asarray(image))
        [[chances]] = self.recogniser.run(None, {"x": given})
        steps = len(chances) * seen / given.shape[3]  # of those, the line itself takes so many
        return words_of(chances.argmax(1), chances.max(1), steps, self.characters)


def most_of(
    max_new_tokens: int | None = None, seed: int | None = None, **others: Any
) -> int | None:
    """The most characters to give, which are this model's tokens. Nothing is drawn: any seed will
    do."""
    if others:
        raise ValueError(f"{', '.join(others)}: this model takes max_new_tokens and seed.")
    if max_new_tokens is not None and max_new_tokens < 1:
        raise ValueError(f"max_new_tokens is {max_new_tokens}: it must be at least 1.")
    return max_new_tokens


def session(file: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Threads that wait for work in a loop would take the processor from other models.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(file), options, ["CPUExecutionProvider"])


def normed(pixels: NDArray[np.uint8]) -> Floats:
    """Channels first, from -1 to 1."""
    return np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32) / 127.5 - 1


def prepared(
    pixels: NDArray[np.uint8],
) -> tuple[NDArray[np.uint8], NDArray[np.float64], int]:
    """The picture as the detector wants it; what one of its pixels is there, across and down; and
    the margin above, in pixels of the picture."""
    height, width = pixels.shape[:2]
    margin = max(0, round((2 * max(width / WIDEST, 30) - height) / 2))
    if width <= WIDEST * height and height > 30:
        margin = 0
    padded = np.pad(pixels, ((margin, margin), (0, 0), (0, 0)))
    high, wide = padded.shape[:2]
    share = min(LONGEST / max(high, wide), max(1.0, SHORTEST / min(high, wide)))
    sides = [max(TILE, round(side * share / TILE) * TILE) for side in (wide, high)]
    image = Image.fromarray(padded).resize((sides[0], sides[1]), Image.Resampling.BILINEAR)
    return np.asarray(image), np.array([wide, high]) / sides, margin


# Where the text is


def outlines(chances: Floats) -> Iterator[Frame]:
    """The lines in a map of how likely each pixel is text (Liao et al. 2020: DB)."""
    marked = binary_dilation(chances > INK, np.ones((2, 2)))
    numbers, _ = label(marked, np.ones((3, 3)))
    for number, place in enumerate(find_objects(numbers)[:MOST], 1):
        rows, columns = np.nonzero(numbers[place] == number)
        points = np.stack([columns + place[1].start, rows + place[0].start], 1).astype(float)
        frame = rectangle(points)
        if frame is None or mean_inside(chances, frame) < SURE:
            continue
        yield grown(frame)


def rectangle(points: NDArray[np.float64]) -> Frame | None:
    """The smallest rectangle about some pixels, whichever way it is turned; None if too thin.

    One of its sides lies along a side of their convex hull.
    """
    try:
        hull = points[ConvexHull(points).vertices]
    except QhullError:  # all on one line
        return None
    edges = np.roll(hull, -1, 0) - hull
    angles = np.unique(np.arctan2(edges[:, 1], edges[:, 0]) % (np.pi / 2))
    frames = (about(hull, angle - np.pi / 2 * (angle > np.pi / 4)) for angle in angles)
    best = min(frames, key=lambda frame: np.hypot(*frame.along) * np.hypot(*frame.down))
    return best if min(np.hypot(*best.along), np.hypot(*best.down)) >= THINNEST else None


def about(points: NDArray[np.float64], angle: float) -> Frame:
    """The rectangle about `points` whose upper side rises by `angle`, -45 to 45 degrees."""
    axes = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned = points @ axes.T
    low, high = turned.min(0), turned.max(0)
    across, down = high - low
    return Frame(low @ axes, across * axes[0], down * axes[1])


def mean_inside(chances: Floats, frame: Frame) -> float:
    """The mean of the map inside a rectangle."""
    left, top, right, bottom = clipped(frame.box(), *chances.shape[::-1])
    rows, columns = np.mgrid[top : bottom + 1, left : right + 1]
    rows, columns = rows.clip(max=len(chances) - 1), columns.clip(max=len(chances[0]) - 1)
    places = np.stack([columns, rows], -1) - frame.corner
    inside = np.full(rows.shape, True)
    for side in (frame.along, frame.down):
        share = places @ side / (side @ side)
        inside &= (share >= 0) & (share <= 1)
    found = chances[rows, columns][inside]
    return float(found.mean()) if found.size else 0.0


def grown(frame: Frame) -> Frame:
    """The rectangle, wider on each side by its area over its outline, as DB was trained."""
    width, height = np.hypot(*frame.along), np.hypot(*frame.down)
    more = GROWTH * width * height / (2 * (width + height))
    along, down = frame.along / width, frame.down / height
    corner = frame.corner - more * (along + down)
    return Frame(corner, (width + 2 * more) * along, (height + 2 * more) * down)


def cut(pixels: NDArray[np.uint8], frame: Frame) -> NDArray[np.uint8]:
    """The part of the picture in the frame, made horizontal."""
    width, height = frame.size
    down, along = np.mgrid[0.5:height, 0.5:width]
    shares = np.stack([along / width, down / height], -1)
    places = frame.corner + shares @ np.stack([frame.along, frame.down]) - 0.5
    coordinates = places[..., ::-1].transpose(2, 0, 1)
    channels = [
        map_coordinates(pixels[..., channel], coordinates, order=1, mode="nearest")
        for channel in range(3)
    ]
    found = np.stack(channels, -1)
    return np.rot90(found) if height >= UPRIGHT * width else found


def in_rows(lines: list[Line]) -> list[list[Line]]:
    """Lines side by side together, left to right, along the slope that most of the text has."""
    slopes = sorted(np.arctan2(line.frame.along[1], line.frame.along[0]) for line in lines)
    slope = slopes[len(slopes) // 2] if slopes else 0.0
    axes = np.array([[np.cos(slope), -np.sin(slope)], [np.sin(slope), np.cos(slope)]])
    placed = [(*(line.frame.middle @ axes), line.frame.size[1], line) for line in lines]
    rows: list[list[Any]] = []
    for across, below, height, line in sorted(placed, key=lambda place: place[1]):
        if rows and below - rows[-1][0][1] < min(height, rows[-1][0][2]) / 2:
            rows[-1].append((across, below, height, line))
        else:
            rows.append([(across, below, height, line)])
    return [[place[3] for place in sorted(row, key=lambda place: place[0])] for row in rows]


def clipped(box: Box, width: int, height: int) -> Box:
    left, top, right, bottom = (max(0, side) for side in box)
    return min(left, width), min(top, height), min(right, width), min(bottom, height)


# What it says


def words_of(
    classes: NDArray[np.int64], scores: Floats, steps: float, characters: list[str]
) -> tuple[Word, ...]:
    """The words that a row of classes means (Graves et al. 2006: CTC), if it is sure of them.

    A class that repeats is one character, unless a blank lies between; `steps` is how many of the
    classes are about the line, the others being about the margin behind it.
    """
    new = (classes != BLANK) & np.diff(classes, prepend=BLANK).astype(bool)
    at = np.nonzero(new)[0]
    if not len(at) or scores[at].mean() < SURE:
        return ()
    half = (at[-1] - at[0] + 1) / len(at) / 2  # of a character's width, in steps
    found: list[Word] = []
    begun: list[int] = []
    for place in [*at, -1]:
        read = characters[classes[place]] if place >= 0 else " "
        if read.strip():
            begun.append(int(place))
        elif begun:
            text = "".join(characters[classes[each]] for each in begun)
            start, end = begun[0] + 0.5 - half, begun[-1] + 0.5 + half
            score = float(scores[begun].mean())
            found.append(Word(text, score, max(0.0, start / steps), min(1.0, end / steps)))
            begun = []
    return tuple(found)
