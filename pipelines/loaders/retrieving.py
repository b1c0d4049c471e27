"""Retrievers of pages: a question and pictures to how well each picture answers it.

Late interaction (ColPali and its kin) keeps a vector for each token and each patch: every token of
the question takes the patch that is nearest to it, and these are summed (MaxSim). Other embedders
have one vector for a text or a picture, compared by their cosine.
"""

import json
from dataclasses import dataclass
from typing import Any

from PIL import Image

from pipelines.errors import BrokenModel, InvalidInput
from pipelines.hardware import Hardware
from pipelines.loaders import sentence_transformers
from pipelines.loaders.encoder import refuse_random
from pipelines.loaders.lengths import reads
from pipelines.loaders.safety import refuse_foreign_modules
from pipelines.loaders.sentence_transformers import Embedder
from pipelines.loaders.transformers import check, options, weights
from pipelines.model import Model


@dataclass(frozen=True)
class Late:
    """One of transformers' models for retrieval, and its processor."""

    model: Any
    processor: Any

    def query(self, text: str) -> Any:
        """The vectors of a question. Raises InvalidInput for one of too many tokens."""
        return self.vectors(self.processor.process_queries(text=[self.short(text)]))

    def score(self, asked: Any, picture: Image.Image) -> float:
        seen = self.vectors(self.processor.process_images(images=[picture]))
        return float((asked @ seen.T).max(dim=1).values.sum())

    def vectors(self, given: Any) -> Any:
        """A tensor of shape (tokens or patches, numbers)."""
        import torch

        given.pop("labels", None)
        given = given.to(self.model.device, self.model.dtype)
        with torch.inference_mode():
            return self.model(**given).embeddings[0].float()

    def short(self, query: str) -> str:
        """The query. Raises InvalidInput for one that the model has no places for."""
        most = reads(self.model, self.processor.tokenizer)
        count = len(self.processor.tokenizer(query, verbose=False)["input_ids"])
        if most and count > most:
            raise InvalidInput(
                f"inputs.query: has {count:,} tokens, but this model reads {most:,}. Shorten it."
            )
        return query


@dataclass(frozen=True)
class Single:
    """One of sentence-transformers' models for texts and pictures alike."""

    embedder: Embedder

    def query(self, text: str) -> Any:
        return self.embedder.encode([text])[0]

    def score(self, asked: Any, picture: Image.Image) -> float:
        return float(self.embedder.model.encode(picture, normalize_embeddings=True) @ asked)


@dataclass(frozen=True)
class Several:
    """One of sentence-transformers' models for late interaction."""

    model: Any

    def query(self, text: str) -> Any:
        return self.model.encode_query(text, show_progress_bar=False)

    def score(self, asked: Any, picture: Image.Image) -> float:
        seen = self.model.encode_document(picture, show_progress_bar=False)
        return float(self.model.similarity([asked], [seen])[0, 0])


def load(model: Model, hardware: Hardware) -> Late:
    """A model of late interaction."""
    import transformers

    check(model)
    kind = getattr(transformers, model.architectures[0], None)
    if kind is None:
        raise BrokenModel(f"{model.id} names {model.architectures[0]}, which transformers lacks.")
    processor = transformers.AutoProcessor.from_pretrained(model.path, **options(model))
    loaded, report = kind.from_pretrained(
        model.path, output_loading_info=True, **options(model), **weights(model, hardware)
    )
    refuse_random(model, "Retrieval", loaded.base_model_prefix, report["missing_keys"])
    return Late(loaded.to(hardware.device).eval(), processor)


def load_embedder(model: Model, hardware: Hardware) -> Single | Several:
    """An embedder of texts and pictures. Raises BrokenModel for one of texts alone."""
    made = load_several if is_several(model) else load_single
    loaded = made(model, hardware)
    inner = loaded.model if isinstance(loaded, Several) else loaded.embedder.model
    if not inner.supports("image"):
        raise BrokenModel(f"{model.id} reads texts alone, and no pictures. Choose another model.")
    return loaded


def is_several(model: Model) -> bool:
    """Whether sentence-transformers saved it as a model of late interaction."""
    file = model.path / "config_sentence_transformers.json"
    about = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return bool(about.get("model_type") == "MultiVectorEncoder")


def load_several(model: Model, hardware: Hardware) -> Several:
    from sentence_transformers import MultiVectorEncoder

    check(model)
    refuse_foreign_modules(model)
    return Several(
        MultiVectorEncoder(
            str(model.path),
            device=hardware.device,
            model_kwargs=weights(model, hardware),
            **options(model),
        )
    )


def load_single(model: Model, hardware: Hardware) -> Single:
    loaded = sentence_transformers.load(model, hardware)
    if not isinstance(loaded, Embedder):
        raise BrokenModel(f"{model.id} makes no vectors of its inputs. Choose another model.")
    return Single(loaded)
