"""sentence-transformers: one loaded model serves similarity, embedding, ranking and labelling."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from pipelines.errors import InvalidInput
from pipelines.hardware import Hardware
from pipelines.loaders.encoder import Head
from pipelines.loaders.lanes import lanes_of, side_by_side
from pipelines.loaders.padding import runs
from pipelines.loaders.safety import refuse_foreign_modules
from pipelines.loaders.transformers import check, options, weights
from pipelines.model import Model
from pipelines.notices import cut, tell
from pipelines.usage import count_rows, grouped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOGETHER = 32  # texts that go through a model at once
LETTERS, AROUND = 4, 2  # of a token, and tokens around a text, as they usually are
SPECIAL = 8  # tokens that a tokenizer may put around a text or a pair
Made = TypeVar("Made")
Comparison = tuple[str, Sequence[str]]  # one text, and those to compare it with
# Tags are asked here of the model, as its library is, and not of a call: its files do not tell an
# encoder that was trained to embed from any other, nor a reranker from a classifier. Tasks share
# the loaded model, so that what they take for one and what `load` makes of it are said once.
EMBEDDING_TAGS = ("sentence-similarity", "feature-extraction")


def embeds(model: Model) -> bool:
    """Whether `model` turns a text into one vector: one made for it, or any encoder, pooled."""
    encodes = model.library == "transformers" and model.tag == "fill-mask"
    return (model.tag in EMBEDDING_TAGS or encodes) and not reranks(model)


def reranks(model: Model) -> bool:
    """Whether `model` is a cross-encoder of one label, which scores a pair of texts at once."""
    return crosses(model) and len(model.config.get("id2label") or {0: ""}) == 1


def crosses(model: Model) -> bool:
    ours = model.library == "sentence-transformers" or model.tag == "text-ranking"
    return ours and model.is_a("ForSequenceClassification")


@dataclass(frozen=True)
class Embedder:
    """A text to a vector. `model` is a SentenceTransformer; `pooled` says how it was pooled where
    the folder does not."""

    model: Any
    pooled: str = ""

    def encode(
        self,
        texts: Sequence[str],
        normalize: bool = True,
        prompt_name: str | None = None,
        dimensions: int | None = None,
        cut_left: bool = False,
    ) -> "NDArray[np.float32]":
        """Vectors of shape (texts, dimensions). What is too long loses its end, or its start."""
        import numpy as np
        import torch

        self.check_prompt(prompt_name)
        if self.overlong(texts):
            tell(cut("inputs", self.model.max_seq_length))
        prompt = self.prompt(prompt_name)
        with truncating(self.model.tokenizer, "left" if cut_left else "right"):
            batches = tokenized(self.model, texts, [len(text) for text in texts], prompt)

        def vectors(batch: Batch) -> "list[NDArray[np.float32]]":
            with torch.inference_mode():
                found = self.model(batch.given)["sentence_embedding"][:, :dimensions].float()
                if normalize:
                    found = torch.nn.functional.normalize(found, dim=1)
                return list(found.cpu().numpy())

        return np.stack(in_order(batches, self.model, vectors))

    def prompt(self, name: str | None) -> str | None:
        """What stands before each text: the prompt of that name, else the model's usual one."""
        named = name or self.model.default_prompt_name
        return self.model.prompts[named] if named is not None else None

    def similarities(self, asked: Sequence[Comparison]) -> list[list[float]]:
        """Cosine of each comparison's one text with each of its many."""
        with grouped([1 + len(many) for _, many in asked]):
            vectors = self.encode([text for one, many in asked for text in (one, *many)])
        found, at = [], 0
        for _, many in asked:
            one, others = vectors[at], vectors[at + 1 : at + 1 + len(many)]
            found.append([float(score) for score in others @ one])
            at += 1 + len(many)
        return found

    def check_prompt(self, name: str | None) -> None:
        if name is not None and name not in self.model.prompts:
            known = ", ".join(self.model.prompts) or "none"
            raise InvalidInput(f"parameters.prompt_name: this model has no prompt {name!r}; "
                               f"it has: {known}.")  # fmt: skip

    def overlong(self, texts: Sequence[str]) -> list[int]:
        """Indices of the texts that the model would cut."""
        most = self.model.max_seq_length
        return [] if most is None else [i for i, text in enumerate(texts) if self.long(most, text)]

    def long(self, most: int, text: str) -> bool:
        return longer(self.model.tokenizer, most, text)


