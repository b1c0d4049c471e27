"""Chat about sounds: what is said, who speaks, what is heard."""

from typing import Annotated

from pydantic import Field

from pipelines.kinds.messages import Sounds
from pipelines.kinds.outputs import Said
from pipelines.loaders import generation
from pipelines.loaders.asking import ChatOptions, tidy
from pipelines.loaders.families import talks
from pipelines.loaders.saying import run, stream
from pipelines.model import Model
from pipelines.task import Inputs, Task


class Heard(Inputs):
    messages: Annotated[
        Sounds,
        Field(
            description="Your message, with recordings",
            examples=[
                [
                    {
                        "role": "user",
                        "content": [
                            {"type": "audio", "audio": "speech.flac"},
                            {"type": "text", "text": "What is said here?"},
                        ],
                    }
                ]
            ],
        ),
    ]


def fits(model: Model) -> bool:
    return model.tag == "audio-text-to-text" or talks(model, "audio")


TASK = Task(
    tag="audio-text-to-text",
    summary="Chat about sounds",
    inputs=Heard,
    params=ChatOptions,
    output=Said,
    load={"transformers": generation.load},
    fits=fits,
    tidy=tidy,
    run=run,
    stream=stream,
    leads=True,
    default_model="Qwen/Qwen2-Audio-7B-Instruct",
    more_models=("Qwen/Qwen2.5-Omni-3B",),
)
