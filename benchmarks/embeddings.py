"""`python -m benchmarks.embeddings`: MiniLM over HTTP, at 32 clients and at one.

Tagline as it starts, beside a plain FastAPI route and LitServe without and with batching, in turn,
with the same weights. The sentences have 9 to 21 words. An answer counts if its cosine with that of
sentence-transformers in float32 is 0.999 at least.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks import noise
from benchmarks.alternate import alternating
from benchmarks.load import Load, asked
from benchmarks.models import EMBEDDER, cosine, on_board
from benchmarks.peers_env import interpreter
from benchmarks.process import ROOT, environment, free_port, running, serve
from benchmarks.start import Sample, machine, middle, versions
from docs.generate import table

OURS = "Tagline"
FASTAPI, LITSERVE, BATCHING = "FastAPI", "LitServe", "LitServe, batching"
PEERS = {  # the module of each, and what it is told behind the folder and the port
    FASTAPI: ("rival_fastapi",),
    LITSERVE: ("rival_litserve", "1"),
    BATCHING: ("rival_litserve", "32"),
}
TARGETS = {FASTAPI: 12.0, LITSERVE: 8.0, BATCHING: 4.5}
CLIENTS = (32, 1)
ALIKE = 0.999
START, FASTER = 120, 180  # seconds for a server to answer, and for ours to find its faster way
TEXT = (
    "when the last train had gone we walked along the river and talked about what each of us would "
    "do if the winter came early and the shop had to close before its first good season was over"
)


def sentences(count: int = 64) -> list[str]:
    """Of 9 to 21 words."""
    words = TEXT.split()
    return [
        " ".join(words[(at * 5 + word) % len(words)] for word in range(9 + at % 13))
        for at in range(count)
    ]


@contextmanager
def ours(home: Path, seconds: float = FASTER) -> Iterator[str]:
    """The address of MiniLM, once it goes by the way that was found for it, if any was."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/models/{EMBEDDER}/pipeline/feature-extraction"
    with running(home, *serve(port)):
        until = time.monotonic() + seconds
        body = {"inputs": "Hello"}
        reached(url, body)
        while time.monotonic() < until:
            answer = httpx.post(url, json=body, timeout=START)
            if "x-compute-backend" in answer.headers:
                print(f"  Tagline goes by {answer.headers['x-compute-backend']}", flush=True)
                break
            time.sleep(0.5)
        yield url


@contextmanager
def theirs(name: str, home: Path) -> Iterator[str]:
    port = free_port()
    folder = str(on_board(EMBEDDER, home).path)
    module, *told = PEERS[name]
    command = [interpreter(), "-m", f"benchmarks.{module}", folder, str(port), *told]
    with (home / "log").open("a") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(home), stdout=log, stderr=log, start_new_session=True
        )
    try:
        url = f"http://127.0.0.1:{port}/embed"
        reached(url, {"inputs": "Hello"})
        yield url
    finally:
        end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """With its workers."""
    for each in reversed(noise.family()):
        each.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def reached(url: str, body: object) -> None:
    """Returns once it answers. Raises RuntimeError if it never does."""
    until = time.monotonic() + START
    while time.monotonic() < until:
        try:
            if httpx.post(url, json=body, timeout=START).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} did not answer within {START} s.")


def measure(
    opened: Callable[[Path], AbstractContextManager[str]],
    reference: Sequence[Sequence[float]],
    seconds: float,
    home: Path,
) -> Sample:
    bodies = [json.dumps({"inputs": each}).encode() for each in sentences()]
    times = {}
    home.mkdir(exist_ok=True)
    with opened(home) as url:
        asked(url, bodies, max(CLIENTS), 2)  # not counted
        before = noise.read_family()
        for clients in CLIENTS:
            found = asked(url, bodies, clients, seconds)
            check(found, reference)
            times[f"rate at {clients}"] = found.rate
            times[f"p50 at {clients}"] = found.quantile(0.5) * 1000
            times[f"p99 at {clients}"] = found.quantile(0.99) * 1000
        foreign = noise.foreign(before, noise.read_family())
    return Sample(times, foreign)


def check(found: Load, reference: Sequence[Sequence[float]]) -> None:
    """Raises RuntimeError for a wrong answer, or for one that is not like the reference."""
    if found.wrong:
        raise RuntimeError(f"{len(found.wrong)} calls failed, the first with {found.wrong[0]}.")
    for at, body in found.answers.items():
        likeness = cosine(json.loads(body), reference[at])
        if likeness < ALIKE:
            raise RuntimeError(f"The vector of sentence {at} has cosine {likeness:.4f}.")


def key(name: str) -> str:
    return re.sub(r"\W+", "_", name).lower()


def reference(home: Path) -> list[list[float]]:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(on_board(EMBEDDER, home).path), device="cpu")
    vectors: list[list[float]] = model.encode(sentences(), normalize_embeddings=True).tolist()
    return vectors


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.embeddings", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--quick", action="store_true", help="one round of two seconds")
    given = parser.parse_args(argv)
    rounds, seconds = (1, 2.0) if given.quick else (given.rounds, given.seconds)
    print(f"{machine()}; {versions()}", flush=True)
    with TemporaryDirectory(prefix="tagline-benchmark-") as folder:
        home = Path(folder)
        known = reference(home)
        # One folder for ours: what it found out in the first round it knows in the next.
        subjects = {OURS: partial(measure, ours, known, seconds, home / "ours")}
        for name in PEERS:
            subjects[name] = partial(
                measure, partial(theirs, name), known, seconds, home / key(name)
            )
        found = alternating(subjects, rounds, 1, "")
    rows = []
    for name, samples in found.items():
        cells = [
            middle(samples, f"{what} at {n}") for n in CLIENTS for what in ("rate", "p50", "p99")
        ]
        rows.append([name, *(f"{each:.1f}" for each in cells if each is not None)])
    heads = [f"{what}, {n}" for n in CLIENTS for what in ("answers/s", "p50 ms", "p99 ms")]
    print(table(["", *heads], rows))
    for name in PEERS:
        for clients in CLIENTS:
            mine, other = (middle(found[each], f"rate at {clients}") for each in (OURS, name))
            assert mine
            assert other
            target = f" target {TARGETS[name]}" if clients == 32 else ""
            print(f"embeddings_{clients}_vs_{key(name)} ratio {mine / other:.2f}{target}")


if __name__ == "__main__":
    main(sys.argv[1:])
