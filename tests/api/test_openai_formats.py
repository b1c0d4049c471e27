"""Answers in a form that is asked for, several answers, and the rest of OpenAI's chat and
completions: the real clients on the chat model on board."""

import json
import random
import re
from collections.abc import Iterator
from statistics import fmean
from typing import Any, Literal

import jsonschema  # type: ignore[import-untyped]
import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from tests.api.test_openai import CHAT, QUESTION, connect, frames, whole
from tests.api.wire import check_sentence, error_of, hugging_face, post
from tests.conftest import CHATTER, Server

CITY: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"enum": ["Paris", "Rome"]}, "capital": {"type": "boolean"}},
    "required": ["city", "capital"],
    "additionalProperties": False,
}
OPENAI_FORM = {"type": "json_schema", "json_schema": {"name": "c", "schema": CITY, "strict": True}}
STRICT: Any = OPENAI_FORM
JSON: Any = {"type": "json", "value": CITY}
COMPLETIONS = "/v1/completions"


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[OpenAI]:
    with connect(f"{server.url}/v1") as client:
        yield client


# The form of an answer ---------------------------------------------------------------------------


def small(draw: random.Random, deep: int = 2) -> dict[str, Any]:
    """A random schema whose values are short."""
    kinds = ["flag", "number", "word", "choice", "null"] + ["list", "object"] * (deep > 0)
    match draw.choice(kinds):
        case "flag":
            return {"type": "boolean"}
        case "number":
            return {"type": "integer", "minimum": draw.randint(-9, 0), "maximum": 99}
        case "word":
            return {"type": "string", "pattern": "^[a-z]{1,3}$"}
        case "choice":
            return {"enum": draw.sample(["red", "blue", 7, None, 'a "b"'], 2)}
        case "null":
            return {"anyOf": [{"type": "null"}, small(draw, 0)]}
        case "list":
            return {"type": "array", "items": small(draw, deep - 1), "minItems": 1, "maxItems": 2}
    return record(draw, deep - 1)


def record(draw: random.Random, deep: int = 1) -> dict[str, Any]:
    names = draw.sample("abcdefgh", draw.randint(1, 2))
    return {
        "type": "object",
        "properties": {name: small(draw, deep) for name in names},
        "required": names,
        "additionalProperties": False,
    }


@pytest.mark.parametrize("seed", range(30))
def test_answers_fit_random_schemas(client: OpenAI, seed: int) -> None:
    schema = record(random.Random(seed))
    form: Any = {"type": "json_schema", "json_schema": {"name": "any", "schema": schema}}
    answer = whole(client, response_format=form, max_tokens=150)
    jsonschema.validate(json.loads(answer), schema)


def test_a_stream_in_a_form_is_the_whole_in_parts(client: OpenAI) -> None:
    answer = whole(client, response_format=OPENAI_FORM, max_tokens=40)
    jsonschema.validate(json.loads(answer), CITY)
    chunks = client.chat.completions.create(
        model=CHATTER, messages=QUESTION, response_format=STRICT, max_tokens=40, temperature=0,
        stream=True,
    )  # fmt: skip
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == answer


class Place(BaseModel):
    city: Literal["Paris", "London"]
    capital: bool


def test_openai_s_client_parses_into_a_model(client: OpenAI) -> None:
    found = client.chat.completions.parse(
        model=CHATTER, messages=QUESTION, response_format=Place, max_tokens=40, temperature=0
    )
    assert isinstance(found.choices[0].message.parsed, Place)
    assert found.choices[0].finish_reason == "stop"


def test_a_cut_form_says_so(client: OpenAI) -> None:
    found = client.chat.completions.create(
        model=CHATTER, messages=QUESTION, response_format=STRICT, max_tokens=3
    )
    assert found.choices[0].finish_reason == "length"
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(
            model=CHATTER, messages=QUESTION, response_format=Place, max_tokens=3
        )


