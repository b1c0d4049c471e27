"""The comparison in the page's address: what is written there, and how it is read."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from api import look
from components import inputs as widgets
from components import links
from pipelines.slots import Slot

OWN = ("task", "model", "models", "x", "y", "blind", "lang")  # what the address says itself
# It gives back the values that it got, so that it can stand before a handler.
SCRIPT = """async (...values) => {
  const { address, copy } = await import("%(module)s");
  address(%(about)s, values);
  %(action)s
  return values;
}"""


def key(slot: Slot) -> str:
    """What a field is called in an address."""
    return f"param-{slot.name}" if slot.name in OWN else slot.name


def script(task: str, fields: Sequence[Slot], chosen: Sequence[str], action: str = "") -> str:
    """JavaScript that writes the values of the boxes into the address: those of `fields`, then
    those that choose what is compared, by their names there (x and y have two boxes each)."""
    names = [key(slot) if links.fits(slot) else None for slot in fields]
    usual = [widgets.of(slot).show(slot.default) for slot in fields]
    about = {"task": task, "names": [*names, *chosen], "usual": usual, "most": links.MOST}
    return SCRIPT % {
        "module": look.address("compare"),
        "about": json.dumps(about),
        "action": action,
    }


def told(fields: Sequence[Slot], query: Mapping[str, str]) -> bool:
    """Whether an address says something of the fields."""
    return any(key(slot) in query for slot in fields)


def read(slot: Slot, query: Mapping[str, str]) -> Any:
    """What the address says of a field, as its widget's value; the default where it is silent."""
    if key(slot) in query:
        return links.read(slot, query[key(slot)])
    return widgets.of(slot).show(slot.default)
