"""A conversation in the form that chat templates take."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.errors import InvalidInput
from pipelines.kinds.messages import Message, ToolCall
from pipelines.loaders.clips import Looks
from pipelines.loaders.generation import Generator
from pipelines.loaders.talking import Talker
from pipelines.loaders.tools import new_id

NO_TOOLS = (
    "parameters.tools: this model's chat template has no place for tools. Leave them out, or "
    "choose a model that calls tools, such as Qwen/Qwen3-0.6B."
)


@dataclass(frozen=True)
class Prompt:
    """Token ids of a conversation, and what else the model reads of it, such as pixels."""

    ids: list[int]
    more: Mapping[str, Any] = field(default_factory=dict)


def chat_prompt(
    pipe: Generator,
    messages: Sequence[Message],
    tools: Sequence[dict[str, Any]] = (),
    looks: Looks | None = None,
) -> Prompt:
    """What the model reads of the conversation. Raises InvalidInput if the template knows no
    tools."""
    turns = [turn(each) for each in messages]

    def read(given: list[Any] | None = None) -> Prompt:
        if isinstance(pipe, Talker):
            return Prompt(*pipe.read(turns, given, looks))
        return Prompt(pipe.chat_tokens(turns, given) if given else pipe.chat_tokens(turns))

    if not tools:
        return read()
    made = read(list(tools))
    if made.ids == read().ids:
        raise InvalidInput(NO_TOOLS)
    return made


def content(message: Message) -> str | list[dict[str, Any]]:
    """Its words; a list of parts if it has files, which stand there as they came."""
    if not message.files():
        return message.text()
    return [{"type": part.type, part.type: getattr(part, part.type)} for part in message.parts()]


def turn(message: Message) -> dict[str, Any]:
    """One message; what it does not have is left out, for templates ask what there is."""
    role = "system" if message.role == "developer" else message.role  # its name since 2024
    more = {"name": message.name, "tool_call_id": message.tool_call_id}
    calls = [called(each) for each in message.tool_calls or ()]
    given = {key: value for key, value in more.items() if value is not None}
    return {"role": role, "content": content(message), **given} | (
        {"tool_calls": calls} if calls else {}
    )


def called(call: ToolCall) -> dict[str, Any]:
    """Templates write the arguments themselves, so they want an object, not its JSON."""
    function = {"name": call.function.name, "arguments": arguments(call.function.arguments)}
    return {"id": call.id or new_id(), "type": "function", "function": function}


def arguments(given: str | dict[str, Any] | None) -> Any:
    if not isinstance(given, str):
        return given or {}
    try:
        return json.loads(given) if given.strip() else {}
    except ValueError:
        return given
