"""A long text in parts that a model can say at once."""

import re

ENDS = (
    re.compile(r"(?<=[.!?…。！？\n])\s*"),  # of a sentence
    re.compile(r"(?<=[,;:、，；：])\s*"),  # of a clause
    re.compile(r"\s+"),  # of a word
)  # fmt: skip


def pieces(text: str, most: int) -> list[str]:
    """Parts of at most `most` characters, cut as near the middle as a sentence ends, else a clause,
    a word, or anywhere."""
    if len(text) <= most:
        return [text]
    at = cutting_place(text)
    return [*pieces(text[:at], most), *pieces(text[at:], most)]


def cutting_place(text: str) -> int:
    middle = len(text) // 2
    for end in ENDS:
        places = [m.end() for m in end.finditer(text) if 0 < m.end() < len(text)]
        if places:
            return min(places, key=lambda place: abs(place - middle))
    return middle
