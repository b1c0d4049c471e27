"""Whether a scribe writes what torch would write, and how much faster."""

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipelines.acceleration import decoder, octets
from pipelines.acceleration.decision import Tried, best
from pipelines.acceleration.scribe import AT_ONCE, Scribe, Text, Wish
from pipelines.hardware import Hardware
from pipelines.loaders.generation import Generator
from pipelines.loaders.steps import Options, Step
from pipelines.task import Task

# The share of tokens for which torch, after the same tokens, would have taken another one
TOLERANCE = 0.1
NAMES = ("openvino-int8", "openvino-bf16")
PROMPTS = 12  # of the questions, at most
TOKENS = 32  # that are written after each
TIMED = 24  # that are written for the clock
ROUNDS = 3


def able(pipe: Any) -> bool:
    """Whether the pipe is a text model that a scribe could do the work of."""
    return type(pipe) is Generator and not pipe.encodes


@dataclass(frozen=True)
class Overheard(Generator):
    """Notes the prompts that it is given, and writes one token after each."""

    prompts: list[list[int]] = field(default_factory=list)

    def steps(
        self, ids: list[int], options: Options, more: Mapping[str, Any] | None = None
    ) -> Iterator[Step]:
        self.prompts.append(ids)
        short = replace(options, max_new_tokens=1, sampling={"do_sample": False}, grammar=None)
        return super().steps(ids, short, more)


def prompts(pipe: Generator, task: Task, rows: Sequence[Any], params: Any) -> list[list[int]]:
    """What the model reads when it is asked these questions."""
    ear = Overheard(pipe.tokenizer, pipe.model, pipe.beams, pipe.source)
    for row in rows[:PROMPTS]:
        with suppress(Exception):  # of an answer that one token is not
            task.run(ear, [row], params)
    return ear.prompts


def try_each(
    pipe: Generator, task: Task, rows: Sequence[Any], params: Any, hardware: Hardware, place: Path,
    names: Sequence[str], worth: float,
) -> list[Tried]:  # fmt: skip
    """Each way by its name, with what came of it. Only the best one's graph is kept."""
    asked = prompts(pipe, task, rows, params)
    if not asked or not names:
        return []
    make(pipe.model, place, names)
    tried = []
    for name in names:
        try:
            tried.append(held_against(pipe, asked, hardware, place / name, name, worth))
        except Exception as error:
            tried.append(Tried(name, why=f"{type(error).__name__}: {error}"[:300]))
    found = best(tried)
    for name in names:
        if found is None or name != found.name:
            shutil.rmtree(place / name, ignore_errors=True)
    return tried


def make(model: Any, place: Path, names: Sequence[str]) -> None:
    """Writes the graph of each way. Those that squeeze it come last."""
    graph = decoder.convert(model)
    for name in sorted(names, key=lambda each: each.endswith("int8")):
        if name.endswith("int8"):
            octets.squeeze(graph)
        decoder.save(graph, place / name)


def scribe(folder: Path, hardware: Hardware) -> Scribe:
    return Scribe(
        folder,
        {
            "INFERENCE_PRECISION_HINT": "bf16",  # where the processor has it
            "INFERENCE_NUM_THREADS": hardware.threads,
            "ENABLE_CPU_PINNING": False,  # every model's threads would stand on the same cores
            "CACHE_DIR": str(folder / "compiled"),
        },
    )


def held_against(
    pipe: Generator, asked: Sequence[list[int]], hardware: Hardware, folder: Path, name: str,
    worth: float,
) -> Tried:  # fmt: skip
    with closing(scribe(folder, hardware)) as made:
        return compared(pipe, asked, made, name, worth)


def compared(
    pipe: Generator, asked: Sequence[list[int]], made: Scribe, name: str, worth: float
) -> Tried:
    with ThreadPoolExecutor(AT_ONCE) as several:
        texts = list(several.map(lambda ids: written(made, ids, TOKENS, pipe.ends), asked))
    pairs = [(ids, text) for ids, text in zip(asked, texts, strict=True) if text]
    others = sum(otherwise(pipe, ids, text) for ids, text in pairs)
    apart = others / sum(len(text) for _, text in pairs)
    if apart > TOLERANCE:
        return Tried(name, difference=apart, why="its answers differ")
    ratio = speed(pipe, made, max(asked, key=len))
    return Tried(name, ratio, apart, "" if ratio >= worth else "it is not faster")


def written(made: Scribe, ids: list[int], most: int, ends: Sequence[int] | set[int]) -> list[int]:
    """The likeliest tokens after `ids`."""
    tokens: list[int] = []
    wish = Wish(most, frozenset(ends))
    made.write(Text(ids, wish, lambda token, _: tokens.append(token), lambda: False))
    return tokens


def otherwise(pipe: Generator, ids: list[int], text: list[int]) -> int:
    """For how many tokens of `text` torch would have chosen another one in their place."""
    import torch

    with torch.inference_mode():
        given = torch.tensor([[*ids, *text]])
        logits = pipe.model(input_ids=given).logits[0, len(ids) - 1 : -1]
        return int((logits.argmax(-1) != torch.tensor(text)).sum())


def speed(pipe: Generator, made: Scribe, ids: list[int]) -> float:
    """How many times as fast as torch one caller gets his tokens. Of each the best time counts,
    which others on the machine disturb the least."""
    slow, fast = [], []
    for _ in range(ROUNDS):
        slow.append(timed(lambda: torch_writes(pipe, ids)))
        fast.append(timed(lambda: written(made, ids, TIMED, ())))
    return min(slow) / min(fast)


def torch_writes(pipe: Generator, ids: list[int]) -> None:
    import torch

    given = torch.tensor([ids])
    with torch.inference_mode():
        pipe.generate(
            input_ids=given, attention_mask=torch.ones_like(given), do_sample=False,
            max_new_tokens=TIMED, min_new_tokens=TIMED,
        )  # fmt: skip


def timed(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
