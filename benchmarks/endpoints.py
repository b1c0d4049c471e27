"""`python -m benchmarks.endpoints`: what an endpoint costs beside the server's own way to a
model, and what it stands.

Overhead of a call over the same model in the caller's own process, and over the server's own way;
throughput by replicas, waking from zero, calls lost on a rolling update and when replicas are
killed. Each call is one short text for a small model. With `--ray URL`, a cluster too.
"""

import argparse
import asyncio
import random
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil

from benchmarks import family
from benchmarks.deployed import TEXT, Deployed, Load, timed, turns
from benchmarks.inside import Inside
from benchmarks.server import Server, reached, server
from benchmarks.start import machine, versions

LOCAL, RAY = "local", "ray"
REPLICAS = (1, 2, 3, 4)
WARM = 20  # calls before anything is counted
NO_RAY = "No cluster was named, so nothing of Ray is measured: start one and say --ray URL."


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.endpoints", description=__doc__)
    parser.add_argument("--rounds", type=int, default=500, help="of single calls (default: 500)")
    parser.add_argument("--seconds", type=float, default=10, help="of each load (default: 10)")
    parser.add_argument("--clients", type=int, default=16, help="at a time (default: 16)")
    parser.add_argument("--wakes", type=int, default=7, help="from zero (default: 7)")
    parser.add_argument("--every", type=float, default=2, help="seconds a kill (default: 2)")
    parser.add_argument("--ray", metavar="URL", help="address of a cluster, as in the settings")
    parser.add_argument("--quick", action="store_true", help="40 rounds, 4 seconds, 2 wakes")
    given = parser.parse_args(argv)
    if given.quick:
        given.rounds, given.seconds, given.wakes = 40, 4.0, 2
    if min(given.rounds, given.seconds, given.clients, given.wakes, given.every) <= 0:
        parser.error("--rounds, --seconds, --clients, --wakes and --every must be above 0")
    return given


@dataclass
class Found:
    """Of one engine: seconds of calls `over` the endpoint, `direct` to the server's own model, and
    `inside` this process; calls a second by replicas, seconds of `wakes`; the load of an update
    and, on this machine, of `kills`."""

    over: Sequence[float] = ()
    direct: Sequence[float] = ()
    inside: Sequence[float] = ()
    throughput: dict[int, float] = field(default_factory=dict)
    wakes: list[float] = field(default_factory=list)
    update: Load | None = None
    killed: Load | None = None
    kills: int = 0


# Measuring ------------------------------------------------------------------------------------


def measure(given: argparse.Namespace, engine: str) -> Found:
    flags = ("--acceleration", "off", *(("--ray", given.ray) if engine == RAY else ()))
    with TemporaryDirectory() as home, server(Path(home), *flags) as started:
        return asyncio.run(measured(given, engine, started, Path(home)))


async def measured(given: argparse.Namespace, engine: str, started: Server, home: Path) -> Found:
    found = Found()
    async with reached(started) as http:
        endpoint = Deployed(http)
        await endpoint.make(engine, 1)
        if engine == LOCAL:  # before anything else is loaded: each worker is a replica then
            await killing(given, endpoint, started, found)
        await overhead(given, endpoint, found, home)
        await throughput(given, endpoint, found)
        await updating(given, endpoint, found)
        await waking(given, endpoint, found)
        await endpoint.delete()
    return found


async def overhead(given: argparse.Namespace, endpoint: Deployed, found: Found, home: Path) -> None:
    inside = Inside(home, TEXT["inputs"])
    calls = (endpoint.call, endpoint.direct, inside.call)
    await turns(calls, WARM)
    found.over, found.direct, found.inside = await turns(calls, given.rounds)
    await inside.close()


async def throughput(given: argparse.Namespace, endpoint: Deployed, found: Found) -> None:
    for replicas in REPLICAS:
        await endpoint.scale(replicas)
        load = Load(endpoint, given.clients)
        seconds = await load.during(asyncio.sleep(given.seconds))
        found.throughput[replicas] = load.answered / seconds


async def updating(given: argparse.Namespace, endpoint: Deployed, found: Found) -> None:
    """New replicas for old, under load."""
    await endpoint.scale(2)
    found.update = Load(endpoint, given.clients)

    async def update() -> None:
        await asyncio.sleep(given.seconds / 4)
        old = await endpoint.replicas()
        await endpoint.change(env={"ROUND": "2"})
        await endpoint.until("running", 2, old)
        await asyncio.sleep(given.seconds / 4)

    await found.update.during(update())


async def killing(
    given: argparse.Namespace, endpoint: Deployed, started: Server, found: Found
) -> None:
    """One of two replicas again and again, under load; the other one must be there meanwhile."""
    await endpoint.scale(2)
    found.killed, chance = Load(endpoint, given.clients), random.Random(0)

    async def kill() -> None:
        for _ in range(max(1, int(given.seconds / given.every))):
            await asyncio.sleep(given.every / 2)
            with suppress(psutil.Error, IndexError):
                chance.choice(family.workers(started.pid)).kill()
                found.kills += 1
            await endpoint.until("running", 2)
            await asyncio.sleep(given.every / 2)

    await found.killed.during(kill())


async def waking(given: argparse.Namespace, endpoint: Deployed, found: Found) -> None:
    """From a call to an endpoint that sleeps to its answer."""
    await endpoint.change(scaling={"min_replicas": 0, "max_replicas": 1})
    for _ in range(given.wakes):
        await endpoint.sleep()
        found.wakes.append(await timed(endpoint.call))


# Reporting ------------------------------------------------------------------------------------


def claims(engine: str, found: Found) -> list[str]:
    """One line per claim: `NAME ratio VALUE target TARGET`, or a value with its unit."""
    one = found.throughput[REPLICAS[0]]
    over, direct, inside = map(median, (found.over, found.direct, found.inside))
    lines = [
        f"{engine}_inline_call median {1000 * inside:.2f} ms",
        f"{engine}_call median {1000 * over:.2f} ms",
        f"{engine}_call_more_than_inline {1000 * (over - inside):.2f} ms",
        f"{engine}_call_vs_models_route ratio {over / direct:.2f} "
        f"target <={1.5 if engine == LOCAL else 10}",
        f"{engine}_call_more_than_models_route {1000 * (over - direct):.2f} ms",
        f"{engine}_1_replica {one:.1f} calls/s",
    ]
    lines += [
        f"{engine}_{replicas}_replicas_vs_1 ratio {rate / one:.2f}"
        for replicas, rate in found.throughput.items()
        if replicas > 1
    ]
    lines += [
        f"{engine}_wake median {median(found.wakes):.2f} s",
        f"{engine}_wake longest {max(found.wakes):.2f} s",
    ]
    return lines + losses(engine, found)


def losses(engine: str, found: Found) -> list[str]:
    lines = []
    if load := found.update:
        lines.append(f"{engine}_lost_on_update {load.lost} target 0 ({counted(load)})")
    if load := found.killed:
        lines.append(f"{engine}_lost_on_{found.kills}_kills {load.lost} target 0 ({counted(load)})")
    return lines


def counted(load: Load) -> str:
    return ", ".join(f"{kind}: {count}" for kind, count in sorted(load.counts.items()))


def main(argv: Sequence[str]) -> None:
    given = arguments(argv)
    print(f"{machine()}; {versions()}; {given.clients} clients\n")
    for engine in (LOCAL, *([RAY] if given.ray else [])):
        print("\n".join(claims(engine, measure(given, engine))), flush=True)
    if not given.ray:
        print(NO_RAY)


if __name__ == "__main__":
    main(sys.argv[1:])
