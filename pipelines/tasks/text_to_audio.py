"""Make music or other sound from a description, or say a text aloud."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from pipelines.encode import media
from pipelines.kinds.inputs import Text
from pipelines.kinds.outputs import Audio, drawn
from pipelines.loaders import composing, loose, speaking
from pipelines.loaders.composing import Composer, SoundOptions
from pipelines.loaders.speaking import Speaker
from pipelines.model import Model
from pipelines.task import Inputs, Task


class SoundDescription(Inputs):
    text: Annotated[
        Text,
        Field(
            description="What it should sound like",
            examples=["Calm piano over soft rain", "An 80s pop song with a driving drum beat"],
        ),
    ]


def stream(
    pipe: Speaker | Composer, row: SoundDescription, params: SoundOptions
) -> Iterator[dict[str, Any]]:
    """Step by step by diffusion; by other models in one step."""
    if isinstance(pipe, Composer):
        yield from pipe.compose(row.text, params)
    else:
        yield {"step": 1, "steps": 1, "result": pipe.say(row.text, params)}


def fits(model: Model) -> bool:
    """The Hub has two tags for models that make sound from a text, and their cards use either."""
    return model.tag in ("text-to-audio", "text-to-speech")


TASK = Task(
    tag="text-to-audio",
    summary="Make music or other sound from a description",
    inputs=SoundDescription,
    params=SoundOptions,
    output=Audio,
    load={"transformers": speaking.load, "diffusers": composing.load},
    fits=fits,
    tidy=loose.gather,
    run=drawn(stream),
    stream=stream,
    shape=media,
    gpu_seconds=120,
    default_model="facebook/musicgen-small",
    more_models=("facebook/musicgen-medium", "facebook/musicgen-stereo-small", "cvssp/audioldm2"),
)
