"""Speech in another voice: SpeechT5, with a vocoder and voices of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.errors import InvalidInput
from pipelines.hardware import Hardware
from pipelines.loaders.hearing import long_enough, shortened
from pipelines.loaders.seeds import drawn
from pipelines.loaders.transformers import check, options, weights
from pipelines.loaders.voices import embeddings, vocoder
from pipelines.media import Sound
from pipelines.model import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST = 60  # seconds; attention takes memory by the square of it


@dataclass(frozen=True)
class Converter:
    """A voice to another. `voices` are vectors of shape (1, numbers) by name."""

    model: Any
    processor: Any
    vocoder: Any
    voices: Mapping[str, Any]

    @property
    def rate(self) -> int:
        return int(self.vocoder.config.sampling_rate)

    def convert(self, sound: Sound, voice: str | None, seed: int | None) -> "NDArray[np.float32]":
        """The same words in `voice`, else in the first one; shape (samples,)."""
        import torch

        name = voice or next(iter(self.voices))
        if name not in self.voices:
            raise InvalidInput(
                f"parameters.voice: this model has no voice {name[:80]!r}; it has: "
                f"{', '.join(self.voices)}."
            )
        samples = shortened(sound.decode(self.hears), self.hears, LONGEST * self.hears)
        with drawn(seed), torch.inference_mode(), long_enough(samples, self.hears):
            inputs = self.processor(audio=samples, sampling_rate=self.hears, return_tensors="pt")
            found = self.model.generate_speech(
                inputs["input_values"].to(self.model.device),
                self.voices[name].to(self.model.device),
                vocoder=self.vocoder,
            )
        converted: NDArray[np.float32] = found.float().cpu().numpy()
        return converted

    @property
    def hears(self) -> int:
        return int(self.processor.sampling_rate)


def load(model: Model, hardware: Hardware) -> Converter:
    import torch
    from transformers import AutoFeatureExtractor, SpeechT5ForSpeechToSpeech

    check(model)
    voices, voiced = embeddings(model), vocoder(model, hardware)
    extractor = AutoFeatureExtractor.from_pretrained(model.path, **options(model))
    given = weights(model, hardware) | {"dtype": torch.float32}
    loaded = SpeechT5ForSpeechToSpeech.from_pretrained(model.path, **options(model), **given)
    return Converter(loaded.to(hardware.device).eval(), extractor, voiced, voices)
