"""Parameters that take several values: how they are typed, and the cells that they make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from api.texts import Texts
from components import values
from pipelines.errors import InvalidInput
from pipelines.slots import Slot

MOST_VALUES, MOST_CELLS = 4, 16
KINDS = ("number", "choice", "flag", "text", "option", "line")  # whose values a comma can part
FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
Changes = dict[str, Any]  # parameters of one cell, by their names


@dataclass(frozen=True)
class Axis:
    """A parameter and its values as they are typed: `top_k:1,2,3`."""

    name: str
    typed: str

    @property
    def texts(self) -> list[str]:
        return list(dict.fromkeys(filter(None, map(str.strip, self.typed.split(",")))))


def axes_of(options: Sequence[Slot]) -> list[Slot]:
    """The parameters that can be an axis."""
    return [slot for slot in options if slot.kind in KINDS]


def read(text: str | None) -> Axis | None:
    """An axis from an address."""
    name, colon, typed = (text or "").partition(":")
    return Axis(name, typed) if colon and name else None


def value(slot: Slot, text: str) -> Any:
    """One value as its parameter's widget would give it; the record judges whether it is good."""
    if text == values.UNSET:
        return None
    if slot.kind == "number":
        return values.read_number(text)
    return FLAGS.get(text.lower(), text) if slot.kind == "flag" else text


def changes(axes: Sequence[Axis], options: Sequence[Slot], say: Texts) -> list[Changes]:
    """What every cell changes, row by row: the first axis goes across. Raises InvalidInput for an
    axis that is none, or too many values."""
    known = {slot.name: slot for slot in axes_of(options)}
    for axis in axes:
        check(axis, known, say)
    if len({axis.name for axis in axes}) < len(axes):
        raise InvalidInput(say("compare.same_axis", name=axes[0].name))
    columns = [[(each.name, value(known[each.name], t)) for t in each.texts] for each in axes]
    made = [dict(pairs) for pairs in product(*reversed(columns))]
    if len(made) > MOST_CELLS:
        raise InvalidInput(say("compare.most_cells", n=len(made), most=MOST_CELLS))
    return made


def check(axis: Axis, known: Mapping[str, Slot], say: Texts) -> None:
    if axis.name not in known:
        able = ", ".join(known)
        raise InvalidInput(say("compare.not_an_axis", name=axis.name, able=able))
    if not 1 <= len(axis.texts) <= MOST_VALUES:
        example = suggest(known[axis.name]) or "a, b"
        raise InvalidInput(
            say("compare.most_values", name=axis.name, most=MOST_VALUES, example=example)
        )


def name(changed: Changes) -> str:
    """What tells a cell from the others: `top_k 3 · seed 1`."""
    return " · ".join(f"{key} {shown(each)}" for key, each in changed.items())


def shown(each: Any) -> str:
    if isinstance(each, bool):
        return "yes" if each else "no"
    return (
        f"{each:.12g}" if isinstance(each, float) else values.UNSET if each is None else str(each)
    )


def suggest(slot: Slot) -> str:
    """Values worth trying, to begin with."""
    if slot.kind == "choice":
        return ", ".join(map(str, slot.choices[:3]))
    if slot.kind == "flag":
        return "no, yes"
    return ", ".join(f"{each:g}" for each in numbers(slot)) if slot.kind == "number" else ""


def numbers(slot: Slot) -> list[float]:
    """The usual value and some around it, within the bounds."""
    low = slot.low if slot.low is not None else 0
    usual = slot.default or max(low, 1)
    wanted = [usual, 2 * usual, 3 * usual] if slot.whole else [usual / 2, usual, usual * 2]
    if slot.high is not None and slot.high <= 1:
        wanted = [0.25, 0.5, 0.75]
    most = slot.high if slot.high is not None else max(wanted)
    return list(dict.fromkeys(min(max(each, low), most) for each in wanted))
