"""Chat through openai's own client, and the stream byte by byte."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI

from tests.api.wire import SECONDS, check_sentence, error_of, post
from tests.conftest import CHATTER, EMBEDDER, IRIS, LISTENER, SEER, Server

QUESTION: list[Any] = [{"role": "user", "content": "What is the capital of France?"}]
BRIEF: dict[str, Any] = {"max_tokens": 12, "temperature": 0}
CHAT = "/v1/chat/completions"


@pytest.fixture
def client(server: Server) -> Iterator[OpenAI]:
    with connect(f"{server.url}/v1") as client:
        yield client


def connect(base_url: str) -> OpenAI:
    return OpenAI(base_url=base_url, api_key="none", timeout=SECONDS, max_retries=0)


def whole(client: OpenAI, **options: Any) -> str:
    asked = {"model": CHATTER, "messages": QUESTION} | BRIEF | options
    return client.chat.completions.create(**asked).choices[0].message.content or ""


# Chat ------------------------------------------------------------------------------------------


def test_chat(client: OpenAI) -> None:
    found = client.chat.completions.create(model=CHATTER, messages=QUESTION, **BRIEF)
    assert found.object == "chat.completion"
    assert found.model == CHATTER
    assert found.id.startswith("chatcmpl-")
    assert "Paris" in (found.choices[0].message.content or "")
    assert found.choices[0].message.role == "assistant"
    assert found.choices[0].finish_reason == "stop"
    assert found.usage is not None
    assert found.usage.prompt_tokens > 0 < found.usage.completion_tokens
    assert found.usage.total_tokens == found.usage.prompt_tokens + found.usage.completion_tokens


def test_a_stream_is_the_whole_answer_in_parts(client: OpenAI) -> None:
    with client.chat.completions.create(
        model=CHATTER, messages=QUESTION, stream=True, **BRIEF
    ) as stream:
        chunks = list(stream)
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == whole(client)
    assert [c.choices[0].delta.role for c in chunks] == ["assistant"] + [None] * (len(chunks) - 1)
    assert [c.choices[0].finish_reason for c in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert len({chunk.id for chunk in chunks}) == 1
    assert all(chunk.usage is None for chunk in chunks)


def test_a_stream_with_usage(client: OpenAI) -> None:
    with client.chat.completions.create(
        model=CHATTER,
        messages=QUESTION,
        stream=True,
        stream_options={"include_usage": True},
        **BRIEF,
    ) as stream:
        *chunks, last = list(stream)
    assert all(chunk.choices and chunk.usage is None for chunk in chunks)
    assert last.choices == []
    assert last.usage is not None
    assert last.usage.completion_tokens >= len(chunks) > 0
    assert last.usage.total_tokens == last.usage.prompt_tokens + last.usage.completion_tokens


def test_longest_answer_by_either_name(client: OpenAI) -> None:
    for name in ("max_tokens", "max_completion_tokens"):
        options: dict[str, Any] = {name: 2}
        found = client.chat.completions.create(model=CHATTER, messages=QUESTION, **options)
        assert found.usage is not None
        assert found.usage.completion_tokens == 2
        assert found.choices[0].finish_reason == "length"


@pytest.mark.parametrize("many", [False, True])
def test_stop_words_are_left_out(client: OpenAI, many: bool) -> None:
    answer = whole(client)
    word = answer.split()[2]
    found = client.chat.completions.create(
        model=CHATTER, messages=QUESTION, stop=[word, "never said"] if many else word, **BRIEF
    )
    assert found.choices[0].message.content == answer[: answer.index(word)]
    assert found.choices[0].finish_reason == "stop"


def test_a_seed_repeats_a_draw(client: OpenAI) -> None:
    def draw(seed: int) -> str:
        return whole(client, temperature=2, top_p=0.99, seed=seed, max_tokens=6)

    first = draw(1)
    assert draw(1) == first
    assert draw(2) != first or draw(3) != first


def test_a_system_message_and_parts_of_text(client: OpenAI) -> None:
    messages: list[Any] = [
        {"role": "system", "content": "You answer in one word."},
        {"role": "user", "content": [{"type": "text", "text": "What is the capital of "}]},
        {"role": "assistant", "content": "Of what?"},
        {"role": "user", "content": [{"type": "text", "text": "Italy?"}]},
    ]
    assert whole(client, messages=messages).strip()


def test_neutral_options_are_taken(client: OpenAI) -> None:
    neutral: dict[str, Any] = {
        "n": 1, "frequency_penalty": 0, "presence_penalty": 0, "logprobs": False, "tools": [],
        "logit_bias": {}, "response_format": {"type": "text"}, "tool_choice": "none",
        "user": "someone", "metadata": {"a": "b"}, "store": False, "top_p": 1,
    }  # fmt: skip
    assert whole(client, max_tokens=2, **neutral).strip()


# Which model -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "dummy", "tgi"])
def test_names_of_no_model_mean_the_servers_own(client: OpenAI, name: str) -> None:
    found = client.chat.completions.create(model=name, messages=QUESTION, max_tokens=1)
    assert found.model == CHATTER


def test_no_model_named(server: Server) -> None:
    body = {"messages": QUESTION, "max_tokens": 1}
    assert post(server, CHAT, json=body).json()["model"] == CHATTER
    assert post(server, CHAT, json={**body, "model": None}).json()["model"] == CHATTER
    assert post(server, f"{CHAT}/", json=body).json()["model"] == CHATTER


def test_a_models_own_address(server: Server) -> None:
    with connect(f"{server.url}/models/{CHATTER}/v1") as client:
        found = client.chat.completions.create(model="whatever", messages=QUESTION, max_tokens=1)
        assert found.model == CHATTER


def test_a_model_that_is_not_here(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        whole(client, model="nobody/nothing")
    check_sentence(caught.value.message, ["nobody/nothing is not on this machine"])


def test_a_model_that_cannot_chat(server: Server, client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        whole(client, model=EMBEDDER)
    check_sentence(caught.value.message, [f"{EMBEDDER} cannot chat", "sentence-similarity"])
    path = f"/models/{SEER}{CHAT}"
    error_of(post(server, path, json={"messages": QUESTION}), 400, "cannot chat", "image")


def test_the_list_of_models(client: OpenAI) -> None:
    found = {model.id: model for model in client.models.list()}
    assert {CHATTER, EMBEDDER, LISTENER, SEER, IRIS} <= set(found)
    assert found[CHATTER].owned_by == "HuggingFaceTB"
    assert all(model.object == "model" and model.created > 0 for model in found.values())


def test_one_model(server: Server, client: OpenAI) -> None:
    assert client.models.retrieve(CHATTER).id == CHATTER
    assert httpx.get(f"{server.url}/v1/models/{CHATTER}/").json()["id"] == CHATTER
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("nobody/nothing")
    check_sentence(caught.value.message, ["nobody/nothing is not on this machine"])


# What is refused -------------------------------------------------------------------------------

TOOL = {"type": "function", "function": {"name": "weather", "parameters": {}}}
PICTURE = {"type": "image_url", "image_url": {"url": "https://example.org/cat.jpg"}}


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"tools": [TOOL]}, "tools"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"n": 129}, "n"),
        ({"top_logprobs": 2}, "logprobs"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"logit_bias": {"fifty": 1}}, "logit_bias"),
        ({"logit_bias": {"50": 101}}, "logit_bias"),
        ({"logit_bias": {"900000": 1}}, "tokens 0 to 49,151"),
        ({"frequency_penalty": 2.5}, "frequency_penalty"),
        ({"presence_penalty": -3}, "presence_penalty"),
        ({"response_format": {"type": "yaml"}}, "response_format"),
        ({"reasoning_effort": "low"}, "reasoning_effort"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"seed": -1}, "seed"),
        ({"stop": ["a"] * 17}, "stop"),
        ({"extra_body": {"frobnicate": 1}}, "frobnicate"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "wizard", "content": "Hi"}]}, "role"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages"),
        ({"messages": [{"role": "user", "content": [PICTURE]}]}, "send the file itself"),
        ({"stream_options": {"include_usage": "perhaps"}}, "stream_options"),
        ({"stream_options": "all"}, "stream_options"),
    ],
    ids=str,
)
def test_what_no_model_here_can_do_is_refused_by_name(
    client: OpenAI, options: dict[str, Any], name: str
) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        whole(client, **options)
    check_sentence(caught.value.message, [name])


@pytest.mark.parametrize("body", [{}, [], {"message": "Hi"}, {"prompt": "Hi"}, 7])
def test_bodies_without_messages(server: Server, body: Any) -> None:
    error_of(post(server, CHAT, json=body), 422, "messages")


@pytest.mark.parametrize("value", [5, ["x"], {"a": 1}])
def test_a_model_must_be_a_name(server: Server, value: Any) -> None:
    error_of(post(server, CHAT, json={"messages": QUESTION, "model": value}), 422, "model")
    body = {"messages": QUESTION, "stream": value}
    error_of(post(server, CHAT, json=body), 422, "stream")


# The stream ------------------------------------------------------------------------------------


def frames(body: bytes) -> list[bytes]:
    """The events of a stream, each of them one `data: ` line that a blank line ends."""
    *events, rest = body.split(b"\n\n")
    assert rest == b""
    assert all(event.startswith(b"data: ") and b"\n" not in event for event in events)
    return [event.removeprefix(b"data: ") for event in events]


def test_the_bytes_of_a_chat_stream(server: Server) -> None:
    body = {"messages": QUESTION, "stream": True, "max_tokens": 3}
    answer = post(server, CHAT, json=body)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-compute-type"] in ("cpu", "gpu")
    *chunks, last = frames(answer.content)
    assert last == b"[DONE]"
    assert len(chunks) == 3
    assert {json.loads(chunk)["object"] for chunk in chunks} == {"chat.completion.chunk"}


def test_the_bytes_of_a_text_stream(server: Server) -> None:
    """text-generation-inference ends with its last event, without a mark."""
    body = {"inputs": "One, two,", "stream": True, "parameters": {"max_new_tokens": 3}}
    events = [json.loads(f) for f in frames(post(server, f"/models/{CHATTER}", json=body).content)]
    assert [list(event) for event in events] == [
        ["index", "token", "generated_text", "details"]
    ] * 3


def test_what_fails_before_a_stream_has_a_status(server: Server) -> None:
    long = [{"role": "user", "content": "word " * 20_000}]
    error_of(post(server, CHAT, json={"messages": long, "stream": True}), 422, "8,192", "Shorten")


def test_after_a_stream_was_left_the_model_answers(server: Server, client: OpenAI) -> None:
    """Unless the left stream stopped, this would wait for its 8,000 tokens."""
    for _ in range(2):
        with client.chat.completions.create(
            model=CHATTER, messages=QUESTION, stream=True, max_tokens=8_000, temperature=2, seed=3
        ) as stream:
            next(iter(stream))
    assert whole(client, max_tokens=1).strip()
