"""Chat about pictures, sounds and videos with a model that reads all of them.

Answers are text. What some of these models can make besides, spoken answers (Qwen-Omni) or pictures
(Janus), is not served: `modalities` takes text alone.
"""

from typing import Annotated, Literal

from pydantic import Field

from pipelines.kinds.messages import Anything
from pipelines.kinds.outputs import Said
from pipelines.loaders import generation
from pipelines.loaders.asking import FilmOptions, tidy
from pipelines.loaders.families import talks
from pipelines.loaders.saying import run, stream
from pipelines.model import Model
from pipelines.task import Inputs, Task


class Given(Inputs):
    messages: Annotated[
        Anything,
        Field(
            description="Your message, with pictures, sounds or videos",
            examples=[
                [
                    {
                        "role": "user",
                        "content": [
                            {"type": "image", "image": "cat.jpg"},
                            {"type": "text", "text": "What is in this picture?"},
                        ],
                    }
                ],
                [
                    {
                        "role": "user",
                        "content": [
                            {"type": "audio", "audio": "speech.flac"},
                            {"type": "text", "text": "What is said here?"},
                        ],
                    }
                ],
            ],
        ),
    ]


class AnyOptions(FilmOptions):
    modalities: list[Literal["text"]] | None = Field(None, max_length=1, description="Text alone")


def fits(model: Model) -> bool:
    return model.tag == "any-to-any" or (talks(model, "audio") and talks(model, "image", "video"))


TASK = Task(
    tag="any-to-any",
    summary="Chat about pictures, sounds and videos",
    inputs=Given,
    params=AnyOptions,
    output=Said,
    load={"transformers": generation.load},
    fits=fits,
    tidy=tidy,
    run=run,
    stream=stream,
    leads=True,
    default_model="Qwen/Qwen2.5-Omni-3B",
    more_models=("deepseek-community/Janus-Pro-1B", "google/gemma-3n-E2B-it"),
)
