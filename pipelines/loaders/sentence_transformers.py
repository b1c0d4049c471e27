"""sentence-transformers: one loaded model serves similarity, embedding, ranking and labelling."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.errors import InvalidInput
from pipelines.hardware import Hardware
from pipelines.loaders.safety import refuse_foreign_modules
from pipelines.loaders.transformers import Pipeline, check, options, weights
from pipelines.model import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMBEDDING_TAGS = ("sentence-similarity", "feature-extraction")


def embeds(model: Model) -> bool:
    """Whether `model` turns a text into one vector."""
    return model.tag in EMBEDDING_TAGS and not reranks(model)


def reranks(model: Model) -> bool:
    """Whether `model` is a cross-encoder of one label, which scores a pair of texts at once."""
    return crosses(model) and len(model.config.get("id2label") or {0: ""}) == 1


def crosses(model: Model) -> bool:
    return model.library == "sentence-transformers" and model.is_a("ForSequenceClassification")


@dataclass(frozen=True)
class Embedder:
    """A text to a vector. `model` is a SentenceTransformer."""

    model: Any

    def encode(
        self,
        texts: Sequence[str],
        normalize: bool = True,
        prompt_name: str | None = None,
        dimensions: int | None = None,
    ) -> "NDArray[np.float32]":
        """Vectors of shape (texts, dimensions)."""
        self.check_prompt(prompt_name)
        vectors: NDArray[np.float32] = self.model.encode(
            list(texts),
            prompt_name=prompt_name,
            normalize_embeddings=normalize,
            truncate_dim=dimensions,
            show_progress_bar=False,
        )
        return vectors

    def similarity(self, one: str, many: Sequence[str]) -> list[float]:
        """Cosine of `one` with each of `many`."""
        vectors = self.encode([one, *many])
        return [float(score) for score in vectors[1:] @ vectors[0]]

    def check_prompt(self, name: str | None) -> None:
        if name is not None and name not in self.model.prompts:
            known = ", ".join(self.model.prompts) or "none"
            raise InvalidInput(f"parameters.prompt_name: this model has no prompt {name!r}; "
                               f"it has: {known}.")  # fmt: skip

    def overlong(self, texts: Sequence[str]) -> list[int]:
        """Indices of the texts that the model would cut."""
        most = self.model.max_seq_length
        if most is None:
            return []
        lengths = [len(self.model.tokenizer.encode(text, verbose=False)) for text in texts]
        return [i for i, length in enumerate(lengths) if length > most]


@dataclass(frozen=True)
class Reranker:
    """A pair of texts to a score. `model` is a CrossEncoder."""

    model: Any

    def similarity(self, one: str, many: Sequence[str]) -> list[float]:
        """The model's score of each pair, through its own activation."""
        scores = self.model.predict([(one, each) for each in many], show_progress_bar=False)
        return [float(score) for score in scores]


def load(model: Model, hardware: Hardware) -> Any:
    """A cross-encoder as Reranker, any other text encoder as Embedder.

    A plain transformers encoder is pooled by the mean of its last hidden states, as
    sentence-transformers does when a folder names no pooling. A cross-encoder of several labels
    judges natural language inference, which is transformers' own pipeline.
    """
    import sentence_transformers

    if crosses(model) and not reranks(model):
        return Pipeline("zero-shot-classification")(model, hardware)
    check(model)
    refuse_foreign_modules(model)
    kind = sentence_transformers.CrossEncoder if reranks(model) else None
    loaded = (kind or sentence_transformers.SentenceTransformer)(
        str(model.path),
        device=hardware.device,
        model_kwargs=weights(model, hardware),
        **options(model),
    )
    return Reranker(loaded) if kind else Embedder(loaded)
