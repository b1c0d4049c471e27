"""Chat with a model. On the Hub this is a tag that a text-generation model carries."""

from typing import Annotated

from pydantic import Field

from pipelines.kinds.messages import Messages
from pipelines.kinds.outputs import Said
from pipelines.loaders import generation
from pipelines.loaders.asking import ChatOptions, tidy
from pipelines.loaders.families import chats
from pipelines.loaders.saying import run, stream
from pipelines.task import Inputs, Task


class Chat(Inputs):
    messages: Annotated[
        Messages,
        Field(
            description="Your message",
            examples=[
                [{"role": "user", "content": "What is the capital of France?"}],
                [{"role": "user", "content": "Explain in one sentence what a neural network is."}],
                [{"role": "user", "content": "Write a short poem about the sea."}],
            ],
        ),
    ]


TASK = Task(
    tag="conversational",
    summary="Chat with a model",
    inputs=Chat,
    params=ChatOptions,
    output=Said,
    load={"transformers": generation.load},
    fits=chats,
    tidy=tidy,
    run=run,
    stream=stream,
    leads=True,
    default_model="HuggingFaceTB/SmolLM2-135M-Instruct",
    more_models=("HuggingFaceTB/SmolLM2-360M-Instruct", "Qwen/Qwen3-0.6B"),
)
