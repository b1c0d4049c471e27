"""`python -m benchmarks.chat`: SmolLM2 in a conversation over HTTP, for one client and for eight.

Tagline as it starts, beside `transformers serve` with the same weights in bfloat16, in turn. Both
stream; what counts is the tokens of the texts that came, and the time to the first of them. The
row "bf16" is Tagline held to bfloat16 too, so that it and its peer compute in the same precision.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks import noise
from benchmarks.alternate import alternating
from benchmarks.embeddings import end, key, reached
from benchmarks.models import on_board
from benchmarks.process import ROOT, environment, free_port, running, serve
from benchmarks.start import Sample, machine, middle, versions
from docs.generate import table

CHATTER = "HuggingFaceTB/SmolLM2-135M-Instruct"
OURS, SAME, PEER = "Tagline", "Tagline, bf16", "transformers serve"
CLIENTS = (1, 8)
TARGETS = {1: 3.0, 8: 4.0}
TOKENS = 32  # of each answer; the questions want more
PATIENCE, FASTER = 300, 900  # seconds for an answer, and for ours to find its faster way
QUESTION = "Write a long story about {} foxes who want to cross the sea."
Asked = tuple[str, str]  # address, and the model's name there


@contextmanager
def ours(way: str, home: Path) -> Iterator[Asked]:
    """Once it goes by the way that was found for it, if any was."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/v1/chat/completions"
    with running(home, *serve(port), "--acceleration", way):
        hello = body(CHATTER, 0) | {"stream": False, "max_tokens": 4}
        reached(url, hello)
        until = time.monotonic() + FASTER
        while time.monotonic() < until:
            answer = httpx.post(url, json=hello, timeout=PATIENCE)
            if found := answer.headers.get("x-compute-backend"):
                print(f"  Tagline goes by {found}", flush=True)
                break
            time.sleep(1)
        yield url, CHATTER


@contextmanager
def theirs(home: Path) -> Iterator[Asked]:
    port, folder = free_port(), str(on_board(CHATTER, home).path)
    command = [str(Path(sys.executable).with_name("transformers")), "serve", folder]
    with (home / "log").open("a") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--dtype", "bfloat16", "--device", "cpu"],
            cwd=ROOT, env=environment(home), stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}/v1/chat/completions"
        reached(url, body(folder, 0) | {"stream": False, "max_tokens": 4})
        yield url, folder
    finally:
        end(process)


def body(model: str, number: int) -> dict[str, Any]:
    turns = [{"role": "user", "content": QUESTION.format(number + 2)}]
    return {"model": model, "messages": turns, "max_tokens": TOKENS, "temperature": 0,
            "stream": True}  # fmt: skip


def answer(asked: Asked, number: int) -> tuple[float, str]:
    """Seconds to the first words, and all of them. Raises RuntimeError for an error."""
    url, model = asked
    start, first, words = time.perf_counter(), 0.0, []
    with httpx.stream("POST", url, json=body(model, number), timeout=PATIENCE) as got:
        if got.status_code != 200:
            raise RuntimeError(f"{url} answers {got.status_code}: {got.read()[:300]!r}")
        for line in got.iter_lines():
            if not line.startswith("data: {"):
                continue
            for choice in json.loads(line[6:]).get("choices", ()):
                if word := choice["delta"].get("content"):
                    first = first or time.perf_counter() - start
                    words.append(word)
    return first, "".join(words)


def measure(
    opened: Callable[[Path], AbstractContextManager[Asked]],
    count: Callable[[str], int],
    repeats: int,
    home: Path,
) -> Sample:
    times = {}
    home.mkdir(exist_ok=True)
    with opened(home) as asked:
        answer(asked, 99)  # not counted
        before = noise.read_family()
        for clients in CLIENTS:
            firsts: list[float] = []
            rates: list[float] = []
            for again in range(repeats):
                numbers = range(again * clients, (again + 1) * clients)
                start = time.perf_counter()
                with ThreadPoolExecutor(clients) as several:
                    found = list(several.map(partial(answer, asked), numbers))
                took = time.perf_counter() - start
                rates.append(sum(count(text) for _, text in found) / took)
                firsts.extend(first for first, _ in found)
            times[f"rate at {clients}"] = median(rates)
            times[f"first at {clients}"] = median(firsts) * 1000
        foreign = noise.foreign(before, noise.read_family())
    return Sample(times, foreign)


def counter(home: Path) -> Callable[[str], int]:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(on_board(CHATTER, home).path)
    return lambda text: len(tokenizer(text)["input_ids"])


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.chat", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=2, help="answers of a client in a round")
    parser.add_argument("--quick", action="store_true", help="one round, one answer")
    parser.add_argument("--home", type=Path, help="where what is found out stays for the next run")
    given = parser.parse_args(argv)
    rounds, repeats = (1, 1) if given.quick else (given.rounds, given.repeats)
    print(f"{machine()}; {versions()}", flush=True)
    with TemporaryDirectory(prefix="tagline-benchmark-") as folder:
        home = given.home or Path(folder)
        home.mkdir(exist_ok=True)
        count = counter(home)
        subjects = {
            OURS: partial(measure, partial(ours, "auto"), count, repeats, home / "ours"),
            SAME: partial(measure, partial(ours, "openvino-bf16"), count, repeats, home / "ours"),
            PEER: partial(measure, theirs, count, repeats, home / key(PEER)),
        }
        found = alternating(subjects, rounds, 1, "")
    rows = []
    for name, samples in found.items():
        cells = [middle(samples, f"{what} at {n}") for n in CLIENTS for what in ("rate", "first")]
        rows.append([name, *(f"{each:.1f}" for each in cells if each is not None)])
    heads = [f"{what}, {n}" for n in CLIENTS for what in ("tokens/s", "first ms")]
    print(table(["", *heads], rows))
    for name, what in ((OURS, "chat"), (SAME, "chat_bf16")):
        for clients in CLIENTS:
            mine, other = (middle(found[each], f"rate at {clients}") for each in (name, PEER))
            soon, late = (middle(found[each], f"first at {clients}") for each in (name, PEER))
            assert mine
            assert other
            assert soon
            assert late
            print(f"{what}_tokens_{clients} ratio {mine / other:.2f} target {TARGETS[clients]}")
            print(f"{what}_first_{clients} ratio {late / soon:.2f} target 1.0")


if __name__ == "__main__":
    main(sys.argv[1:])
