"""What marks on a picture point at."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from pipelines.errors import InvalidInput

Numbers = Sequence[float]


@dataclass(frozen=True)
class Pointed:
    """One object: points inside (1) and outside (0) of it, as [x, y, 1 or 0], and its box."""

    points: Sequence[Numbers]
    box: Numbers | None = None

    @property
    def labels(self) -> list[int]:
        return [int(point[2]) if len(point) > 2 else 1 for point in self.points]

    def resized(self, share: tuple[float, float]) -> "Pointed":
        """The same in a picture of another size."""
        wide, high = share
        points = [[point[0] * wide, point[1] * high, *point[2:]] for point in self.points]
        box = self.box and [v * s for v, s in zip(self.box, (wide, high) * 2, strict=True)]
        return Pointed(points, box)


def objects(marks: Sequence[Numbers], image: Image.Image) -> list[Pointed]:
    """What the marks ask for. Each box is an object, with the points that lie in it; all other
    points together are one. Raises InvalidInput for marks beside the picture, and for points that
    only say where the object is not."""
    check_inside(marks, image)
    boxes = [mark for mark in marks if len(mark) == 4]
    points = [mark for mark in marks if len(mark) < 4]
    found = [Pointed([point for point in points if lies_in(point, box)], box) for box in boxes]
    rest = [point for point in points if not any(lies_in(point, box) for box in boxes)]
    if rest and len(boxes) == 1:
        return [Pointed(points, boxes[0])]
    if rest:
        found.append(Pointed(rest))
    if any(not each.box and 1 not in each.labels for each in found):
        raise InvalidInput(
            "marks: these points only say where the object is not. Add a point inside it, or a box."
        )
    return found


def check_inside(marks: Sequence[Numbers], image: Image.Image) -> None:
    for mark in marks:
        places = [mark[:2], mark[2:]] if len(mark) == 4 else [mark[:2]]
        if not all(0 <= x <= image.width and 0 <= y <= image.height for x, y in places):
            raise InvalidInput(
                f"marks: {list(mark)} lies outside the picture of {image.width:,} x "
                f"{image.height:,} pixels. Count in its pixels, from the upper left corner."
            )


def lies_in(point: Numbers, box: Numbers) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def scaled(numbers: Numbers, image: Image.Image, size: tuple[int, int]) -> list[float]:
    """Places x, y, x, y ... of a picture in one of `size` (height, width)."""
    shares = size[1] / image.width, size[0] / image.height
    return [value * shares[at % 2] for at, value in enumerate(numbers)]
