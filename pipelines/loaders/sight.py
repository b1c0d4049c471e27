"""Models that look at a picture, and read or write words about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from pipelines.hardware import Hardware
from pipelines.loaders.encoder import refuse_random
from pipelines.loaders.lengths import reads
from pipelines.loaders.seeing import fit_to_see
from pipelines.loaders.transformers import check, options, weights
from pipelines.model import Model
from pipelines.notices import cut, tell

PROCESSORS = ("preprocessor_config.json", "processor_config.json")


@dataclass(frozen=True)
class Seer:
    """A model with its image processor, if it has one, and its tokenizer."""

    model: Any
    images: Any
    tokenizer: Any

    def see(self, picture: Image.Image) -> dict[str, Any]:
        """What the model takes of a picture: a batch of one, on its device."""
        with fit_to_see(picture):
            seen = self.images(images=picture, return_tensors="pt")
        return dict(seen.to(self.model.device, self.model.dtype))

    def read(self, text: str, where: str) -> dict[str, Any]:
        """As many tokens of a text as the model reads, a batch of one; what is cut is told."""
        most = reads(self.model, self.tokenizer)
        if most and len(self.tokenizer(text, verbose=False)["input_ids"]) > most:
            tell(cut(where, most))
        row = self.tokenizer(text, truncation=bool(most), max_length=most, return_tensors="pt")
        return dict(row.to(self.model.device))

    def text(self, ids: Sequence[int]) -> str:
        """The words of what was written."""
        return str(self.tokenizer.decode(ids, skip_special_tokens=True)).strip()


@dataclass(frozen=True)
class Sight:
    """Loads `AutoModelFor<kind>` with what prepares its pictures and its words."""

    kind: str

    def __call__(self, model: Model, hardware: Hardware) -> Seer:
        import transformers

        check(model)
        loaded, report = getattr(transformers, f"AutoModelFor{self.kind}").from_pretrained(
            model.path, output_loading_info=True, **options(model), **weights(model, hardware)
        )
        # Encoders are saved without the pooler that their class has: nothing here reads it.
        missing = [name for name in report["missing_keys"] if ".pooler." not in name]
        refuse_random(model, self.kind, loaded.base_model_prefix, missing)
        images = None
        if any((model.path / name).is_file() for name in PROCESSORS):
            images = transformers.AutoImageProcessor.from_pretrained(model.path, **options(model))
        tokenizer = transformers.AutoTokenizer.from_pretrained(model.path, **options(model))
        return Seer(loaded.to(hardware.device).eval(), images, tokenizer)
