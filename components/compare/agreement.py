"""Who agrees with whom, in a sentence and in a small table."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from itertools import combinations

from api.texts import Texts
from components.compare.heads import Head
from components.views.view import number

Pair = tuple[str, str]
ROUNDING = 1e-6  # of a score: two runs of one model may be so far apart
MOST = 4  # answers whose distances are told one by one
# How the distance of each kind of output reads; the texts are `compare.unit_...`.
UNITS = {
    "labels": "score", "scores": "score", "ranks": "score", "spans": "score", "answers": "score",
    "fills": "score", "decisions": "score", "guesses": "score", "places": "score", "boxes": "score",
    "text": "alike", "message": "alike", "vector": "cosine", "masks": "share", "table": "share",
    "depth": "share", "forecast": "share", "segments": "seconds", "keypoints": "pixels",
    "matches": "pixels",
}  # fmt: skip


def groups(heads: Mapping[str, Head]) -> list[list[str]]:
    """The letters of those who say the same, the largest group first."""
    found: dict[str, list[str]] = {}
    for letter, head in heads.items():
        found.setdefault(head.key, []).append(letter)
    return sorted(found.values(), key=lambda letters: -len(letters))


def apart(heads: Mapping[str, Head]) -> set[str]:
    """Who says something else than most do; everybody where no two say the same."""
    first = groups(heads)[0] if heads else []
    return set(heads) - set(first) if len(first) > 1 else set(heads)


def sentence(heads: Mapping[str, Head], say: Texts) -> str:
    """Empty while there are not two answers."""
    if len(heads) < 2:
        return ""
    first, *others = groups(heads)
    told = heads[first[0]].text
    what = say("compare.answer", answer=told) if told else ""
    if not others:
        both = "both_agree" if len(heads) == 2 else "all_agree"
        return say(f"compare.{both}", n=len(heads), what=what)
    if len(first) == 1:
        none = "two_differ" if len(heads) == 2 else "none_agree"
        return say(f"compare.{none}", n=len(heads))
    rest = [letter for letters in others for letter in letters]
    fields = {"n": len(first), "all": len(heads), "who": ", ".join(first), "what": what}
    return say("compare.some_agree", **fields, others=", ".join(rest))


def distance(kind: str, far: float, say: Texts) -> str:
    """A distance as a reader of this kind of output would put it."""
    if math.isinf(far) or math.isnan(far):
        return "–"
    made = {
        "score": number(far if far > ROUNDING else 0.0),
        "alike": f"{100 * (1 - far):.0f} %",
        "cosine": f"{1 - far:.3f}",
        "share": f"{100 * far:.1f} %",
        "seconds": f"{far:.2f} s",
        "pixels": f"{far:.1f} px",
    }
    return made.get(UNITS.get(kind, ""), say("compare.same" if far == 0 else "compare.different"))


def unit(kind: str, say: Texts) -> str:
    return say(f"compare.unit_{UNITS.get(kind, 'same')}")


def distances(kind: str, far: Mapping[Pair, float], say: Texts) -> str:
    """A line for two answers, a table for three or four."""
    if not far:
        return ""
    letters = list(dict.fromkeys(letter for pair in far for letter in pair))
    if len(letters) == 2:
        (only,) = far.values()
        return f"<p>{escape(unit(kind, say))}: <b>{escape(distance(kind, only, say))}</b></p>"
    head = "".join(f'<th scope="col">{letter}</th>' for letter in letters)
    rows = "".join(row(kind, letter, letters, far, say) for letter in letters)
    caption = f"<caption>{escape(unit(kind, say))}</caption>"
    return f'<table class="matrix">{caption}<tr><td></td>{head}</tr>{rows}</table>'


def row(
    kind: str, letter: str, letters: Sequence[str], far: Mapping[Pair, float], say: Texts
) -> str:
    both = (far.get((letter, other), far.get((other, letter))) for other in letters)
    cells = "".join(
        f"<td>{'' if each is None else escape(distance(kind, each, say))}</td>" for each in both
    )
    return f'<tr><th scope="row">{letter}</th>{cells}</tr>'


def pairs(letters: Sequence[str]) -> list[Pair]:
    return list(combinations(letters, 2)) if len(letters) <= MOST else []
