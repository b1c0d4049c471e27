"""Streams that are left early or that break, with a model that writes down what happens to it."""

import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import openai
import pytest
from fastapi import Request
from huggingface_hub import InferenceClient
from huggingface_hub.errors import GenerationError
from openai import OpenAI

from api import streams
from api.app import build
from pipelines.inference import Inference
from tests.api.local import SETTINGS, Writer, inference, listening, writing
from tests.api.wire import SECONDS, on_board, until
from tests.conftest import CHATTER, EMBEDDER
from tests.pipelines.engine.stage import Stage

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


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"/models/{CHATTER}", {"inputs": "first", "parameters": {"max_new_tokens": MOST}}),
        ("/v1/chat/completions", {"messages": ask("first"), "max_tokens": MOST}),
        ("/v1/completions", {"prompt": "first", "max_tokens": MOST}),
    ],
    ids=["Hugging Face", "chat", "completions"],
)
def test_a_stream_whose_line_breaks_stops_the_model(path: str, body: dict[str, Any]) -> None:
    writer = Writer()
    with writing(writer) as url:
        with hung_up(url + path, {**body, "stream": True}):
            until(lambda: writer.diary.count("token") > 1)
        last = {"inputs": "second", "parameters": {"max_new_tokens": 1}}
        assert httpx.post(f"{url}/models/{CHATTER}", json=last, timeout=SECONDS).status_code == 200
    assert writer.diary[0] == "asked first"
    assert writer.diary.count("token") < MOST
    assert writer.diary[-4:] == ["closed", "asked second", "token", "closed"]


@pytest.mark.parametrize("path", [f"/models/{EMBEDDER}", "/v1/embeddings"])
def test_so_does_a_whole_answer_that_nobody_waits_for(path: str) -> None:
    stage = Stage()
    stage.free.clear()
    made = Inference(on_board(), stage.engine(), SETTINGS.limits)
    with listening(build(made, SETTINGS)) as url:
        body = {"inputs": "first"} if "models" in path else {"input": "first", "model": EMBEDDER}
        with hung_up(url + path, body):
            until(lambda: len(stage.runs) == 1)
            assert stage.cancelled == []
        until(lambda: len(stage.cancelled) == 1)
    assert [text for _, text, _ in stage.runs] == stage.cancelled == ["first"]


def test_whoever_hangs_up_while_he_waits_leaves_the_line() -> None:
    writer = Writer()
    made = inference(writer)
    chat = next(model for model in made.models.list() if model.id == CHATTER)

    def waiting() -> int:
        return made.engine.status(chat).waiting

    with listening(build(made, SETTINGS)) as url:
        path, body = f"{url}/models/{CHATTER}", {"parameters": {"max_new_tokens": MOST}}
        with hung_up(path, {"inputs": "first", "stream": True, **body}):
            until(lambda: "token" in writer.diary)
            for text in ("second", "third"):
                with hung_up(path, {"inputs": text, **body, "stream": text == "third"}):
                    until(lambda: waiting() == 1)
                until(lambda: waiting() == 0)
        last = {"inputs": "last", "parameters": {"max_new_tokens": 1}}
        assert httpx.post(path, json=last, timeout=SECONDS).status_code == 200
    asked = [line for line in writer.diary if line.startswith("asked")]
    assert asked == ["asked first", "asked last"]


@contextmanager
def hung_up(url: str, body: dict[str, Any]) -> Iterator[None]:
    """Sends a request, and hangs up at the end of the block whatever came back."""
    address, data = urlsplit(url), json.dumps(body).encode()
    head = f"POST {address.path} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(data)}\r\n\r\n"
    with socket.create_connection((str(address.hostname), int(address.port or 0))) as line:
        line.sendall(head.encode() + data)
        yield


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
    assert answer.json() == {"error": "The model lost its thread.", "error_type": "generation"}


async def test_a_fault_of_ours_is_not_told_in_a_stream() -> None:
    async def chunks() -> Any:
        yield "one"
        raise KeyError("a secret of the server")

    request = Request({"type": "http", "headers": []})
    response = await streams.respond(request, chunks(), {}, [], streams.DONE)
    assert isinstance(response.body_iterator, AsyncIterator)
    first, failed, end = [part async for part in response.body_iterator]
    assert first == b'data: "one"\n\n'
    assert b"Something went wrong here" in bytes(failed)
    assert b"secret" not in bytes(failed)
    assert end == b"data: [DONE]\n\n"
