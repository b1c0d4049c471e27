"""Text from a causal language model, token by token.

One path serves whole answers and streams alike: `Generator.steps` yields each token as it falls.
"""

import queue
import threading
from collections import abc
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipelines.errors import InvalidInput
from pipelines.hardware import Hardware
from pipelines.loaders.transformers import check, options, spread, weights
from pipelines.model import Model

Reason = Literal["length", "eos_token", "stop_sequence"]
HALF = "\N{REPLACEMENT CHARACTER}"  # what half a character decodes to
# One token at a time, and no end but ours: what else a model's own file asks for is not taken.
ONE_BY_ONE = {"num_beams": 1, "num_return_sequences": 1, "max_time": None, "stop_strings": None}


class GenerationParameters(BaseModel):
    """The Hub's shared generation options, as `model.generate` names them. Those that transformers
    no longer has take their neutral value alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    do_sample: bool | None = None
    early_stopping: bool | Literal["never"] | None = None
    epsilon_cutoff: float | None = Field(None, ge=0, le=1)
    eta_cutoff: float | None = Field(None, ge=0, le=1)
    max_length: int | None = Field(None, ge=1, le=100_000)
    max_new_tokens: int | None = Field(None, ge=1, le=100_000)
    min_length: int | None = Field(None, ge=0, le=100_000)
    min_new_tokens: int | None = Field(None, ge=0, le=100_000)
    num_beam_groups: Literal[1] | None = None
    num_beams: int | None = Field(None, ge=1, le=16)
    penalty_alpha: Annotated[float, Field(ge=0, le=0)] | None = None
    temperature: float | None = Field(None, gt=0, le=100)
    top_k: int | None = Field(None, ge=0)
    top_p: float | None = Field(None, gt=0, le=1)
    typical_p: float | None = Field(None, gt=0, le=1)
    use_cache: bool | None = None


@dataclass(frozen=True)
class Step:
    """One token: its id, the text it completes, its log probability, and why it is the last."""

    id: int
    text: str
    logprob: float
    special: bool
    finish: Reason | None = None


@dataclass(frozen=True)
class Options:
    """How to generate. `sampling` goes to `model.generate`; `keep_stop` keeps a stop word."""

    max_new_tokens: int
    stop: tuple[str, ...] = ()
    seed: int | None = None
    keep_stop: bool = False
    sampling: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Generator:
    """A tokenizer and a causal model."""

    tokenizer: Any
    model: Any

    @property
    def context(self) -> int:
        """How many tokens the model can see, prompt and answer together."""
        return getattr(self.model.config, "max_position_embeddings", None) or 1_000_000

    def tokens(self, text: str, most: int | None = None) -> list[int]:
        """Token ids of a plain prompt; only the last `most`, if given."""
        ids: list[int] = self.tokenizer(text, verbose=False)["input_ids"]
        return ids[-most:] if most else ids

    def chat_tokens(self, messages: Sequence[dict[str, Any]]) -> list[int]:
        """Token ids of a conversation in the model's own chat template."""
        from jinja2 import TemplateError

        try:
            ids = self.tokenizer.apply_chat_template(
                list(messages), add_generation_prompt=True, return_dict=True
            )["input_ids"]
        except TemplateError as error:
            raise InvalidInput(f"messages: this model's chat template says: {error}.") from error
        return list(ids)

    def steps(self, ids: list[int], options: Options) -> Iterator[Step]:
        """Generates after `ids`; closing the iterator stops the model at its next token.

        Raises InvalidInput when the prompt leaves no room for a single token.
        """
        room = self.context - len(ids)
        if room < 1:
            raise InvalidInput(
                f"The prompt has {len(ids):,} tokens, but this model sees at most "
                f"{self.context:,}, answer included. Shorten it."
            )
        run = Run(self, ids, min(options.max_new_tokens, room), options)
        with closing(run.steps()) as steps:
            yield from hold_back(steps, options)