def test_hugging_face_s_client_asks_for_a_form(server: Server) -> None:
    chatting = hugging_face(server, CHATTER)
    given: dict[str, Any] = {"messages": QUESTION, "max_tokens": 40, "temperature": 0.0}
    found = chatting.chat_completion(**given, response_format=STRICT)
    answer = found.choices[0].message.content
    jsonschema.validate(json.loads(answer or ""), CITY)
    chunks = chatting.chat_completion(**given, response_format=STRICT, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == answer
    pattern: Any = {"type": "regex", "value": "(Paris|Rome), [0-9]{2}"}
    plain = chatting.chat_completion(**given, response_format=pattern).choices[0].message.content
    assert re.fullmatch(pattern["value"], plain or "")


def test_hugging_face_s_client_asks_for_a_grammar(server: Server) -> None:
    writing = hugging_face(server, CHATTER)
    made = writing.text_generation("A city: ", max_new_tokens=40, details=True, grammar=JSON)
    jsonschema.validate(json.loads(made.generated_text), CITY)
    assert made.details is not None
    assert made.details.finish_reason == "eos_token"
    pattern: Any = {"type": "regex", "value": "[0-9]{3}-[a-z]{2}"}
    events = writing.text_generation("No. ", max_new_tokens=40, grammar=pattern, stream=True)
    assert re.fullmatch(pattern["value"], "".join(events).removesuffix("<|im_end|>"))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"type": "json_object", "value": {"type": "frog"}}, ["response_format", "frog"]),
        ({"type": "json_object", "value": {"a": "x" * 100_001}}, ["at most 100,000"]),
        ({"type": "regex", "value": "(?=a)"}, ["response_format", "look-ahead"]),
        ({"type": "grammar"}, ["response_format", "json_schema"]),
    ],
    ids=lambda each: str(each)[:30],
)
def test_a_form_that_cannot_be_held_to_is_refused(
    client: OpenAI, form: Any, words: list[str]
) -> None:
    for stream in (False, True):
        with pytest.raises(openai.UnprocessableEntityError) as caught:
            client.chat.completions.create(
                model=CHATTER, messages=QUESTION, response_format=form, stream=stream
            )
        check_sentence(caught.value.message, words)


def test_a_call_cannot_be_forced_from_a_model_without_tools(client: OpenAI) -> None:
    tools: Any = [{"type": "function", "function": {"name": "weather"}}]
    for choice in ("required", {"type": "function", "function": {"name": "weather"}}):
        with pytest.raises(openai.UnprocessableEntityError, match="no place for tools"):
            whole(client, tools=tools, tool_choice=choice)


# Several answers ---------------------------------------------------------------------------------


def test_several_answers_whole_and_streamed(client: OpenAI) -> None:
    given: dict[str, Any] = {
        "model": CHATTER, "messages": QUESTION, "temperature": 2, "max_tokens": 4, "n": 3,
        "seed": 4,
    }  # fmt: skip
    found = client.chat.completions.create(**given)
    texts = [each.message.content for each in found.choices]
    assert [each.index for each in found.choices] == [0, 1, 2]
    assert len(set(texts)) == 3
    assert found.usage is not None
    assert found.usage.completion_tokens <= 12
    alone = client.chat.completions.create(**given | {"n": 1, "seed": 5})
    assert alone.choices[0].message.content == texts[1]
    *chunks, last = client.chat.completions.create(
        **given, stream=True, stream_options={"include_usage": True}
    )
    parts = ["", "", ""]
    roles = [0, 0, 0]
    for chunk in chunks:
        (choice,) = chunk.choices
        parts[choice.index] += choice.delta.content or ""
        roles[choice.index] += choice.delta.role == "assistant"
    assert (parts, roles) == (texts, [1, 1, 1])
    assert last.usage == found.usage
    ends = [each.choices[0].finish_reason for each in chunks]
    assert len([end for end in ends if end]) == 3


def test_the_bytes_of_several_answers_in_a_stream(server: Server) -> None:
    body = {"messages": QUESTION, "stream": True, "max_tokens": 2, "n": 2}
    *chunks, last = frames(post(server, CHAT, json=body).content)
    assert last == b"[DONE]"
    assert [json.loads(chunk)["choices"][0]["index"] for chunk in chunks] == [0, 0, 1, 1]


def test_several_completions_of_several_prompts(client: OpenAI) -> None:
    given: dict[str, Any] = {"model": CHATTER, "max_tokens": 4, "temperature": 1.5, "seed": 2}
    both = ["One, two,", "The sea is"]
    found = client.completions.create(prompt=both, n=2, **given)
    texts = [each.text for each in found.choices]
    assert [each.index for each in found.choices] == [0, 1, 2, 3]
    assert found.usage is not None
    assert (found.usage.prompt_tokens, found.usage.completion_tokens) == (7, 16)
    one = client.completions.create(prompt=both[1], **given | {"seed": 3})
    assert one.choices[0].text == texts[3]
    *chunks, last = client.completions.create(
        prompt=both, n=2, **given, stream=True, stream_options={"include_usage": True}
    )
    parts = [""] * 4
    for chunk in chunks:
        parts[chunk.choices[0].index] += chunk.choices[0].text
    assert parts == texts
    assert last.usage == found.usage


