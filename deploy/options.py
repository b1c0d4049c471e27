"""What a target offers beside its folder: the keyword arguments of what writes it.

Page, HTTP and command line ask for the same ones, and so none of them lists any.
"""

import inspect
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from deploy.plan import Plan
from deploy.targets import TARGETS
from pipelines.errors import InvalidInput

Kind = Literal["flag", "number", "text"]
KINDS: Mapping[Any, Kind] = {bool: "flag", int: "number", str: "text", str | None: "text"}
ON, OFF = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")
MOST = 300  # characters of a text


@dataclass(frozen=True)
class Option:
    name: str
    kind: Kind
    default: Any

    def read(self, text: str) -> Any:
        """The value that a form or an address has for it. Raises InvalidInput."""
        if self.kind == "number" and text.isdecimal() and len(text) < 9:
            return int(text)
        if self.kind == "flag" and text.lower() in (*ON, *OFF):
            return text.lower() in ON
        if self.kind == "text" and len(text) <= MOST:
            return text or None
        wanted = {"number": "a whole number", "flag": "1 or 0", "text": f"at most {MOST} long"}
        raise InvalidInput(f"{self.name}: {text[:80]!r} is not {wanted[self.kind]}.")


def of(target: str) -> list[Option]:
    """Those of a target. Raises InvalidInput for one that is none."""
    if target not in TARGETS:
        raise InvalidInput(
            f"{target[:80]!r} is none of the targets. They are: {', '.join(TARGETS)}."
        )
    given = list(inspect.signature(TARGETS[target]).parameters.values())[2:]
    return [Option(each.name, KINDS[each.annotation], each.default) for each in given]


def read(target: str, given: Mapping[str, str]) -> dict[str, Any]:
    """The options of a target from a form or an address. Raises InvalidInput."""
    known = {each.name: each for each in of(target)}
    if unknown := given.keys() - known.keys():
        names = ", ".join(known) or "none"
        raise InvalidInput(f"{target} has no option {min(unknown)[:80]!r}. It has: {names}.")
    return {name: known[name].read(text) for name, text in given.items()}


def command(target: str, plan: Plan, folder: str) -> str:
    """What does the same on the command line, with the options as they are by themselves."""
    name = shlex.quote(plan.model.id)
    task = "" if plan.task.tag == plan.model.tag else f" --task {plan.task.tag}"
    return f"python app.py export {target} {name} {folder}{task}"