class Run:
    """One `generate` in a thread of its own, handing over each token through a queue."""

    def __init__(self, generator: Generator, ids: list[int], most: int, options: Options) -> None:
        self.generator, self.ids, self.most, self.options = generator, ids, most, options
        self.queue: queue.SimpleQueue[tuple[int, float] | BaseException | None] = (
            queue.SimpleQueue()
        )
        self.cancelled = threading.Event()
        self.scores: Any = None

    def steps(self) -> abc.Generator[Step]:
        thread = threading.Thread(target=self.work, daemon=True)
        thread.start()
        words = Words(self.generator.tokenizer, self.ids)
        ends, special = self.ends(), set(self.generator.tokenizer.all_special_ids)
        count = 0
        try:
            while (item := self.queue.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                token, logprob = item
                count += 1
                reason: Reason | None = "eos_token" if token in ends else None
                if reason is None and count >= self.most:
                    reason = "length"
                text = "" if token in special else words.push(token, last=reason is not None)
                yield Step(token, text, logprob, token in special, reason)
        finally:
            self.cancelled.set()
            thread.join()

    def ends(self) -> set[int]:
        eos = self.generator.model.generation_config.eos_token_id
        eos = self.generator.tokenizer.eos_token_id if eos is None else eos
        return {e for e in (eos if isinstance(eos, list) else [eos]) if e is not None}

    def work(self) -> None:
        try:
            self.generate()
        except BaseException as error:  # handed to the reader, which raises it
            self.queue.put(error)
        finally:
            self.queue.put(None)

    def generate(self) -> None:
        import torch

        model, tokenizer = self.generator.model, self.generator.tokenizer
        if self.options.seed is not None:
            torch.manual_seed(self.options.seed)
        ids = torch.tensor([self.ids], device=model.device)
        pad = (
            next(iter(self.ends()), 0) if tokenizer.pad_token_id is None else tokenizer.pad_token_id
        )
        with torch.inference_mode():
            model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=self.most,
                pad_token_id=pad,
                logits_processor=[self.remember],
                stopping_criteria=[self.fall],
                **self.options.sampling,
            )

    def remember(self, ids: Any, scores: Any) -> Any:
        """A logits processor that keeps the scores, before temperature and cuts change them."""
        self.scores = scores
        return scores

    def fall(self, ids: Any, scores: Any, **_: Any) -> Any:
        """A stopping criterion: sees each token as it falls, and stops a cancelled run."""
        import torch

        token = int(ids[0, -1])
        logprob = float(torch.log_softmax(self.scores[0].float(), -1)[token])
        self.queue.put((token, logprob))
        return torch.tensor([self.cancelled.is_set()], device=ids.device)


class Words:
    """Turns token ids into text as they come, holding back half characters.

    A token decodes differently after another than alone, so each piece is decoded together with
    the piece before it, and only what is new is given out. Source of the idea: the streaming of
    text-generation-inference.
    """

    def __init__(self, tokenizer: Any, before: list[int]) -> None:
        self.tokenizer = tokenizer
        count = 5
        while count < len(before) and self.decode(before[-count:]).startswith(HALF):
            count *= 2
        self.keep(before[-count:])

    def keep(self, ids: list[int]) -> None:
        self.ids, self.old, self.shown = ids, len(ids), self.decode(ids)

    def push(self, token: int, last: bool) -> str:
        self.ids.append(token)
        text = self.decode(self.ids)
        if text.endswith(HALF) and not last:
            return ""
        new = text[len(self.shown) :]
        if new:
            self.keep(self.ids[self.old :])
        return new

    def decode(self, ids: list[int]) -> str:
        text: str = self.tokenizer.decode(
            ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text


def hold_back(steps: Iterator[Step], options: Options) -> Iterator[Step]:
    """Ends at a stop word, never showing the part of one that is still being written."""
    pending = ""
    for step in steps:
        pending += step.text
        if found := first_stop(pending, options.stop):
            at, word = found
            text = pending[: at + len(word)] if options.keep_stop else pending[:at]
            yield Step(step.id, text, step.logprob, step.special, "stop_sequence")
            return
        keep = 0 if step.finish else overlap(pending, options.stop)
        text, pending = pending[: len(pending) - keep], pending[len(pending) - keep :]
        yield Step(step.id, text, step.logprob, step.special, step.finish)


def first_stop(text: str, words: Sequence[str]) -> tuple[int, str] | None:
    found = [(text.index(word), word) for word in words if word in text]
    return min(found) if found else None


def overlap(text: str, words: Sequence[str]) -> int:
    """Length of the longest end of `text` that begins one of `words`."""
    lengths = (n for word in words for n in range(len(word) - 1, 0, -1) if text.endswith(word[:n]))
    return max(lengths, default=0)


def load(model: Model, hardware: Hardware) -> Generator:
    """A causal language model with its tokenizer."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    check(model)
    tokenizer = AutoTokenizer.from_pretrained(model.path, **options(model))
    laid = spread(hardware)
    loaded = AutoModelForCausalLM.from_pretrained(
        model.path, **options(model), **weights(model, hardware), **laid
    )
    loaded.generation_config.update(**ONE_BY_ONE)
    return Generator(tokenizer, (loaded if laid else loaded.to(hardware.device)).eval())
