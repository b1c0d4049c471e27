"""How far two answers to one question are apart, by which a faster backend is judged.

0 is equal; infinity is "cannot be compared". Each output kind names the one that suits it.
"""

import difflib
import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Distance = Callable[[Any, Any], float]


def text_distance(words: Callable[[Any], str]) -> Distance:
    """0 for equal text, else 1 minus difflib's ratio of matching characters."""
    return lambda a, b: 1 - difflib.SequenceMatcher(None, words(a), words(b)).ratio()


def worst(differences: Iterable[float]) -> float:
    """The largest; infinity if one is no number, which `max` would pass over."""
    found = list(differences)
    return math.inf if any(map(math.isnan, found)) else max(found, default=0.0)


def score_distance(a: Sequence[float], b: Sequence[float]) -> float:
    """Largest absolute difference of two equally long lists of numbers, else infinity."""
    if len(a) != len(b):
        return math.inf
    return worst(abs(x - y) for x, y in zip(a, b, strict=True))


def keyed_distance(a: Mapping[Any, float], b: Mapping[Any, float]) -> float:
    """Largest difference of any key's score; a key that one side lacks counts as 0."""
    return worst(abs(a.get(key, 0) - b.get(key, 0)) for key in a.keys() | b.keys())


def scored(rows: Iterable[Mapping[str, Any]], *names: str) -> dict[Any, float]:
    """The score of each row by what tells it from the others."""
    return {tuple(row.get(name) for name in names): row["score"] for row in rows}


def label_distance(a: Any, b: Any) -> float:
    """Largest difference of any label's score."""
    return keyed_distance(scored(a, "label"), scored(b, "label"))


def span_distance(a: Any, b: Any) -> float:
    """Largest difference of the score of any span of the text."""
    names = ("entity_group", "entity", "start", "end")
    return keyed_distance(scored(a, *names), scored(b, *names))


def answer_distance(a: Any, b: Any) -> float:
    """Largest difference of the score of any answer; one answer alone is a list of one."""
    first, second = (x if isinstance(x, list) else [x] for x in (a, b))
    return keyed_distance(scored(first, "start", "end"), scored(second, "start", "end"))


def fill_distance(a: Any, b: Any) -> float:
    """Largest difference of the score of any token, mask by mask."""
    first, second = (x if x and isinstance(x[0], list) else [x] for x in (a, b))
    if len(first) != len(second):
        return math.inf
    pairs = zip(first, second, strict=True)
    return worst(keyed_distance(scored(x, "token"), scored(y, "token")) for x, y in pairs)


def decision_distance(a: Any, b: Any) -> float:
    """Largest difference of the probability of any option of any question."""
    if a.keys() != b.keys():
        return math.inf
    return worst(keyed_distance(chances(a[name]), chances(b[name])) for name in a)


def chances(answer: Mapping[str, Any]) -> Mapping[Any, float]:
    return answer.get("probabilities") or {"true": answer["noul"]}


def flat(value: Any) -> list[float]:
    return [x for part in value for x in flat(part)] if isinstance(value, list) else [value]


def cosine_distance(a: Any, b: Any) -> float:
    """1 minus the cosine of two nested lists of the same shape, flattened."""
    x, y = flat(a), flat(b)
    if len(x) != len(y):
        return math.inf
    norms = math.hypot(*x) * math.hypot(*y)
    dot = sum(map(operator.mul, x, y))
    return worst([1 - dot / norms]) if norms else float(x != y)


def rank_distance(a: Any, b: Any) -> float:
    """Largest difference of the scores that two rankings give to the same text."""
    first, second = scored(a, "index"), scored(b, "index")
    return keyed_distance(first, second) if first.keys() == second.keys() else math.inf


def column_distance(a: Sequence[Any], b: Sequence[Any]) -> float:
    """For numbers the largest relative difference, for probabilities the largest difference, else
    the share of rows that differ."""
    if len(a) != len(b):
        return math.inf
    if a and isinstance(a[0], dict):
        rows = zip(a, b, strict=True)
        return worst(keyed_distance(x["probabilities"], y["probabilities"]) for x, y in rows)
    pairs = list(zip(a, b, strict=True))
    numbers = [
        (x, y) for x, y in pairs if isinstance(x, int | float) and isinstance(y, int | float)
    ]
    if len(numbers) == len(pairs):
        return worst(abs(x - y) / max(abs(x), 1e-9) for x, y in numbers)
    return float(sum(x != y for x, y in pairs) / max(len(pairs), 1))