def test_the_best_of_several_completions(client: OpenAI) -> None:
    given: dict[str, Any] = {"model": CHATTER, "prompt": "The sea is", "max_tokens": 4}
    given |= {"temperature": 1.5, "seed": 2, "logprobs": 0}
    found = client.completions.create(**given, n=2, best_of=3)
    drawn = client.completions.create(**given, n=3)

    def mean(choice: Any) -> float:
        return fmean(choice.logprobs.token_logprobs)

    likeliest = sorted(drawn.choices, key=mean, reverse=True)
    assert [each.text for each in found.choices] == [each.text for each in likeliest[:2]]
    assert found.usage is not None
    assert found.usage.completion_tokens == 12


def test_how_likely_each_token_of_a_completion_was(client: OpenAI) -> None:
    given: dict[str, Any] = {"model": CHATTER, "prompt": "The capital of France is"}
    given |= {"max_tokens": 4, "temperature": 0, "logprobs": 2}
    (choice,) = client.completions.create(**given).choices
    told = choice.logprobs
    assert told is not None
    assert told.tokens is not None
    assert "".join(told.tokens) == choice.text
    assert told.text_offset == [len("".join(told.tokens[:at])) for at in range(4)]
    for token, likely, top in zip(
        told.tokens, told.token_logprobs or (), told.top_logprobs or (), strict=True
    ):
        assert len(top) == 2
        assert top[token] == pytest.approx(likely)
        assert max(top.values()) == top[token] <= 0
    streamed = [
        chunk.choices[0].logprobs for chunk in client.completions.create(**given, stream=True)
    ]
    assert [each.tokens for each in streamed if each] == [[token] for token in told.tokens]
    assert [each.text_offset for each in streamed if each] == [[at] for at in told.text_offset]


def test_the_bytes_of_a_stream_of_completions(server: Server) -> None:
    body = {"prompt": ["One,", "Two,"], "stream": True, "max_tokens": 2}
    answer = post(server, COMPLETIONS, json=body)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    *chunks, last = frames(answer.content)
    assert last == b"[DONE]"
    events = [json.loads(chunk) for chunk in chunks]
    assert [event["choices"][0]["index"] for event in events] == [0, 0, 1, 1]
    assert {event["object"] for event in events} == {"text_completion"}
    assert len({event["id"] for event in events}) == 1


def test_the_bytes_of_a_text_stream_with_a_grammar(server: Server) -> None:
    grammar = {"type": "regex", "value": "[0-9]{2}"}
    body = {"inputs": "One, two,", "stream": True, "parameters": {"grammar": grammar}}
    events = [json.loads(f) for f in frames(post(server, f"/models/{CHATTER}", json=body).content)]
    assert re.fullmatch("[0-9]{2}", events[-1]["generated_text"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n": 0}, ["n"]),
        ({"n": 129}, ["n"]),
        ({"prompt": ["a"] * 65, "n": 2}, ["128 texts at most"]),
        ({"best_of": 2, "n": 3}, ["best_of must be at least n"]),
        ({"best_of": 2, "stream": True}, ["best_of", "streamed"]),
        ({"best_of": 9}, ["best_of"]),
        ({"logprobs": 6}, ["logprobs"]),
        ({"logprobs": 1, "echo": True}, ["logprobs", "echo"]),
        ({"suffix": "The end."}, ["suffix"]),
        ({"max_tokens": 0}, ["max_new_tokens"]),
        ({"logit_bias": {"x": 1}}, ["logit_bias"]),
        ({"prompt": []}, ["prompt"]),
        ({"prompt": [1, 2]}, ["prompt"]),
    ],
    ids=str,
)
def test_what_completions_refuse(server: Server, options: dict[str, Any], words: list[str]) -> None:
    error_of(post(server, COMPLETIONS, json={"prompt": "a"} | options), 422, *words)


# What other programs send by themselves ----------------------------------------------------------


def test_neutral_fields_of_other_programs(client: OpenAI) -> None:
    """LangChain and the like send fields at the values that change nothing, or at null."""
    neutral: dict[str, Any] = {
        "parallel_tool_calls": True, "service_tier": "auto", "store": True, "metadata": {"a": "b"},
        "reasoning_effort": None, "stream_options": None, "logit_bias": None, "tools": None,
        "tool_choice": None, "response_format": None, "stop": None, "modalities": ["text"],
        "safety_identifier": "x", "prompt_cache_key": "y", "frequency_penalty": 0, "n": 1,
        "functions": None, "audio": None, "prediction": None, "verbosity": None,
    }  # fmt: skip
    assert whole(client, max_tokens=2, extra_body=neutral).strip()
    found = client.completions.create(
        model=CHATTER, prompt="a", max_tokens=2, n=1, best_of=1, logprobs=None, suffix=None,
        frequency_penalty=0, presence_penalty=0, logit_bias={}, stream=False, user="x",
        extra_body={"stream_options": None, "unknown": None},
    )  # fmt: skip
    assert found.choices[0].finish_reason == "length"
