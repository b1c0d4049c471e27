"""Calls that must be made, in the form of each template."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import transformers
from transformers.utils.logging import disable_progress_bar

from pipelines.errors import InvalidInput
from pipelines.loaders.forced import Form, form_of
from pipelines.loaders.generation import Generator
from tests.pipelines.tasks.written import Writer, writer
from tests.zoo import parts

CITY = {"type": "object", "properties": {"city": {"$ref": "#/$defs/city"}}, "required": ["city"],
        "additionalProperties": False, "$defs": {"city": {"enum": ["Bern", "Zürich"]}}}  # fmt: skip
TOOLS: list[dict[str, Any]] = [
    {"type": "function", "function": {"name": "weather", "parameters": CITY}},
    {"type": "function", "function": {"name": "clock", "description": "What time it is"}},
]
MESSAGES = [{"role": "user", "content": "Rain?"}]
SCHEMAS = {"weather": CITY, "clock": {"maxProperties": 0}}


def template(call: str) -> str:
    """One that writes each call like this."""
    return (
        "{% if tools %}{{ tools | tojson }}{% endif %}{% for message in messages %}"
        "{{ message.role }}: {{ message.content }}{% for made in message.tool_calls or [] %}"
        "{% set function = made.function %}" + call + "{% endfor %}\n{% endfor %}"
        "{% if add_generation_prompt %}assistant: {% endif %}"
    )


def called(key: str) -> str:
    return (
        '{"name": "{{ function.name }}", "' + key + '": {{ function.arguments | tojson }}}'
    )  # fmt: skip


# How models of several makers write a call, and what that is found to be
FORMS: dict[str, tuple[str, Form]] = {
    "hermes": (
        f"<tool_call>\n{called('arguments')}\n</tool_call>",
        Form("<tool_call>\n", "\n</tool_call>", "arguments"),
    ),
    "mistral": (
        f"[TOOL_CALLS] [{called('arguments')}]",
        Form("[TOOL_CALLS] [", "]", "arguments"),
    ),
    "newer mistral": (
        "[TOOL_CALLS]{{ function.name }}[ARGS]{{ function.arguments | tojson }}",
        Form("[TOOL_CALLS]", "", None),
    ),
    "llama": (called("parameters"), Form("", "", "parameters")),
}
STRANGE = {
    "xml": "<function={{ function.name }}>{{ function.arguments | tojson }}</function>",
    "words": "I call {{ function.name }}.",
    "no tools": "{{ raise_exception('no tools here') }}",
    "in words": f"Listen: {called('arguments')}",
}


def tokenizer(call: str) -> Any:
    made = parts.byte_level()
    made.add_special_tokens({"additional_special_tokens": ["[TOOL_CALLS]"]})
    made.add_tokens(["<tool_call>", "</tool_call>", "[ARGS]"])
    made.chat_template = template(call)
    return made


def build(folder: Path, call: str) -> None:
    words = tokenizer(call)
    config = transformers.Qwen2Config(
        **parts.SMALL, vocab_size=len(words), num_key_value_heads=1, bos_token_id=None,
        eos_token_id=0, pad_token_id=1, max_position_embeddings=1024, tie_word_embeddings=False,
    )  # fmt: skip
    model = parts.endless(parts.random(transformers.Qwen2ForCausalLM, config), words)
    parts.save(folder, "text-generation", model, words)


@pytest.fixture(scope="module")
def talker(tmp_path_factory: pytest.TempPathFactory, request: Any) -> Writer:
    disable_progress_bar()
    name: str = request.param
    folder = tmp_path_factory.mktemp(name.replace(" ", "-"))
    return writer(folder, "conversational", lambda to: build(to, FORMS[name][0]), "talker")


@pytest.mark.parametrize("name", FORMS)
def test_the_form_is_the_templates(name: str) -> None:
    call, form = FORMS[name]
    assert form_of(Generator(tokenizer(call), None)) == form


@pytest.mark.parametrize("name", STRANGE)
def test_a_form_that_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"tool_choice: how this model's .* cannot be forced"):
        form_of(Generator(tokenizer(STRANGE[name]), None))


@pytest.mark.parametrize("talker", FORMS, indirect=True)
def test_a_call_is_made_and_its_arguments_fit(talker: Writer) -> None:
    names = set()
    for seed in range(4):
        given = {"temperature": 2, "seed": seed, "max_tokens": 200, "tools": TOOLS}
        for choice in ("required", {"type": "function", "function": {"name": "weather"}}):
            (made,) = talker.ask(MESSAGES, tool_choice=choice, **given)["choices"]
            assert (made["finish_reason"], made["message"]["content"]) == ("tool_calls", None)
            (call,) = made["message"]["tool_calls"]
            name, arguments = call["function"]["name"], json.loads(call["function"]["arguments"])
            jsonschema.validate(arguments, SCHEMAS[name])
            if choice != "required":
                assert name == "weather"
            names.add(name)
    assert "weather" in names


@pytest.mark.parametrize("talker", ["hermes"], indirect=True)
def test_a_forced_call_that_is_cut_says_so(talker: Writer) -> None:
    given = {"temperature": 0, "max_tokens": 6, "tools": TOOLS, "tool_choice": "required"}
    (made,) = talker.ask(MESSAGES, **given)["choices"]
    assert made["finish_reason"] == "length"
    assert "tool_calls" not in made["message"]
