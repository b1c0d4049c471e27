"""The page's state in its address: what fits there, how it is written and how it is read."""

import json
from collections.abc import Sequence
from typing import Any

from components import inputs as widgets
from components import values
from pipelines.slots import Slot

COPY = "navigator.clipboard && navigator.clipboard.writeText(link.href); tagline.toast();"
MOST = 8_000  # characters of an address that servers and browsers take without complaint
# Values that a new panel would show anyway stay out of the address.
SCRIPT = """(...values) => {
  if (window.taglineAt) return values; // the address is that of somebody else's page
  const names = %(names)s, usual = %(usual)s;
  const link = new URL(window.location.origin + window.location.pathname);
  link.search = new URLSearchParams(%(fixed)s);
  values.forEach((value, i) => {
    if (names[i] && value !== null && value !== undefined && value !== "" && value !== usual[i])
      link.searchParams.set(names[i], value);
  });
  if (link.href.length <= %(most)s) window.history.replaceState(null, "", link);
  %(action)s
  return values;
}"""


RESERVED = ("model", "task", "demo")  # what the address says of the page itself


def key(slot: Slot) -> str:
    """What a field is called in an address."""
    return f"param-{slot.name}" if slot.name in RESERVED else slot.name


def fits(slot: Slot) -> bool:
    """Whether a field's value can stand in an address: files and tables cannot, nor what
    may hold files."""
    return not slot.is_file and not slot.media and slot.kind != "table"


def script(fixed: dict[str, str], slots: Sequence[Slot], action: str = "") -> str:
    """JavaScript that writes the values of `slots` into the address, then does `action`.

    It gives back the values that it got, so that it can stand before a handler.
    """
    return SCRIPT % {
        "names": json.dumps([key(slot) if fits(slot) else None for slot in slots]),
        "usual": json.dumps([widgets.of(slot).show(slot.default) for slot in slots]),
        "fixed": json.dumps(fixed),
        "action": action,
        "most": MOST,
    }


def read(slot: Slot, value: str) -> Any:
    """What an address says of a field, as its widget's value; nonsense gives the default."""
    if slot.kind == "number":
        number = values.read_number(value)
        good = isinstance(number, float)
        return widgets.of(slot).show(number if good else slot.default)
    if slot.kind == "flag" and slot.default is not None:
        return value.lower() in ("1", "true", "yes")
    if slot.choices and value not in map(str, slot.choices):
        return widgets.of(slot).show(slot.default)
    return value
