"""Sound by diffusion: AudioLDM, MusicLDM, Stable Audio and their like."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from pipelines.encode import encode
from pipelines.errors import InvalidInput
from pipelines.hardware import Hardware
from pipelines.kinds.shapes import Media
from pipelines.loaders import diffusers
from pipelines.loaders.arguments import arguments_of, check, known
from pipelines.loaders.drawing import Words, running, seeds_of
from pipelines.loaders.speaking import VoiceOptions
from pipelines.loaders.stepping import Chunk
from pipelines.model import Model

SECONDS = ("audio_length_in_s", "audio_end_in_s", "audio_duration", "duration")
RATE = 16_000  # Hz, of AudioLDM's vocoder; where no part of the pipeline says


class SoundOptions(VoiceOptions):
    """How to make it. Which of these a model has, differs."""

    duration: float | None = Field(None, gt=0, le=600, description="Seconds of sound")
    negative_prompt: Words | None = Field(None, description="What it should not sound like")
    num_inference_steps: int | None = Field(
        None, ge=1, le=1000, description="Steps from noise to sound: more are slower, and finer"
    )
    guidance_scale: float | None = Field(
        None, ge=0, le=100, description="How closely to follow the text"
    )


@dataclass(frozen=True)
class Composer:
    """A text to sound, step by step."""

    pipe: Any

    def compose(self, text: str, params: SoundOptions) -> Iterator[Chunk]:
        """Raises InvalidInput for a choice that this model does not have."""
        rest = params.model_copy(update={"duration": None})
        arguments = {"prompt": text, **arguments_of(self.pipe, rest), **self.length(params)}
        check(self.pipe, arguments)
        yield from running(
            self.pipe, arguments, params, seeds_of(params.seed, 1), self.sound, unseen
        )

    def length(self, params: SoundOptions) -> dict[str, float]:
        if params.duration is None:
            return {}
        name = next((each for each in SECONDS if each in known(self.pipe)), None)
        if name is None:
            raise InvalidInput("parameters.duration: this model does not let choose. Leave it out.")
        return {name: params.duration}

    def sound(self, output: Any) -> Media:
        """The file of the first sound, shape (samples,) or (channels, samples)."""
        first = output.audios[0]
        samples = first.float().cpu().numpy() if hasattr(first, "cpu") else first
        return encode(samples, self.rate)

    @property
    def rate(self) -> int:
        """Hz, as the part says that makes the samples."""
        for part in ("vocoder", "vae"):
            config = getattr(getattr(self.pipe, part, None), "config", None)
            for name in ("sampling_rate", "sample_rate"):
                if found := getattr(config, name, None):
                    return int(found)
        return RATE


def unseen(pipe: Any, arguments: Any, latents: Any) -> Media | None:
    """Sound in the making is nothing to look at."""
    return None


def load(model: Model, hardware: Hardware) -> Composer:
    return Composer(diffusers.load(model, hardware).base)
