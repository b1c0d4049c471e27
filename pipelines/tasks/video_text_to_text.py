"""Chat about videos, and about pictures. A few frames of each video are looked at."""

from typing import Annotated

from pydantic import Field

from pipelines.kinds.messages import Films
from pipelines.kinds.outputs import Said
from pipelines.loaders import generation
from pipelines.loaders.asking import FilmOptions, tidy
from pipelines.loaders.families import talks
from pipelines.loaders.saying import run, stream
from pipelines.model import Model
from pipelines.task import Inputs, Task


class Watched(Inputs):
    messages: Annotated[
        Films,
        Field(
            description="Your message, with videos or pictures",
            examples=[
                [
                    {
                        "role": "user",
                        "content": [
                            {"type": "video", "video": "walk.mp4"},
                            {"type": "text", "text": "What happens in this video?"},
                        ],
                    }
                ]
            ],
        ),
    ]


def fits(model: Model) -> bool:
    return model.tag == "video-text-to-text" or talks(model, "video")


TASK = Task(
    tag="video-text-to-text",
    summary="Chat about videos",
    inputs=Watched,
    params=FilmOptions,
    output=Said,
    load={"transformers": generation.load},
    fits=fits,
    tidy=tidy,
    run=run,
    stream=stream,
    leads=True,
    default_model="llava-hf/llava-onevision-qwen2-0.5b-ov-hf",
    more_models=("Qwen/Qwen2.5-VL-3B-Instruct", "llava-hf/LLaVA-NeXT-Video-7B-hf"),
)
