"""Seconds of compute a day: what models work for a caller is charged to him, whole or streamed."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from openai import OpenAI

from api import callers
from api.app import build
from api.callers import Caller
from api.turns import turn
from pipelines.allowance import Allowance, Client
from pipelines.errors import TooManyCalls
from pipelines.inference import Inference
from store.tokens import Token
from tests.api.local import SETTINGS, TOKEN_SECONDS, Writer, inference, listening
from tests.api.wire import SECONDS, error_of
from tests.conftest import CHATTER, free_port

QUOTA = 0.1  # seconds
MANY = round(2 * QUOTA / TOKEN_SECONDS)  # tokens that take longer than that
PATH = f"/models/{CHATTER}"


@contextmanager
def bounded() -> Iterator[tuple[str, Writer]]:
    """A server of strangers, each with a quota, whose models all are `Writer`."""
    writer = Writer()
    made = replace(inference(writer), trusting=False, quota=QUOTA)
    with listening(build(made, SETTINGS)) as url:
        yield url, writer


def ask(url: str, tokens: int = 1, address: str = "127.0.0.1") -> httpx.Response:
    """A call from one of this machine's own addresses."""
    line = httpx.HTTPTransport(local_address=address)
    with httpx.Client(transport=line, timeout=SECONDS) as client:
        body = {"inputs": "first", "parameters": {"max_new_tokens": tokens}}
        return client.post(url + PATH, json=body)


def spent(answer: httpx.Response) -> None:
    sentence = error_of(answer, 429, "0.1 seconds", "in a day", "begins in 24 hours")
    assert sentence.endswith(".")
    assert 86_000 < int(answer.headers["retry-after"]) <= 86_400


def test_whole_answers_are_charged() -> None:
    with bounded() as (url, writer):
        first = ask(url, MANY)
        assert first.status_code == 200
        assert float(first.headers["x-compute-time"]) > QUOTA
        done = list(writer.diary)
        spent(ask(url))
        assert writer.diary == done


def test_what_is_left_is_spent_call_by_call() -> None:
    with bounded() as (url, _):
        took = 0.0
        while (answer := ask(url, 10)).status_code == 200:
            took += float(answer.headers["x-compute-time"])
            assert took < QUOTA + 1, "nobody counts"
            before = took - float(answer.headers["x-compute-time"])
            assert before < QUOTA + 0.01  # each was taken while something was left
        spent(answer)
        assert took > QUOTA - 0.01  # the header is written in thousandths


def test_streams_are_charged() -> None:
    with bounded() as (url, _):
        body = {"inputs": "first", "stream": True, "parameters": {"max_new_tokens": MANY}}
        with httpx.stream("POST", url + PATH, json=body, timeout=SECONDS) as answer:
            assert len([line for line in answer.iter_lines() if line]) == MANY
        spent(ask(url))
        body = {"messages": [{"role": "user", "content": "second"}], "stream": True}
        spent(httpx.post(f"{url}/v1/chat/completions", json=body, timeout=SECONDS))


def test_so_is_a_stream_that_is_left() -> None:
    with bounded() as (url, writer), OpenAI(base_url=f"{url}/v1", api_key="none") as client:
        words: list[Any] = [{"role": "user", "content": "first"}]
        create = client.chat.completions.create
        with create(model="", messages=words, stream=True, max_tokens=8_000) as stream:
            chunks = iter(stream)
            for _ in range(MANY):
                next(chunks)
        ask(url, address="127.0.0.2")  # waits for the model, which is free only when it stopped
        assert writer.diary.count("token") < 8_000
        spent(ask(url))


def test_each_caller_has_his_own() -> None:
    with bounded() as (url, _):
        ask(url, MANY)
        spent(ask(url))
        assert ask(url, MANY, "127.0.0.2").status_code == 200
        spent(ask(url, 1, "127.0.0.2"))


def test_without_a_quota_nobody_counts() -> None:
    with listening(build(inference(Writer()), SETTINGS)) as url:
        for _ in range(3):
            assert ask(url, MANY).status_code == 200


# Who is charged ---------------------------------------------------------------------------------


def scope(**caller: Any) -> dict[str, Any]:
    return {"type": "http", "headers": [], callers.KEY: Caller(**caller)}


@pytest.fixture(scope="module")
def open_to_all() -> Inference:
    return replace(inference(None), trusting=False, quota=9)


def test_a_token_has_the_quota_that_it_was_given(open_to_all: Inference) -> None:
    for quota in (None, 5.0):
        token = Token(7, "ann", "read", datetime.now(UTC), quota=quota)
        found = turn(scope(address="1.2.3.4", token=token), open_to_all, "said")
        assert found == Client("token:7", quota)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", ""),
        ("a proxy", "a proxy"),
    ],
)
def test_a_stranger_is_his_address(open_to_all: Inference, address: str, name: str) -> None:
    """Of IPv6 one caller has a whole /64, so that counts as one."""
    found = turn(scope(address=address), open_to_all, "someone else")
    assert found == Client(f"address:{name}", 9)


# Redis ------------------------------------------------------------------------------------------


async def test_a_redis_that_is_away_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    allowance = Allowance("1/hour", f"redis://:secret@127.0.0.1:{free_port()}")
    ann = Client("ann", QUOTA)
    for _ in range(3):
        assert await allowance.hit("ann") is None
        await allowance.admit(ann)
        allowance.charge(ann, 1)
        await asyncio.gather(*allowance.writing)
        await allowance.check(ann)
        allowance.away = 0  # as if it were time to ask again
    (told,) = caplog.messages
    assert "Redis does not answer, so calls are not counted" in told
    assert "secret" not in told


async def test_while_it_is_away_it_is_not_asked() -> None:
    """Else each call would wait for it."""
    asked = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(writer)
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1")
    async with server:
        port = server.sockets[0].getsockname()[1]
        allowance = Allowance("1/hour", f"redis://127.0.0.1:{port}")
        await allowance.hit("ann")
        once = len(asked)
        for _ in range(9):
            await allowance.hit("ann")
    assert once > 0
    assert len(asked) == once


def test_an_address_that_is_no_redis() -> None:
    with pytest.raises(ValueError, match="redis://localhost:6379"):
        Allowance("1/hour", "http://localhost")


async def test_in_memory_each_is_counted_by_himself() -> None:
    allowance = Allowance("2/hour")
    left = [(await allowance.count(allowance.rate, "ann")).left for _ in range(2)]  # type: ignore[arg-type]
    assert left == [1, 0]
    with pytest.raises(TooManyCalls, match="2 calls"):
        await allowance.admit(Client("ann"))
    await allowance.admit(Client("ben"))
