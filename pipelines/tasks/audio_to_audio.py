"""Change a recording: take the noise out, part its voices, or speak it in another voice."""

import base64
from typing import Any

from pydantic import Field

from pipelines.encode import encode, media
from pipelines.forms import Recording
from pipelines.kinds.inputs import Name
from pipelines.kinds.outputs import Tracks
from pipelines.kinds.shapes import Media, Track, is_media
from pipelines.loaders import converting
from pipelines.loaders.converting import Converter
from pipelines.model import Model
from pipelines.task import Params, Task


class SoundOptions(Params):
    """Of SpeechT5, which changes voices. The Hub knows no parameter of this task."""

    voice: Name | None = Field(None, description="One of the model's own voices, by name")
    seed: int | None = Field(None, ge=0, lt=2**63, description="Repeat a draw exactly")


def run(pipe: Converter, inputs: list[Recording], params: SoundOptions) -> list[Tracks]:
    found = [pipe.convert(each.audio, params.voice, params.seed) for each in inputs]
    return [[track("speech", encode(samples, pipe.rate))] for samples in found]


def track(label: str, sound: Media) -> Track:
    blob = base64.b64encode(sound["content"]).decode()
    return {"label": label, "content-type": sound["mime"], "blob": blob}


def shape(raw: Any, row: Any) -> Any:
    """A model's own code gives `{"label", "audio", "sampling_rate"}` for each track, or one sound
    alone."""
    many = raw if isinstance(raw, list) and all(isinstance(x, dict) for x in raw) else [raw]
    made = [as_track(each, at) for at, each in enumerate(many)]
    return made if all(each is not None for each in made) else raw


def as_track(raw: Any, at: int) -> Any:
    if isinstance(raw, dict) and "blob" in raw:
        return raw
    sound: Any = media(raw)
    if not is_media(sound):
        return None
    label = raw.get("label", f"track {at + 1}") if isinstance(raw, dict) else "track 1"
    return track(str(label), Media(content=sound["content"], mime=sound["mime"]))


def fits(model: Model) -> bool:
    return model.is_a("SpeechT5ForSpeechToSpeech")


TASK = Task(
    tag="audio-to-audio",
    summary="Change a recording, such as by taking the noise out",
    inputs=Recording,
    params=SoundOptions,
    output=Tracks,
    load={"transformers": converting.load},
    fits=fits,
    run=run,
    shape=shape,
    default_model="microsoft/speecht5_vc",
)