@dataclass(frozen=True)
class Reranker:
    """A pair of texts to a score. `model` is a CrossEncoder."""

    model: Any

    def similarities(self, asked: Sequence[Comparison]) -> list[list[float]]:
        """The model's score of each pair, through its own activation."""
        pairs = [(one, each) for one, many in asked for each in many]
        most = self.model.max_seq_length or sys.maxsize
        if any(longer(self.model.tokenizer, most, *pair) for pair in pairs):
            tell(cut("inputs", most))
        with grouped([len(many) for _, many in asked]):
            scores = iter(self.scores(pairs))
        return [list(islice(scores, len(many))) for _, many in asked]

    def scores(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """As CrossEncoder.predict has them, with the tokens of each pair counted."""
        import torch

        named = self.model.default_prompt_name
        prompt = self.model.prompts[named] if named is not None else None
        batches = tokenized(self.model, pairs, [len(one + other) for one, other in pairs], prompt)

        def scored(batch: Batch) -> list[float]:
            with torch.inference_mode():
                found = self.model.activation_fn(self.model(batch.given)["scores"].float())
            scores: list[float] = found.flatten().tolist()
            return scores

        return in_order(batches, self.model, scored)


@dataclass(frozen=True)
class Batch:
    """What goes through a model at once: `numbers` of the inputs, and they as its tensors."""

    numbers: list[int]
    given: Any


def tokenized(
    model: Any, inputs: Sequence[Any], letters: Sequence[int], prompt: str | None
) -> list[Batch]:
    """The inputs in batches of like length, of which the tokens are counted. How long they are in
    tokens is guessed by their letters."""
    from sentence_transformers.util import batch_to_device

    sizes = [each // LETTERS + AROUND for each in letters]
    batches, read = [], [0] * len(inputs)
    for numbers in runs(sizes, few, model.device.type, lanes_of(inner(model))):
        given = model.preprocess([inputs[at] for at in numbers], prompt=prompt)
        batches.append(Batch(numbers, batch_to_device(given, model.device)))
        if (mask := given.get("attention_mask")) is not None:
            for at, tokens in zip(numbers, mask.sum(1).tolist(), strict=True):
                read[at] = tokens
    count_rows(read)
    return batches


def few(count: int, longest: int) -> bool:
    return count <= TOGETHER


def in_order(
    batches: Sequence[Batch], model: Any, work: Callable[[Batch], Sequence[Made]]
) -> list[Made]:
    """What `work` makes of the batches' inputs, as they came."""
    made = side_by_side(work, batches, lanes_of(inner(model)))
    found = {
        at: each
        for batch, some in zip(batches, made, strict=True)
        for at, each in zip(batch.numbers, some, strict=True)
    }
    return [found[at] for at in range(len(found))]


def inner(model: Any) -> Any:
    """The module that does the work of a SentenceTransformer or a CrossEncoder: transformers' own,
    where there is one."""
    return getattr(model[0], "auto_model", model[0])


def longer(tokenizer: Any, most: int, *texts: str) -> bool:
    """Whether a text, or a pair, has more than `most` tokens. Short ones are not counted out, since
    no token is less than a byte."""
    if sum(len(text.encode()) for text in texts) <= most - SPECIAL:
        return False
    return len(tokenizer(*texts, verbose=False)["input_ids"]) > most


@contextmanager
def truncating(tokenizer: Any, side: str) -> Iterator[None]:
    """Lets `tokenizer` cut what is too long on this side; the right one is usual."""
    usual = tokenizer.truncation_side
    tokenizer.truncation_side = side
    try:
        yield
    finally:
        tokenizer.truncation_side = usual


def load(model: Model, hardware: Hardware) -> Any:
    """A cross-encoder as Reranker, any other text encoder as Embedder.

    A plain transformers encoder is pooled by the mean of its last hidden states, as
    sentence-transformers does when a folder names no pooling. A cross-encoder of several labels
    sorts a text, or a pair, into these.
    """
    import sentence_transformers

    if crosses(model) and not reranks(model):
        return Head("SequenceClassification")(model, hardware)
    check(model)
    refuse_foreign_modules(model)
    kind = sentence_transformers.CrossEncoder if reranks(model) else None
    loaded = (kind or sentence_transformers.SentenceTransformer)(
        str(model.path),
        device=hardware.device,
        model_kwargs=weights(model, hardware),
        **options(model),
    )
    if kind:
        return Reranker(loaded)
    named = (model.path / "modules.json").is_file()
    return Embedder(loaded, "" if named else "the mean of the last hidden states")