def segment_distance(a: Any, b: Any) -> float:
    """Largest difference of the ends of the segments in seconds, if there are equally many."""
    ends = [[x for s in each["segments"] for x in (s["start"], s["end"])] for each in (a, b)]
    return score_distance(*ends)


def same_or_not(a: Any, b: Any) -> float:
    """0 if they are equal, else 1."""
    return 0.0 if a == b else 1.0


def forecast_distance(a: Any, b: Any) -> float:
    """The worst of the columns' relative differences."""
    if a["forecast"].keys() != b["forecast"].keys():
        return math.inf
    return worst(column_distance(a["forecast"][n], b["forecast"][n]) for n in a["forecast"])


def guess_distance(a: Any, b: Any) -> float:
    """Largest difference of the score of any answer; where there are none, 0 for equal answers."""
    if any(row.get("score") is None for row in [*a, *b]):
        return same_or_not([row["answer"] for row in a], [row["answer"] for row in b])
    return keyed_distance(scored(a, "answer"), scored(b, "answer"))


def box_distance(a: Any, b: Any) -> float:
    """Largest difference of the scores of equally many boxes, best first; infinity where labels
    differ, or a box by more than a pixel."""
    if len(a) != len(b) or [x["label"] for x in a] != [x["label"] for x in b]:
        return math.inf
    pairs = list(zip(a, b, strict=True))
    far = worst(abs(x["box"][side] - y["box"][side]) for x, y in pairs for side in x["box"])
    return math.inf if far > 1 else worst(abs(x["score"] - y["score"]) for x, y in pairs)


def mask_distance(a: Any, b: Any) -> float:
    """The share of pixels in which the worst two masks differ; infinity where labels differ."""
    import numpy as np

    if [x["label"] for x in a] != [x["label"] for x in b]:
        return math.inf
    masks = [(pixels(x["mask"]), pixels(y["mask"])) for x, y in zip(a, b, strict=True)]
    if any(x.shape != y.shape for x, y in masks):
        return math.inf
    return worst(float(np.mean((x > 127) != (y > 127))) for x, y in masks)


def picture_distance(a: Any, b: Any) -> float:
    """Root of the mean square of the pixels' differences, white by black being 1, of the worst two
    of equally many pictures; 0.01 is a PSNR of 40 dB."""
    if a == b:
        return 0.0
    first, second = (x if isinstance(x, list) else [x] for x in (a, b))
    if len(first) != len(second):
        return math.inf
    return worst(apart(x["content"], y["content"]) for x, y in zip(first, second, strict=True))


def apart(one: bytes, other: bytes) -> float:
    """The same of two files."""
    import io

    import numpy as np
    from PIL import Image

    x, y = (np.asarray(Image.open(io.BytesIO(each)).convert("RGB"), float) for each in (one, other))
    return float(np.sqrt(np.mean(np.square(x - y)))) / 255 if x.shape == y.shape else math.inf


def pixels(png: str) -> Any:
    """A picture in base64 as an array."""
    import base64
    import io

    import numpy as np
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))))


def depth_distance(a: Any, b: Any) -> float:
    """Largest difference, as a share of the range of depths."""
    x, y = flat(a["predicted_depth"]), flat(b["predicted_depth"])
    spread = max(x, default=0) - min(x, default=0) or 1
    return score_distance(x, y) / spread


def keypoint_distance(a: Any, b: Any) -> float:
    """Largest difference of any coordinate, in pixels, of equally many points."""
    first, second = (
        [(p["x"], p["y"]) for figure in each for p in figure["keypoints"]] for each in (a, b)
    )
    return point_distance(first, second)


def match_distance(a: Any, b: Any) -> float:
    """Largest difference of any coordinate, in pixels, of equally many matches."""
    sides = ("keypoint_image_0", "keypoint_image_1")
    first, second = ([(m[s]["x"], m[s]["y"]) for m in each for s in sides] for each in (a, b))
    return point_distance(first, second)


def point_distance(a: Sequence[tuple[float, float]], b: Sequence[tuple[float, float]]) -> float:
    return score_distance([x for point in a for x in point], [x for point in b for x in point])
