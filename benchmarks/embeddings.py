"""`python -m benchmarks.embeddings`: MiniLM over HTTP, at 32 clients and at one.

Tagline as it starts, in turn with a plain FastAPI route, LitServe without and with batching,
infinity-emb, BentoML and Ray Serve, with the same weights. The sentences have 9 to 21 words. An
answer counts if its cosine with that of sentence-transformers in float32 is 0.999 at least.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks import noise
from benchmarks.alternate import Samples, alternating
from benchmarks.claims import Claim
from benchmarks.load import Load, asked
from benchmarks.models import EMBEDDER, cosine, on_board, on_the_cpu
from benchmarks.peak import GIGA, flops_of, peak
from benchmarks.peers_env import interpreter, version_of
from benchmarks.process import ROOT, environment, free_port, running, serve
from benchmarks.start import Sample, machine, middle, versions
from docs.generate import table
from starters.__main__ import default_folder

OURS = "Tagline"
TARGETS = {"FastAPI": 12.0, "LitServe": 8.0, "LitServe, batching": 4.5, "infinity-emb": 1.0,
           "BentoML, batching": 1.0, "Ray Serve, batching": 1.0}  # fmt: skip
CLIENTS = (32, 1)
SIZE = (6, 384, 1536)  # of the model: layers, width, inner width
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


@dataclass(frozen=True)
class Peer:
    """A server of others: the module that starts it, what that is told behind the folder and the
    port, the environment that it runs in (None for ours), and how it is asked."""

    module: str
    told: tuple[str, ...] = ()
    environment: str | None = None
    path: str = "/embed"
    body: Callable[[str], object] = lambda text: {"inputs": text}
    vector: Callable[[Any], list[float]] = list

    def python(self) -> str:
        """Raises CalledProcessError where it cannot be installed."""
        return interpreter(self.environment) if self.environment else sys.executable


PEERS = {
    "FastAPI": Peer("rival_fastapi"),
    "LitServe": Peer("rival_litserve", ("1",), "litserve"),
    "LitServe, batching": Peer("rival_litserve", ("32",), "litserve"),
    "infinity-emb": Peer(
        "rival_infinity", (), "infinity", "/embeddings",
        lambda text: {"model": "minilm", "input": text},
        lambda answer: list(answer["data"][0]["embedding"]),
    ),
    "BentoML, batching": Peer(
        "rival_bentoml", (), "bentoml",
        body=lambda text: {"inputs": [text]}, vector=lambda answer: list(answer[0]),
    ),
    "Ray Serve, batching": Peer("rival_ray", (), "ray"),
}  # fmt: skip
QUICK = ("FastAPI", "LitServe, batching")  # each peer takes its time to start
PLAIN = Peer("")  # as ours is asked


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
def theirs(peer: Peer, home: Path) -> Iterator[str]:
    port = free_port()
    folder = str(on_board(EMBEDDER, home).path)
    command = [peer.python(), "-m", f"benchmarks.{peer.module}", folder, str(port), *peer.told]
    with (home / "log").open("a") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(home), stdout=log, stderr=log, start_new_session=True
        )
    try:
        url = f"http://127.0.0.1:{port}{peer.path}"
        reached(url, peer.body("Hello"), process)
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


def reached(url: str, body: object, process: "subprocess.Popen[bytes] | None" = None) -> None:
    """Returns once it answers. Raises RuntimeError if it never does, or if `process` ended."""
    until = time.monotonic() + START
    while time.monotonic() < until and not (process and process.poll() is not None):
        try:
            if httpx.post(url, json=body, timeout=START).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"{url} did not answer within {START} s.")


def measure(
    opened: Callable[[Path], AbstractContextManager[str]],
    reference: Sequence[Sequence[float]],
    seconds: float,
    home: Path,
    peer: Peer = PLAIN,
) -> Sample:
    bodies = [json.dumps(peer.body(each)).encode() for each in sentences()]
    times = {}
    home.mkdir(exist_ok=True)
    with opened(home) as url:
        asked(url, bodies, max(CLIENTS), 2)  # not counted
        before = noise.read_family()
        for clients in CLIENTS:
            found = asked(url, bodies, clients, seconds)
            check(found, reference, peer)
            times[f"rate at {clients}"] = found.rate
            times[f"p50 at {clients}"] = found.quantile(0.5) * 1000
            times[f"p99 at {clients}"] = found.quantile(0.99) * 1000
        foreign = noise.foreign(before, noise.read_family())
    return Sample(times, foreign)


def check(found: Load, reference: Sequence[Sequence[float]], peer: Peer = PLAIN) -> None:
    """Raises RuntimeError for a wrong answer, or for one that is not like the reference."""
    if found.wrong:
        raise RuntimeError(f"{len(found.wrong)} calls failed, the first with {found.wrong[0]}.")
    for at, body in found.answers.items():
        likeness = cosine(peer.vector(json.loads(body)), reference[at])
        if likeness < ALIKE:
            raise RuntimeError(f"The vector of sentence {at} has cosine {likeness:.4f}.")


def key(name: str) -> str:
    return re.sub(r"\W+", "_", name).lower()


def reference(home: Path) -> list[list[float]]:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(on_board(EMBEDDER, home).path), device="cpu")
    vectors: list[list[float]] = model.encode(sentences(), normalize_embeddings=True).tolist()
    return vectors


def runs(name: str, peer: Peer, home: Path) -> bool:
    """Whether it can be installed and answers here; says why not."""
    try:
        (home / key(name)).mkdir()
        with theirs(peer, home / key(name)):
            return True
    except (RuntimeError, subprocess.SubprocessError, OSError) as error:
        log = home / key(name) / "log"
        last = log.read_text(errors="replace").strip().splitlines()[-1:] if log.exists() else []
        print(f"{name} would not run here: {error} {''.join(last)[:300]}", flush=True)
        return False


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.embeddings", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often (default: 3)")
    parser.add_argument("--tries", type=int, default=3, help="for one sample, at most (default: 3)")
    parser.add_argument("--seconds", type=float, default=5, help="of a load (default: 5)")
    parser.add_argument("--quick", action="store_true", help="one round of two seconds, two peers")
    given = parser.parse_args(argv)
    if given.quick:
        given.rounds, given.tries, given.seconds = 1, 1, 2.0
    return given


def measured(given: argparse.Namespace, home: Path) -> Samples:
    known = reference(home)
    # One folder for ours: what it found out in the first round it knows in the next.
    subjects = {OURS: partial(measure, ours, known, given.seconds, home / "ours")}
    for name, peer in PEERS.items():
        if (name in QUICK or not given.quick) and runs(name, peer, home):
            opened = partial(theirs, peer)
            subjects[name] = partial(measure, opened, known, given.seconds, home / key(name), peer)
    return alternating(subjects, given.rounds, given.tries, "")


def result_table(found: Samples) -> str:
    rows = []
    for name, samples in found.items():
        cells = [
            middle(samples, f"{what} at {n}") for n in CLIENTS for what in ("rate", "p50", "p99")
        ]
        rows.append([name, *(f"{each:.1f}" for each in cells if each is not None)])
    heads = [f"{what}, {n}" for n in CLIENTS for what in ("answers/s", "p50 ms", "p99 ms")]
    return table(["", *heads], rows)


def claims(found: Samples) -> list[Claim]:
    """How many times as many answers a second as each peer. What is aimed at is for 32 clients."""
    lines = []
    for name in (each for each in found if each != OURS):
        for clients in CLIENTS:
            mine, other = (middle(found[each], f"rate at {clients}") for each in (OURS, name))
            target = TARGETS[name] if clients == 32 else None
            ratio = (mine or 0.0) / (other or float("nan"))
            lines.append(Claim(f"embeddings_{clients}_vs_{key(name)}", ratio, target))
    return lines


def of_the_machine(found: Samples) -> str:
    """What part of the machine's own peak the answers take, in the precision that it multiplies
    matrices fastest in: no ratio can be more than what the peer leaves of it."""
    threads = on_the_cpu().threads
    top = max(peak("f32", threads), peak("bf16", threads))
    each = flops_of(SIZE, default_folder() / EMBEDDER, sentences()) / GIGA / top
    rates = {name: middle(samples, "rate at 32") or 0.0 for name, samples in found.items()}
    parts = ", ".join(f"{name} {rate * each:.0%}" for name, rate in rates.items())
    return f"Of this machine's GEMM peak, {top:.0f} GFLOP/s, by their answers at 32: {parts}."


def main(argv: Sequence[str]) -> None:
    given = arguments(argv)
    print(f"{machine()}; {versions()}", flush=True)
    with TemporaryDirectory(prefix="tagline-benchmark-") as folder:
        found = measured(given, Path(folder))
    others = {peer.environment for name, peer in PEERS.items() if name in found}
    print("Peers: " + ", ".join(sorted(version_of(each) for each in others if each)))
    print(f"\n{result_table(found)}\n")
    print(f"{of_the_machine(found)}\n")
    print("\n".join(map(str, claims(found))))


if __name__ == "__main__":
    main(sys.argv[1:])
