"""Chat about pictures."""

from typing import Annotated

from pydantic import Field

from pipelines.kinds.messages import Sights
from pipelines.kinds.outputs import Said
from pipelines.loaders import generation
from pipelines.loaders.asking import ChatOptions, tidy
from pipelines.loaders.families import talks
from pipelines.loaders.saying import run, stream
from pipelines.model import Model
from pipelines.task import Inputs, Task


class Seen(Inputs):
    messages: Annotated[
        Sights,
        Field(
            description="Your message, with pictures",
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
                            {"type": "image", "image": "coffee.jpg"},
                            {"type": "text", "text": "Describe this picture in one sentence."},
                        ],
                    }
                ],
            ],
        ),
    ]


def fits(model: Model) -> bool:
    return model.tag == "image-text-to-text" or talks(model, "image")


TASK = Task(
    tag="image-text-to-text",
    summary="Chat about pictures",
    inputs=Seen,
    params=ChatOptions,
    output=Said,
    load={"transformers": generation.load},
    fits=fits,
    tidy=tidy,
    run=run,
    stream=stream,
    leads=True,
    default_model="HuggingFaceTB/SmolVLM-256M-Instruct",
    more_models=("HuggingFaceTB/SmolVLM-500M-Instruct", "Qwen/Qwen2.5-VL-3B-Instruct"),
)
