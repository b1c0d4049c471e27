"""Values written as a language writes them, so that any text stays a text."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.errors import InvalidInput

WIDTH = 88
EXACT = 2**53  # the whole numbers that JavaScript writes exactly
BARE = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
MARK = "__proto__"  # as a plain key it would not be one


@dataclass(frozen=True)
class Code:
    """An expression, written as it stands."""

    text: str


@dataclass(frozen=True)
class Notation:
    """How a language writes values. `key` writes that of an object, `pad` stands inside its braces,
    `indent` is a step to the right."""

    scalar: Callable[[Any], str]
    key: Callable[[str], str]
    pad: str = ""
    indent: str = "    "

    def write(self, value: Any, depth: int = 0, before: int = 0) -> str:
        """An expression, in one line where it fits; `depth` is that of the line it stands in,
        `before` the number of characters that stand before it there."""
        if isinstance(value, Code):
            return value.text
        if isinstance(value, Mapping):
            keys = {self.key(str(name)): each for name, each in value.items()}
            pairs = [f"{k}: {self.write(v, depth + 1, len(k) + 2)}" for k, v in keys.items()]
            return self.enclosed("{", pairs, "}", depth, before, self.pad)
        if isinstance(value, list | tuple):
            parts = [self.write(each, depth + 1) for each in value]
            return self.enclosed("[", parts, "]", depth, before)
        return self.scalar(value)

    def enclosed(
        self,
        left: str,
        parts: Sequence[str],
        right: str,
        depth: int = 0,
        before: int = 0,
        pad: str = "",
    ) -> str:
        if not parts:
            return left + right
        line = f"{left}{pad}{', '.join(parts)}{pad}{right}"
        if "\n" not in line and len(line) + before + depth * len(self.indent) <= WIDTH:
            return line
        step = self.indent * (depth + 1)
        rows = "".join(f"{step}{part},\n" for part in parts)
        return f"{left}\n{rows}{self.indent * depth}{right}"


def visible(text: str) -> str:
    """JSON or JavaScript whose strings show every character: what a reader would not see, or see
    elsewhere (U+2028, marks that turn the direction of writing), is escaped."""
    shown = "".join(each if each.isprintable() else escaped(each) for each in text)
    return shown.replace("</", "<\\/")  # a page may hold the code in a script of its own


def escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def in_json(value: Any) -> str:
    return visible(json.dumps(value, ensure_ascii=False))


def of_javascript(value: Any) -> str:
    """Raises InvalidInput for a whole number that JavaScript would change."""
    if isinstance(value, int) and abs(value) > EXACT:
        raise InvalidInput(
            f"{value} is larger than JavaScript writes exactly. Choose at most {EXACT}."
        )
    return in_json(value)


def key_of_javascript(name: str) -> str:
    if name == MARK:
        return f'["{MARK}"]'
    return name if BARE.fullmatch(name) else in_json(name)


def of_python(value: Any) -> str:
    """In double quotes where that needs no escape. What cannot be seen Python escapes itself."""
    if not isinstance(value, str):
        return repr(value)
    shown = repr(f"'{value}")  # a quote makes Python choose the other ones
    return f'"{shown[2:]}' if shown[0] == '"' else repr(value)


PYTHON = Notation(of_python, of_python)
JAVASCRIPT = Notation(of_javascript, key_of_javascript, " ", "  ")
