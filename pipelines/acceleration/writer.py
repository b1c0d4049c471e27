"""A Generator that writes by a faster way what that can do exactly, and all else by torch."""

import queue
import random
import threading
from collections import abc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from pipelines.acceleration.scribe import Refused, Scribe, Text, Wish
from pipelines.leaving import alone, gone
from pipelines.loaders.generation import Generator
from pipelines.loaders.run import Fallen, Run
from pipelines.loaders.steps import Options, Step
from pipelines.loaders.stops import hold_back
from pipelines.usage import by_torch, count

# What of transformers' settings the scribe follows, or what says nothing of how to write
FOLLOWED = {"do_sample", "temperature", "top_p", "top_k"}
QUIET = {
    "eos_token_id", "bos_token_id", "pad_token_id", "max_length", "max_new_tokens", "use_cache",
    "transformers_version", "_from_model_config", "num_beams", "num_return_sequences",
}  # fmt: skip
SEEDS = 2**32  # of the library


@dataclass(frozen=True)
class Writer(Generator):
    """`scribe` writes for several at a time; torch, beside it, for one. `failed` is told when the
    scribe fails, of which nobody is asked again."""

    scribe: Scribe = field(kw_only=True)
    failed: Callable[[Exception], None] = field(kw_only=True)
    broken: threading.Event = field(default_factory=threading.Event)
    turn: Any = field(default_factory=threading.Lock)  # of torch, which writes for one alone
    spelling: Any = field(default_factory=threading.Lock)  # tokenizers are not for two threads

    def tokens(self, text: str, most: int | None = None) -> list[int]:
        with self.spelling:
            return super().tokens(text, most)

    def chat_tokens(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Any] | None = None
    ) -> list[int]:
        with self.spelling:
            return super().chat_tokens(messages, tools)

    def logprobs(self, ids: list[int]) -> list[float | None]:
        with alone(self.turn):
            return super().logprobs(ids)

    def steps(
        self, ids: list[int], options: Options, more: Mapping[str, Any] | None = None
    ) -> Iterator[Step]:
        wish = None if more or self.broken.is_set() else wished(self, options)
        if wish is not None:
            try:
                yield from self.quick(ids, options, wish)
                return
            except Unbegun:
                pass  # torch begins anew, and nobody has seen anything
        with alone(self.turn):
            by_torch()
            yield from super().steps(ids, options, more)

    def quick(self, ids: list[int], options: Options, wish: Wish) -> Iterator[Step]:
        """As `Generator.steps`. Raises Unbegun where the scribe refused, or failed before the first
        token."""
        run = Quick(self, ids, min(options.max_new_tokens, self.room(ids)), options, wish)
        begun = False
        try:
            with closing(run.steps()) as steps:
                for step in hold_back(steps, options):
                    if not begun:
                        count(read=len(ids))
                    begun = True
                    count(written=1)
                    yield step
        except Broken as error:
            self.broken.set()
            self.failed(error)
            if begun:
                raise
            raise Unbegun from error


class Broken(Exception):
    """The scribe failed."""


class Unbegun(Exception):
    """It refused, or failed before there was anything to see."""


class Quick(Run):
    """A text by the scribe."""

    def __init__(
        self, writer: Writer, ids: list[int], most: int, options: Options, wish: Wish
    ) -> None:
        super().__init__(writer, ids, most, options)
        self.wish = wish
        self.has_left = gone.get()  # of the caller, also before the first token

    def fallen(self) -> abc.Generator[Fallen]:
        """As they are told in the scribe's thread."""
        said: queue.SimpleQueue[Fallen | Exception | None] = queue.SimpleQueue()
        closed = threading.Event()

        def write() -> None:
            try:
                self.writer.scribe.write(text)
            except Exception as error:
                said.put(error)
            finally:
                said.put(None)

        def heard(token: int, logprob: float) -> None:
            said.put(Fallen(token, logprob))

        def left() -> bool:
            return closed.is_set() or self.has_left()

        text = Text(self.ids, replace(self.wish, most=self.most), heard, left)
        writing = threading.Thread(target=write, daemon=True)
        writing.start()
        try:
            while (item := said.get()) is not None:
                if isinstance(item, Refused):
                    raise Unbegun from item
                if isinstance(item, Exception):
                    raise Broken(f"{type(item).__name__}: {item}") from item
                yield item
        finally:
            closed.set()
            writing.join()


def wished(pipe: Generator, options: Options) -> Wish | None:
    """The same wish for the scribe; None for what it does not do exactly as torch does."""
    if options.frequency or options.presence or options.bias or options.top or options.grammar:
        return None
    said = settings(pipe, options)
    if any(name not in FOLLOWED for name in said):
        return None
    ends = frozenset(pipe.ends)
    if not said.get("do_sample"):
        return Wish(options.max_new_tokens, ends)
    if options.seed is not None:  # its draws depend on who is written for beside
        return None
    seed = random.randrange(SEEDS)
    temperature, top_p = float(said.get("temperature", 1.0)), float(said.get("top_p", 1.0))
    return Wish(options.max_new_tokens, ends, seed, temperature, top_p, int(said.get("top_k", 50)))


def settings(pipe: Generator, options: Options) -> dict[str, Any]:
    """What the model's own file and the caller say of how to write, where it is not what
    transformers does anyway."""
    from transformers import GenerationConfig

    usual = GenerationConfig._get_default_generation_params()
    said = {**pipe.model.generation_config.to_dict(), **options.sampling}
    return {
        name: value
        for name, value in said.items()
        if name not in QUIET and not says_nothing(value) and value != usual.get(name)
    }


def says_nothing(value: Any) -> bool:
    """Of a setting; 0 says something, though it equals False."""
    return value is None or value is False
