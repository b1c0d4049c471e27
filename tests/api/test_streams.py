"""Streams that are left early or that break, with a model that writes down what happens to it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import openai
import pytest
from fastapi import Request
from huggingface_hub import InferenceClient
from huggingface_hub.errors import GenerationError
from openai import OpenAI

from api import streams
from tests.api.local import Writer, writing
from tests.api.wire import SECONDS
from tests.conftest import CHATTER

MOST = 8_000  # tokens of an answer that nobody means to read to its end


def ask(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


def test_a_stream_that_is_left_stops_the_model() -> None:
    writer = Writer()
    with writing(writer) as url, OpenAI(base_url=f"{url}/v1", api_key="none") as client:
        create = client.chat.completions.create
        with create(model="", messages=ask("first"), stream=True, max_tokens=MOST) as stream:
            chunks = iter(stream)
            assert [next(chunks).choices[0].delta.content for _ in range(2)] == ["x", "x"]
        create(model="", messages=ask("second"), max_tokens=1)
    first = writer.diary[: writer.diary.index("closed")]
    assert first[0] == "asked first"
    assert 2 <= first.count("token") < MOST
    assert writer.diary[len(first) :] == ["closed", "asked second", "token", "closed"]


def test_so_does_a_client_that_hangs_up() -> None:
    writer = Writer()
    with writing(writer) as url:
        path, body = f"{url}/models/{CHATTER}", {"inputs": "first", "stream": True}
        long = {**body, "parameters": {"max_new_tokens": MOST}}
        with httpx.Client(timeout=SECONDS) as client, client.stream("POST", path, json=long) as got:
            next(got.iter_lines())
        body = {"inputs": "second", "parameters": {"max_new_tokens": 1}}
        assert httpx.post(path, json=body, timeout=SECONDS).json() == [{"generated_text": "x"}]
    assert writer.diary[-4:] == ["closed", "asked second", "token", "closed"]
    assert writer.diary.count("token") < MOST


def test_streams_of_one_model_take_turns() -> None:
    writer = Writer()
    with writing(writer) as url, OpenAI(base_url=f"{url}/v1", api_key="none") as client:
        create = client.chat.completions.create
        with create(model="", messages=ask("first"), stream=True, max_tokens=3) as first:
            next(iter(first))
            with create(model="", messages=ask("second"), stream=True, max_tokens=2) as second:
                assert len(list(second)) == 2
    one, two = ["asked first", *["token"] * 3, "closed"], ["asked second", *["token"] * 2, "closed"]
    assert writer.diary == one + two


def test_a_stream_that_breaks_says_so_to_openai() -> None:
    with (
        writing(Writer(breaks_at=3)) as url,
        OpenAI(base_url=f"{url}/v1", api_key="none") as client,
        client.chat.completions.create(
            model="", messages=ask("first"), stream=True, max_tokens=9
        ) as stream,
    ):
        assert [next(stream).choices[0].delta.content for _ in range(2)] == ["x", "x"]
        with pytest.raises(openai.APIError, match="The model lost its thread"):
            next(stream)


def test_a_stream_that_breaks_says_so_to_hugging_face() -> None:
    with writing(Writer(breaks_at=3)) as url:
        client = InferenceClient(model=f"{url}/models/{CHATTER}", timeout=SECONDS)
        tokens = iter(client.text_generation("first", stream=True, max_new_tokens=9))
        assert [next(tokens), next(tokens)] == ["x", "x"]
        with pytest.raises(GenerationError, match="The model lost its thread"):
            next(tokens)


def test_what_breaks_before_the_first_token_has_a_status() -> None:
    with writing(Writer(breaks_at=1)) as url:
        body = {"messages": ask("first"), "stream": True}
        answer = httpx.post(f"{url}/v1/chat/completions", json=body, timeout=SECONDS)
    assert answer.status_code == 500
    assert answer.json() == {"error": "The model lost its thread."}


async def test_a_fault_of_ours_is_not_told_in_a_stream() -> None:
    async def chunks() -> Any:
        yield "one"
        raise KeyError("a secret of the server")

    request = Request({"type": "http", "headers": []})
    response = await streams.respond(request, chunks(), {}, streams.DONE)
    assert isinstance(response.body_iterator, AsyncIterator)
    first, failed, end = [part async for part in response.body_iterator]
    assert first == b'data: "one"\n\n'
    assert b"Something went wrong here" in bytes(failed)
    assert b"secret" not in bytes(failed)
    assert end == b"data: [DONE]\n\n"
