"""Clients that call a server at the same time, and what became of each call."""

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.models import CHATTER, EMBEDDER, cosine

PATIENCE = 60  # seconds after which a call counts as hung
PAUSE = 0.2  # seconds that a client waits after a call that failed
ALIKE = 0.999  # of the vectors of the same text
TOKENS = 8

ANSWERED, HUNG, WRONG = "answered", "hung", "another answer"
CRASHED, BUSY = "502", "503"  # what may happen to a call when processes are killed
EXPECTED = (ANSWERED, CRASHED, BUSY)
Ask = Callable[[httpx.AsyncClient], Awaitable[str]]  # what became of one call


@dataclass(frozen=True)
class Outcome:
    """One call: its model, what became of it, and when it began and ended, in seconds."""

    model: str
    kind: str
    begun: float
    ended: float


async def attempt(http: httpx.AsyncClient, model: str, ask: Ask) -> Outcome:
    """One call, whatever happens to it."""
    begun = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE):
            kind = await ask(http)
    except TimeoutError:
        kind = HUNG
    except httpx.HTTPError as error:
        kind = type(error).__name__
    return Outcome(model, kind, begun, time.monotonic())


async def keep_asking(
    http: httpx.AsyncClient, questions: Sequence[tuple[str, Ask]], until: float
) -> list[Outcome]:
    """One client: its questions in turn until the clock says `until`; the last is waited for."""
    found: list[Outcome] = []
    while time.monotonic() < until:
        model, ask = questions[len(found) % len(questions)]
        found.append(await attempt(http, model, ask))
        if found[-1].kind != ANSWERED:
            await asyncio.sleep(PAUSE)
    return found


# What is asked --------------------------------------------------------------------------------


async def embed(http: httpx.AsyncClient, text: str, model: str = EMBEDDER) -> httpx.Response:
    path = f"/models/{model}/pipeline/feature-extraction"
    return await http.post(path, json={"inputs": text})


def embedding(text: str, right: list[float], model: str = EMBEDDER) -> Ask:
    """Asks for the vector of `text`, which must be `right`: no client gets another one's answer."""

    async def ask(http: httpx.AsyncClient) -> str:
        response = await embed(http, text, model)
        if response.status_code != 200:
            return str(response.status_code)
        return ANSWERED if same(response.json(), right) else WRONG

    return ask


def same(found: Any, right: list[float]) -> bool:
    return isinstance(found, list) and len(found) == len(right) and cosine(found, right) > ALIKE


def chat(text: str) -> Ask:
    """Asks for an answer in pieces, to their end."""
    body = {
        "model": CHATTER,
        "messages": [{"role": "user", "content": text}],
        "max_tokens": TOKENS,
        "stream": True,
    }

    async def ask(http: httpx.AsyncClient) -> str:
        async with http.stream("POST", "/v1/chat/completions", json=body) as response:
            if response.status_code != 200:
                return str(response.status_code)
            lines = [line async for line in response.aiter_lines()]
        return stream_kind([line.removeprefix("data: ") for line in lines if line])

    return ask


def stream_kind(events: list[str]) -> str:
    """What became of a stream that had begun, by its events."""
    *events, last = events or [""]
    values: list[Mapping[str, Any]] = [json.loads(each) for each in events]
    errors = [str(value["error"]) for value in values if "error" in value]
    if errors:
        return CRASHED if "process" in errors[0] else f"broken off: {errors[0][:60]}"
    return ANSWERED if values and last == "[DONE]" else "cut short"


# What became of it ----------------------------------------------------------------------------


def counts(outcomes: list[Outcome]) -> dict[str, int]:
    """Calls by what became of them, the answered ones first."""
    kinds = sorted({each.kind for each in outcomes}, key=lambda kind: (kind != ANSWERED, kind))
    return {kind: sum(each.kind == kind for each in outcomes) for kind in kinds}


def unexpected(outcomes: list[Outcome]) -> int:
    """Calls that neither were answered nor failed as they may, hung ones apart."""
    return sum(each.kind not in (*EXPECTED, HUNG) for each in outcomes)


def slowest(outcomes: list[Outcome]) -> float:
    """Seconds of the longest call that was answered."""
    spans = [each.ended - each.begun for each in outcomes if each.kind == ANSWERED]
    return max(spans, default=math.nan)
