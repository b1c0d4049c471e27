"""A conversation as OpenAI writes it."""

from collections.abc import Callable, Mapping
from typing import Any

from deploy.snippets.ask import Ask
from deploy.snippets.files import File
from deploy.snippets.notation import Code

Written = Callable[[File], Code]


def messages(ask: Ask, encoded: Written, data_url: Written) -> list[Any]:
    """The turns of the only input. `encoded` writes a file as base64, `data_url` as an address."""
    [slot] = ask.slots
    files = {file.path: file for file in ask.files}

    def part(given: Mapping[str, Any]) -> Mapping[str, Any]:
        kind = given["type"]
        if kind == "text":
            return given
        file = files[given[kind]]
        if kind == "audio":
            held = {"data": encoded(file), "format": file.name.rpartition(".")[2]}
            return {"type": "input_audio", "input_audio": held}
        return {"type": f"{kind}_url", f"{kind}_url": {"url": data_url(file)}}

    def content(given: Any) -> Any:
        return given if isinstance(given, str) or given is None else list(map(part, given))

    return [{**turn, "content": content(turn["content"])} for turn in ask.inputs[slot.name]]
