"""Clients of the chaos benchmark: what they make of an answer."""

import time
from pathlib import Path

import httpx
import pytest

from benchmarks import crowd
from benchmarks.crowd import ANSWERED, CRASHED, HUNG, WRONG, Ask
from benchmarks.squeeze import COPIES, copies, turned

RIGHT = [1.0, 0.0]


def answering(*responses: httpx.Response) -> httpx.AsyncClient:
    waiting = iter(responses)
    transport = httpx.MockTransport(lambda request: next(waiting))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def becomes(ask: Ask, response: httpx.Response) -> str:
    async with answering(response) as http:
        return (await crowd.attempt(http, "a", ask)).kind


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (httpx.Response(200, json=[2.0, 0.0]), ANSWERED),
        (httpx.Response(200, json=[0.0, 1.0]), WRONG),
        (httpx.Response(200, json={"error": "no"}), WRONG),
        (httpx.Response(503), "503"),
        (httpx.Response(500), "500"),
    ],
)
async def test_a_vector_must_be_the_right_one(response: httpx.Response, kind: str) -> None:
    assert await becomes(crowd.embedding("x", RIGHT), response) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('data: {"choices": []}\n\ndata: [DONE]\n\n', ANSWERED),
        ('data: {"choices": []}\n\n', "cut short"),
        ("data: [DONE]\n\n", "cut short"),
        ("", "cut short"),
        ('data: {"error": "The process of a ended"}\n\ndata: [DONE]\n\n', CRASHED),
        ('data: {"error": "odd"}\n\ndata: [DONE]\n\n', "broken off: odd"),
    ],
)
async def test_a_stream_must_come_to_its_end(text: str, kind: str) -> None:
    assert await becomes(crowd.chat("x"), httpx.Response(200, text=text)) == kind


async def test_a_status_is_kept_for_streams_too() -> None:
    assert await becomes(crowd.chat("x"), httpx.Response(502)) == CRASHED


async def test_what_never_comes_has_hung() -> None:
    async def never(http: httpx.AsyncClient) -> str:
        raise TimeoutError

    async with answering() as http:
        assert (await crowd.attempt(http, "a", never)).kind == HUNG


async def test_a_broken_connection_is_named() -> None:
    async def broken(http: httpx.AsyncClient) -> str:
        raise httpx.ReadError("reset")

    async with answering() as http:
        found = await crowd.attempt(http, "a", broken)
    assert crowd.unexpected([found]) == 1
    assert crowd.counts([found]) == {"ReadError": 1}


class Enough(Exception):
    pass


async def test_a_client_asks_its_questions_in_turn() -> None:
    asked: list[str] = []

    def question(name: str) -> tuple[str, Ask]:
        async def ask(http: httpx.AsyncClient) -> str:
            asked.append(name)
            if len(asked) == 3:
                raise Enough
            return ANSWERED

        return name, ask

    async with answering() as http:
        with pytest.raises(Enough):
            await crowd.keep_asking(http, [question("a"), question("b")], time.monotonic() + 60)
    assert asked == ["a", "b", "a"]


def test_copies_are_ten_models_of_the_same_files(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    names = copies(tmp_path / "models", tmp_path / "model")
    assert len(set(names)) == COPIES
    assert all((tmp_path / "models" / name / "config.json").exists() for name in names)


async def test_every_client_begins_elsewhere() -> None:
    asked = [(name, crowd.chat(name)) for name in "abc"]
    assert [name for name, _ in turned(asked, 4)] == ["b", "c", "a"]
