"""A call of a tool that a model must make, as a grammar in the form of its own chat template.

The template is asked to write a call down; what stands around it there is what the model learned.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.errors import InvalidInput
from pipelines.loaders.generation import Generator
from pipelines.loaders.grammars import NO_INPUT, WRITTEN, proven
from pipelines.loaders.tools import MARKERS

NAME, VALUE = "tagline_probe", {"x": "y"}
ASK: dict[str, Any] = {"role": "user", "content": "x"}
CALL: dict[str, Any] = {
    "role": "assistant",
    "content": "",
    "tool_calls": [
        {"id": "abcdefghi", "type": "function", "function": {"name": NAME, "arguments": VALUE}}
    ],
}
OPENED = re.compile("(?:" + "|".join(map(re.escape, MARKERS)) + r")\s*\[?\s*$")
CLOSED = re.compile(r"\s*\]?\s*</tool_call>|\s*\]")
TOLD = f"[TOOL_CALLS]{NAME}[ARGS]"
DEFINITIONS = ("$defs", "definitions", "$schema")
UNKNOWN = (
    "parameters.tool_choice: how this model's chat template writes a call is not known here, so it "
    'cannot be forced. Send "auto", or choose another model, such as Qwen/Qwen3-0.6B.'
)


@dataclass(frozen=True)
class Form:
    """How a call is written: what stands before and after, and under which name the arguments
    stand in its object; None where the name of the function stands before their own object."""

    before: str
    after: str
    key: str | None


def must_call(pipe: Generator, tools: Sequence[Mapping[str, Any]]) -> str:
    """The grammar of one call of one of `tools`, as templates take them.

    Raises InvalidInput if the template's form is none that is known, or a tool's schema cannot be
    held to.
    """
    from llguidance import LLMatcher

    form, words = form_of(pipe), whole_tokens(pipe.tokenizer)
    rules = " | ".join(rule(form, each["function"], words) for each in tools)
    try:
        return proven(LLMatcher.grammar_from_lark(f"start: {rules}"))
    except ValueError as error:
        raise InvalidInput(f"parameters.tools: {error}") from error


def rule(form: Form, function: Mapping[str, Any], words: Mapping[str, int]) -> str:
    name, parameters = function["name"], function.get("parameters") or NO_INPUT
    if form.key is None:
        head, held = f"{form.before}{name}[ARGS]", parameters
    else:
        head, held = form.before, enclosed(name, form.key, parameters)
    inner = json.dumps({**held, "x-guidance": WRITTEN})
    return " ".join([*literals(head, words), f"%json {inner}", *literals(form.after, words)])


def enclosed(name: str, key: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a call's object. What the parameters define stays at the root, where their
    references look for it."""
    inner = {each: value for each, value in parameters.items() if each not in DEFINITIONS}
    return {
        "type": "object",
        "properties": {"name": {"const": name}, key: inner},
        "required": ["name", key],
        "additionalProperties": False,
        **{each: parameters[each] for each in DEFINITIONS if each in parameters},
    }


def literals(text: str, words: Mapping[str, int]) -> list[str]:
    """`text` as a grammar has it: whole tokens by their numbers, the rest in quotes."""
    longest = sorted(filter(None, words), key=len, reverse=True)
    parts = re.split("(" + "|".join(map(re.escape, longest)) + ")", text) if longest else [text]
    return [f"<[{words[part]}]>" if part in words else json.dumps(part) for part in parts if part]


def whole_tokens(tokenizer: Any) -> dict[str, int]:
    """The tokens that are never written in pieces, by their words."""
    special = {word: tokenizer.convert_tokens_to_ids(word) for word in tokenizer.all_special_tokens}
    return {**tokenizer.get_added_vocab(), **special}


# The form ----------------------------------------------------------------------------------------


def form_of(pipe: Generator) -> Form:
    """Raises InvalidInput for a template that writes calls as nothing known here."""
    from jinja2 import TemplateError

    try:
        asked, called = written(pipe, [ASK], True), written(pipe, [ASK, CALL], False)
    except (TemplateError, TypeError, AttributeError, ValueError) as error:
        raise InvalidInput(UNKNOWN) from error
    if TOLD in called:
        return Form("[TOOL_CALLS]", "", None)
    if found := in_object(called, asked):
        return found
    raise InvalidInput(UNKNOWN)


def written(pipe: Generator, messages: Sequence[Mapping[str, Any]], answer: bool) -> str:
    """The conversation as the template writes it, up to where an answer begins if one shall."""
    tools = [{"type": "function", "function": {"name": NAME, "parameters": NO_INPUT}}]
    return str(
        pipe.tokenizer.apply_chat_template(
            turns(pipe, messages),
            tools=tools,
            chat_template=getattr(pipe, "template", None),
            add_generation_prompt=answer,
            tokenize=False,
        )
    )


def turns(pipe: Generator, messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A model that reads files may have a template that takes parts alone."""
    from pipelines.loaders.talking import IN_PARTS

    if not IN_PARTS.search(getattr(pipe, "template", None) or ""):
        return [dict(each) for each in messages]
    return [{**each, "content": [{"type": "text", "text": each["content"]}]} for each in messages]


def in_object(called: str, asked: str) -> Form | None:
    """The form of a call that is an object with a name, after a marker or at the very beginning."""
    at = called.rfind("{", 0, called.rfind(f'"{NAME}"'))
    try:
        held, length = json.JSONDecoder().raw_decode(called[at:]) if at >= 0 else ({}, 0)
    except ValueError:
        return None
    keys = [key for key in ("arguments", "parameters") if held.get(key) == VALUE]
    if not keys or held.get("name") != NAME:
        return None
    before, after = called[:at], called[at + length :]
    if marker := OPENED.search(before):
        closing = CLOSED.match(after)
        return Form(marker.group(), closing.group() if closing else "", keys[0])
    bare = before.rstrip() == asked.rstrip()
    return Form("", "", keys[0]) if bare else None
