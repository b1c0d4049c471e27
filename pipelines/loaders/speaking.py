"""Speech and music from text: transformers' models of both, by one loader.

What a caller may choose differs from model to model. A choice that the loaded one does not have is
refused, and the refusal names those it has.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import Field

from pipelines.encode import encode
from pipelines.errors import InvalidInput
from pipelines.hardware import Hardware
from pipelines.kinds.inputs import Name
from pipelines.kinds.shapes import Media
from pipelines.loaders.generation import GenerationParameters
from pipelines.loaders.letters import LEFT_OUT, knows, leaves_out
from pipelines.loaders.passages import pieces
from pipelines.loaders.safety import first_line
from pipelines.loaders.seeds import drawn
from pipelines.loaders.transformers import check, weights
from pipelines.loaders.voices import embeddings, needs_vocoder, vocoder
from pipelines.model import Model
from pipelines.notices import cut, tell
from pipelines.task import Params

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Model types that run in single precision everywhere: they are small, and half of it crackles.
EXACT = ("vits", "speecht5", "fastspeech2_conformer", "fastspeech2_conformer_with_hifigan")
MUSIC = ("musicgen", "musicgen_melody")
LETTERS = {"bark": 200, "speecht5": 400}  # said at once; Bark stops after some 14 seconds
USUAL = 500
SEMANTIC = 768  # tokens that Bark's first stage writes, where its file does not say
TOKENS = 512  # of a description, as T5 was trained


class VoiceOptions(Params):
    """How to say it. Which of these a model has, differs."""

    voice: Name | None = Field(None, description="One of the model's own voices, by name")
    speaker_id: int | None = Field(None, ge=0, description="One of the model's speakers, from 0")
    speed: float | None = Field(None, ge=0.25, le=4, description="1 is the model's own pace")
    seed: int | None = Field(None, ge=0, lt=2**63, description="Repeat a draw exactly")
    generation_parameters: GenerationParameters | None = Field(
        None, description="Options of the Hub's generation parameters"
    )


@dataclass(frozen=True)
class Speaker:
    """A text to sound. `pipe` is transformers' text-to-audio pipeline; `voices` are what the model
    takes for each voice, by name."""

    pipe: Any
    voices: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return str(self.pipe.model.config.model_type)

    @property
    def config(self) -> Any:
        return self.pipe.model.config

    def choices(self) -> set[str]:
        """The parameters that this model has."""
        found = {"seed"}
        found |= {"voice"} if self.voices else set()
        if self.kind == "vits":
            found |= {"speed"} | ({"speaker_id"} if self.config.num_speakers > 1 else set())
        elif self.pipe.model.can_generate() and self.kind != "speecht5":
            found |= {"generation_parameters"}
        return found

    def check(self, params: VoiceOptions) -> None:
        """Raises InvalidInput for a choice that this model does not have."""
        for name in params.given():
            if name not in self.choices():
                raise InvalidInput(
                    f"parameters.{name}: this model has no such choice; it takes: "
                    f"{', '.join(sorted(self.choices()))}."
                )
        if params.voice is not None and params.voice not in self.voices:
            raise InvalidInput(
                f"parameters.voice: this model has no voice {params.voice[:80]!r}; it has: "
                f"{', '.join(self.voices)}."
            )
        if params.speaker_id is not None and params.speaker_id >= self.config.num_speakers:
            raise InvalidInput(
                "parameters.speaker_id: this model has the speakers 0 to "
                f"{self.config.num_speakers - 1}."
            )
        for name in ("max_length", "min_length") if self.kind == "bark" else ():
            if name in self.generation(params):
                raise InvalidInput(
                    f"parameters.generation_parameters.{name}: this model counts new tokens alone; "
                    f"it takes: {name.replace('length', 'new_tokens')}."
                )

    def say(self, text: str, params: VoiceOptions) -> Media:
        """The sound of `text`, at the model's own rate."""
        import numpy as np

        self.check(params)
        with drawn(params.seed):
            parts = [self.sound(part, params) for part in self.parts(text)]
        return encode(np.concatenate(parts, axis=-1), self.pipe.sampling_rate)

    def parts(self, text: str) -> list[str]:
        """The text as the model takes it: a description is cut, a speech comes in several."""
        if self.kind in MUSIC:
            return [self.cut(text)]
        most = LETTERS.get(self.kind, USUAL)
        if self.kind == "speecht5":
            most = min(most, self.config.max_text_positions - 4)
        known = [part for part in pieces(text, most) if knows(self.pipe.tokenizer, part)]
        if not known:
            raise InvalidInput("inputs: this model knows no character of this text.")
        if leaves_out(self.pipe.tokenizer, text):
            tell(LEFT_OUT)
        return known

    def cut(self, text: str) -> str:
        ids = self.pipe.tokenizer(text, verbose=False, add_special_tokens=False)["input_ids"]
        if len(ids) <= TOKENS:
            return text
        tell(cut("inputs", TOKENS))
        return str(self.pipe.tokenizer.decode(ids[:TOKENS]))

    def sound(self, text: str, params: VoiceOptions) -> "NDArray[np.float32]":
        """Samples of shape (samples,), or (2, samples) where the model gives two channels."""
        import numpy as np

        try:
            found = self.pipe(text, **self.arguments(params))["audio"]
        except (ValueError, TypeError) as error:  # the latter of an option in two places
            if not params.given():
                raise
            raise InvalidInput(f"parameters: the model says: {first_line(error)}") from error
        samples: NDArray[np.float32] = np.atleast_1d(np.asarray(found, dtype=np.float32))
        return samples

    def arguments(self, params: VoiceOptions) -> dict[str, Any]:
        """The parameters in the pipeline's terms."""
        voice = self.voices.get(params.voice or next(iter(self.voices), ""))
        forward: dict[str, Any] = {}
        if self.kind == "speecht5":
            forward["speaker_embeddings"] = voice
        if self.kind == "vits":
            forward = {"speaker_id": params.speaker_id, "speaking_rate": self.pace(params.speed)}
        if self.kind == "bark" and params.voice:
            preset = {"voice_preset": params.voice}
            return {"generate_kwargs": self.generation(params), "preprocess_params": preset}
        return {"generate_kwargs": self.generation(params), "forward_params": forward}

    def generation(self, params: VoiceOptions) -> dict[str, Any]:
        """The options of generation. Bark writes in three stages, and the first has the say on how
        long the speech gets: what is more than it can write would be too much for the next."""
        given = params.generation_parameters
        options = given.model_dump(exclude_none=True) if given else {}
        if self.kind != "bark":
            return options
        most = self.pipe.model.generation_config.semantic_config.get("max_new_tokens", SEMANTIC)
        for name in ("max_new_tokens", "min_new_tokens"):
            if name in options:
                options[f"semantic_{name}"] = min(options.pop(name), most)
        return options

    def pace(self, speed: float | None) -> float | None:
        return None if speed is None else speed * float(self.config.speaking_rate)


def load(model: Model, hardware: Hardware) -> Speaker:
    """A model with its vocoder and its voices. Raises BrokenModel naming what is missing."""
    import torch
    import transformers

    check(model)
    given = weights(model, hardware)
    if model.config.get("model_type") in EXACT:
        given["dtype"] = torch.float32
    voices = embeddings(model)
    pipe = transformers.pipeline(
        "text-to-audio",
        model=str(model.path),
        vocoder=vocoder(model, hardware) if needs_vocoder(model) else None,
        device=hardware.device,
        trust_remote_code=model.trusted_code,
        model_kwargs=given,
    )
    speaker = Speaker(pipe, voices or presets(model, pipe.processor))
    knows(pipe.tokenizer, "a")  # tells at once of a package that its tokenizer lacks
    return speaker


def presets(model: Model, processor: Any) -> dict[str, str]:
    """Bark's voices by name: those whose files are in its folder; none for other models."""
    listed = getattr(processor, "speaker_embeddings", None) or {}
    return {
        name: name
        for name, files in listed.items()
        if isinstance(files, dict) and all((model.path / f).is_file() for f in files.values())
    }


def sings(model: Model) -> bool:
    """Whether `model` makes music, or any sound, after a description."""
    return model.config.get("model_type") in MUSIC
