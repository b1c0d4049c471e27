"""openvino-genai's continuous batching: one thread that writes on for all callers, a token for each
at every step. Whoever comes meanwhile joins at the next one."""

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

AT_ONCE = 8  # callers at a time
SHARE = 256  # tokens that one step reads at most, so that a long prompt does not hold up the rest


@dataclass(frozen=True)
class Wish:
    """How a text is to be written: at most `most` tokens, an end at one of `ends`; drawn by `seed`,
    or always the likeliest where there is none."""

    most: int
    ends: frozenset[int] = frozenset()
    seed: int | None = None
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0  # 0 for all


class Refused(Exception):
    """The library does not write for such a wish. Nothing else is the matter with it."""


@dataclass(eq=False)
class Text:
    """One that is being written. `heard` is told each token and its log probability, in the
    scribe's thread; `left` says that nobody reads on. In the end `failed` is set, if it failed, and
    `done` is set."""

    ids: Sequence[int]
    wish: Wish
    heard: Callable[[int, float], None]
    left: Callable[[], bool]
    done: threading.Event = field(default_factory=threading.Event)
    failed: Exception | None = None
    handle: Any = None


class Scribe:
    """The graph in `folder`. It runs in this process for as long as that lives."""

    def __init__(self, folder: Path, options: dict[str, Any]) -> None:
        import openvino_genai as genai  # type: ignore[import-untyped]

        schedule = genai.SchedulerConfig()
        schedule.cache_size = 0  # grows with what is written
        schedule.max_num_seqs = AT_ONCE
        schedule.max_num_batched_tokens = SHARE
        schedule.dynamic_split_fuse = True
        schedule.enable_prefix_caching = True
        self.pipe = genai.ContinuousBatchingPipeline(str(folder), schedule, "CPU", options)
        self.coming: queue.SimpleQueue[Text | None] = queue.SimpleQueue()
        self.texts: list[Text] = []
        self.count = 0
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def write(self, text: Text) -> None:
        """Returns when it is written, or nobody reads it any more. Raises Refused, or what it
        failed with."""
        self.coming.put(text)
        text.done.wait()
        if text.failed:
            raise text.failed

    def close(self) -> None:
        """When nothing is written any more: gives its memory back."""
        self.coming.put(None)
        self.thread.join()
        del self.pipe

    def work(self) -> None:
        while self.take():
            try:
                self.step()
            except Exception as error:  # of the library, whose state nobody knows then
                for text in self.texts:
                    text.failed = error
                    text.done.set()
                self.texts.clear()

    def take(self) -> bool:
        """Those who wait; where nobody is written for, waits for one. Whether to go on."""
        while not self.texts or not self.coming.empty():
            if (text := self.coming.get()) is None:
                return False
            try:
                text.handle = self.asked(text)
                self.texts.append(text)
            except Exception as error:
                text.failed = Refused(str(error))
                text.done.set()
        return True

    def asked(self, text: Text) -> Any:
        import numpy as np
        import openvino  # type: ignore[import-untyped]

        self.count += 1
        ids = openvino.Tensor(np.array([list(text.ids)], np.int64))
        return self.pipe.add_request(self.count, ids, configured(text.wish))

    def step(self) -> None:
        """One token for each."""
        for text in self.texts:
            if text.left():
                text.handle.cancel()
        if self.pipe.has_non_finished_requests():
            self.pipe.step()
        for text in list(self.texts):
            self.tell(text)

    def tell(self, text: Text) -> None:
        """What is new of one text."""
        import openvino_genai as genai

        while text.handle.can_read():
            for part in text.handle.read().values():
                for token, logprob in zip(
                    part.generated_ids, part.generated_log_probs, strict=True
                ):
                    text.heard(token, logprob)
        status = text.handle.get_status()
        if status == genai.GenerationStatus.RUNNING:
            return
        if status == genai.GenerationStatus.IGNORED and not text.left():
            text.failed = MemoryError("There was no room for the keys and values of this text.")
        self.texts.remove(text)
        text.done.set()


def configured(wish: Wish) -> Any:
    import openvino_genai as genai

    asked = genai.GenerationConfig()
    asked.max_new_tokens = wish.most
    asked.logprobs = 1
    asked.apply_chat_template = False
    ends = wish.ends or {0}  # it wants one, though it may be told to pass over it
    asked.ignore_eos = not wish.ends
    asked.eos_token_id, asked.stop_token_ids = min(ends), set(ends)
    if wish.seed is not None:
        asked.do_sample = True
        asked.rng_seed = wish.seed
        asked.temperature, asked.top_p = wish.temperature, wish.top_p
        if wish.top_k:
            asked.top_k = wish.top_k
    return asked
