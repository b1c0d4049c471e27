"""Calls of tools in what a chat model writes, in the forms that models are trained on.

Hermes and Qwen write `<tool_call>{...}</tool_call>`, Mistral `[TOOL_CALLS][{...}]` or
`[TOOL_CALLS]name[ARGS]{...}`, Llama 3 the bare object. Each object has a name and, under
`arguments` or `parameters`, an object.
"""

import json
import re
import secrets
import string
from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.loaders.stops import first_stop, overlap

MARKERS = ("<tool_call>", "[TOOL_CALLS]", "<|python_tag|>")
NAMED = re.compile(r"\s*([\w.-]+)\s*(?:\[CALL_ID\]\w+)?\[ARGS\]")
ID_LETTERS = string.ascii_letters + string.digits
ID_LENGTH = 9  # what Mistral's chat template insists on


class Calls:
    """Sorts what a model writes into words, which are shown at once, and calls, which are held
    back until they are whole."""

    def __init__(self) -> None:
        self.held = ""
        self.calling = False
        self.begun = False

    def push(self, text: str) -> str:
        """What may be shown now."""
        self.held += text
        if self.calling:
            return ""
        if not self.begun and self.held.strip():
            self.begun = True
            self.calling = self.held.lstrip().startswith("{")  # Llama writes the bare object
            if self.calling:
                return ""
        if found := first_stop(self.held, MARKERS):
            self.calling = True
            return self.take(found[0])
        return self.take(len(self.held) - overlap(self.held, MARKERS))

    def take(self, count: int) -> str:
        shown, self.held = self.held[:count], self.held[count:]
        return shown

    def end(self) -> tuple[str, list[dict[str, Any]]]:
        """What is left to show, and the calls. If what was held is no call, it is words."""
        calls = found_in(self.held) if self.calling else []
        return ("", calls) if calls else (self.take(len(self.held)), [])


def found_in(text: str) -> list[dict[str, Any]]:
    """OpenAI's form of each call in `text`; none unless all of it can be read."""
    try:
        return [call for part in parts(text) for call in read(part)]
    except (ValueError, KeyError, TypeError):
        return []


def parts(text: str) -> Iterator[Any]:
    """The objects of the calls. Raises ValueError for what is no JSON."""
    for part in re.split(r"<tool_call>|</tool_call>|\[TOOL_CALLS\]|<\|python_tag\|>", text):
        name = NAMED.match(part)
        if name:
            yield {"name": name[1], "arguments": json.loads(part[name.end() :])}
        elif part.strip():
            yield from several(part)


def several(text: str) -> Iterator[Any]:
    """The JSON values of a text, one after the other; Llama parts them by semicolons."""
    rest = text.strip(" \n\t;")
    while rest:
        value, end = json.JSONDecoder().raw_decode(rest)
        yield value
        rest = rest[end:].strip(" \n\t;,")


def read(value: Any) -> list[dict[str, Any]]:
    calls = value if isinstance(value, list) else [value]
    return [call(each["name"], each.get("arguments", each.get("parameters"))) for each in calls]


def call(name: str, arguments: Any) -> dict[str, Any]:
    if not isinstance(name, str) or not isinstance(arguments, Mapping | None):
        raise TypeError("no call of a tool")
    words = json.dumps(arguments or {}, ensure_ascii=False)
    return {"id": new_id(), "type": "function", "function": {"name": name, "arguments": words}}


def new_id() -> str:
    return "".join(secrets.choice(ID_LETTERS) for _ in range(ID_LENGTH))
