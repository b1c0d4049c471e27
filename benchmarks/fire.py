"""A crowd of clients while the server's workers are killed."""

import asyncio
import time
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from benchmarks import family, noise
from benchmarks.crowd import Ask, Outcome, attempt, chat, embed, embedding, keep_asking
from benchmarks.killer import Kill, Killer, named
from benchmarks.models import CHATTER, EMBEDDER
from benchmarks.server import Server, is_quarantined, reached, server, strays

CHATS = 4  # of the clients; the others embed


@dataclass(frozen=True)
class Fire:
    """What became of the calls and of the server.

    `quarantined` is the models that had crashed too often in a row, `zygotes` how many fork servers
    there were, `strays` how many workers held no model at the end, `foreign` the cores that others
    used, `leaked` how many processes outlived the server, `tracebacks` how many its log has.
    """

    outcomes: list[Outcome]
    kills: list[Kill]
    alive: bool
    quarantined: list[str]
    zygotes: int
    strays: int
    foreign: float | None
    leaked: int = 0
    tracebacks: int = 0


def under_fire(home: Path, seconds: float, clients: int, every: float) -> Fire:
    """Every client asks for `seconds`, and every `every` seconds a worker is killed."""
    with server(home) as ours:
        seen = asyncio.run(attack(ours, seconds, clients, every))
    log = ours.said()
    return replace(
        seen,
        kills=named(seen.kills, log),
        leaked=ours.leaked,
        tracebacks=log.count("Traceback"),
    )


async def attack(ours: Server, seconds: float, clients: int, every: float) -> Fire:
    """All that can be seen while the server runs."""
    async with reached(ours) as http:
        asked = await questions(http, clients)
        zygotes = set(family.zygotes(ours.pid))
        killer = Killer(ours, every)
        before, until = noise.read_family(), time.monotonic() + seconds
        firing = asyncio.create_task(killer.go_on(until))
        found = await asyncio.gather(*(keep_asking(http, [each], until) for each in asked))
        await firing
        foreign = noise.foreign(before, noise.read_family(killer.spent))
        last = [await attempt(http, *each) for each in (asked[0], asked[-1])]
        models = (CHATTER, EMBEDDER)
        return Fire(
            outcomes=[each for some in found for each in some] + last,
            kills=killer.kills,
            alive=ours.alive,
            quarantined=[each for each in models if await is_quarantined(http, each)],
            zygotes=len(zygotes | set(family.zygotes(ours.pid))),
            strays=await strays(ours, http),
            foreign=foreign,
        )


async def questions(http: httpx.AsyncClient, clients: int) -> list[tuple[str, Ask]]:
    """What each client asks again and again. Asked once here, so that the answers are known."""
    await attempt(http, CHATTER, chat("Hello."))
    chats = [(CHATTER, chat(f"Count from {number}.")) for number in range(CHATS)]
    return chats + [(EMBEDDER, await known(http, text)) for text in texts(clients - CHATS)]


async def known(http: httpx.AsyncClient, text: str) -> Ask:
    return embedding(text, (await embed(http, text)).raise_for_status().json())


def texts(count: int) -> list[str]:
    return [f"Text number {number} of {count} for a vector of its own." for number in range(count)]
