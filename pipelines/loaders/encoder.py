"""Text encoders with one of transformers' heads: texts in batches to what the head says of them."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipelines.errors import BrokenModel, InvalidInput
from pipelines.hardware import Hardware
from pipelines.loaders.lanes import lanes_of, side_by_side
from pipelines.loaders.lengths import reads
from pipelines.loaders.padding import runs
from pipelines.loaders.transformers import check, options, spread, weights
from pipelines.model import Model
from pipelines.notices import cut, tell
from pipelines.usage import count_rows

TOGETHER = 8192  # tokens, padding among them, that go through a model at once
NUMBERS = 64_000_000  # of a vocabulary's scores that come out of one at once: 256 MB
# How transformers calls the models that say something of every word of their vocabulary
SPEAKERS = ("ForMaskedLM", "LMHeadModel", "ForConditionalGeneration", "ForPreTraining")
Row = Mapping[str, list[int]]  # what a tokenizer makes of one text
SAME = 1e-2  # how far two states may be apart that differ by rounding alone
# Takes what is wanted of a batch's output: for its line `at`, of which the tokens `real` are no
# padding, and which is the row of that number
Take = Callable[[Any, int, Any, int], Any]


def taken(model: Any) -> frozenset[str]:
    """The arguments of a model: a tokenizer may give more, and types that it cannot tell apart."""
    names = set(inspect.signature(model.forward).parameters)
    if getattr(model.config, "type_vocab_size", 2) < 2:
        names.discard("token_type_ids")
    return frozenset(names)


@dataclass(frozen=True)
class Encoder:
    """`model` is one of transformers' AutoModelFor..., `tokenizer` its tokenizer."""

    model: Any
    tokenizer: Any

    @cached_property
    def most(self) -> int | None:
        """The most tokens that it reads at once."""
        return reads(self.model, self.tokenizer)

    @cached_property
    def takes(self) -> frozenset[str]:
        return taken(self.model)

    @cached_property
    def pads(self) -> bool:
        """Whether rows of different length may go together: the model and its tokenizer must mean
        the same padding, and it must change nothing, as it does in CANINE and FNet."""
        config = self.model.config.get_text_config()
        padding = self.tokenizer.pad_token_id
        known = padding is not None and padding == getattr(config, "pad_token_id", None)
        return known and self.is_blind_to_padding()

    @cached_property
    def together(self) -> int:
        """Tokens that go through it at once: fewer where each gets a score for every word."""
        if not type(self.model).__name__.endswith(SPEAKERS):
            return TOGETHER
        words = getattr(self.model.config.get_text_config(), "vocab_size", None) or 1
        return min(TOGETHER, max(NUMBERS // words, 1))

    def is_blind_to_padding(self) -> bool:
        """Whether the states of a short text are the same beside a longer one. Tried out: neither
        the configuration nor the class tells. A body that cannot be asked alone (T5 wants its
        decoder's words, Funnel makes a text shorter) counts as one that sees padding."""
        import torch

        rows = [dict(self.whole(text)) for text in ("a b c d", "a b c d e f g h i j")]
        both = self.tensors(rows)
        real = both["attention_mask"][0].bool()
        try:
            alone, beside = self.states(self.tensors(rows[:1])), self.states(both)[real]
        except (IndexError, RuntimeError, ValueError):
            return False
        return alone.shape == beside.shape and bool(torch.allclose(alone, beside, SAME, SAME))

    def states(self, given: Mapping[str, Any]) -> Any:
        """The body's states of the first text, of shape (tokens, size)."""
        import torch

        body = self.model.base_model
        known = {name: value for name, value in given.items() if name in taken(body)}
        with torch.inference_mode():
            return body(**known)[0][0].float()

    def whole(self, *texts: str, **more: Any) -> Any:
        """All tokens of a text, or of a pair. Raises InvalidInput if there is none."""
        row = self.tokenizer(*texts, return_attention_mask=True, verbose=False, **more)
        if not row["input_ids"]:
            raise InvalidInput("inputs: the model's tokenizer finds no token in this text.")
        return row

    def tokens(self, *texts: str) -> Row:
        """As many tokens of a text, or of a pair, as the model reads; what is cut off is told."""
        row = self.whole(*texts)
        if self.most and len(row["input_ids"]) > self.most:
            tell(cut("inputs", self.most))
            row = self.whole(*texts, truncation=True, max_length=self.most)
        count_rows([len(row["input_ids"])])
        return dict(row)

    def each(self, rows: Sequence[Row], take: Take, choices: bool = False) -> list[Any]:
        """What `take` finds for each row. `choices` says that the model wants (1, 1, tokens); some
        of these models read the last token, be it padding, so each row goes alone."""
        batches = [[at] for at in range(len(rows))] if choices else self.batches(rows)

        def answers(batch: list[int]) -> dict[int, Any]:
            try:
                return self.forward(rows, batch, take, choices)
            except ValueError:  # BART wants as many </s> in every text, and a caller may write some
                if len(batch) == 1:
                    raise
            parts = [self.forward(rows, [at], take, choices) for at in batch]
            return {at: answer for part in parts for at, answer in part.items()}

        found: dict[int, Any] = {}
        for part in side_by_side(answers, batches, lanes_of(self.model)):
            found |= part
        return [found[at] for at in range(len(rows))]

    def batches(self, rows: Sequence[Row]) -> list[list[int]]:
        """Numbers of rows that go together: of like length, so that little is padding."""

        def fits(count: int, longest: int) -> bool:
            return self.pads and count * longest <= self.together

        sizes = [len(row["input_ids"]) for row in rows]
        return runs(sizes, fits, self.model.device.type, lanes_of(self.model))

    def forward(
        self, rows: Sequence[Row], batch: list[int], take: Take, choices: bool
    ) -> dict[int, Any]:
        import torch

        given = self.tensors([rows[at] for at in batch])
        real = given["attention_mask"].bool()
        if choices:
            given = {name: value[:, None] for name, value in given.items()}
        if "use_cache" in self.takes:
            given["use_cache"] = False
        with torch.inference_mode():
            output = self.model(**{k: v for k, v in given.items() if k in self.takes})
        return {row: take(output, at, real[at], row) for at, row in enumerate(batch)}

    def tensors(self, rows: Sequence[Row]) -> dict[str, Any]:
        """The rows as tensors of shape (rows, tokens) on the model's device, padded."""
        several = [dict(row) for row in rows]
        # CANINE pools so many letters to one, and fails on fewer.
        least = getattr(self.model.config, "downsampling_rate", 0)
        short = all(len(row["input_ids"]) < least for row in rows)
        padding = "max_length" if short else len(rows) > 1
        padded = self.tokenizer.pad(
            several, padding=padding, max_length=least if short else None, return_tensors="pt"
        )
        return {name: value.to(self.model.device) for name, value in padded.items()}


def logits(output: Any, at: int, real: Any, row: int) -> Any:
    """The scores of one row as an array of shape (labels,)."""
    return output.logits[at].float().cpu().numpy()


def token_logits(output: Any, at: int, real: Any, row: int) -> Any:
    """The scores of one row as an array of shape (tokens, labels), without padding."""
    return own(output.logits[at], real).float().cpu().numpy()


def own(values: Any, real: Any) -> Any:
    """The values of a row's own tokens; Perceiver gives some for every place that it has."""
    return values[: len(real)][real]


@dataclass(frozen=True)
class Head:
    """Loads `AutoModelFor<kind>`; tasks that name the same kind share one model."""

    kind: str

    def __call__(self, model: Model, hardware: Hardware) -> Encoder:
        import transformers

        check(model)
        laid = spread(hardware)
        loaded, report = getattr(transformers, f"AutoModelFor{self.kind}").from_pretrained(
            str(model.path),
            output_loading_info=True,
            **options(model),
            **weights(model, hardware),
            **laid,
        )
        refuse_random(model, self.kind, loaded.base_model_prefix, report["missing_keys"])
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(model.path), **options(model))
        return Encoder((loaded if laid else loaded.to(hardware.device)).eval(), tokenizer)


def refuse_random(model: Model, kind: str, body: str, missing: Sequence[str]) -> None:
    """Raises BrokenModel if the files lack the head, which would answer by random weights."""
    lacks = sorted(name for name in missing if not name.startswith(f"{body}."))
    if lacks:
        named = ", ".join(model.architectures) or "another model"
        raise BrokenModel(
            f"{model.shown} was saved as {named} and lacks weights of {kind} ({lacks[0]}), so its "
            "answers would be random. Choose a model that was trained for this task."
        )
