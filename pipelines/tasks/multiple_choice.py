"""Choose what goes on from a text, or answers it."""

from pydantic import Field

from pipelines.forms import NoOptions
from pipelines.kinds.inputs import Lines, Text
from pipelines.kinds.outputs import Labels
from pipelines.loaders.classifier import applied, sorted_labels
from pipelines.loaders.encoder import Encoder, Head, logits
from pipelines.task import Inputs, Task


class PromptAndChoices(Inputs):
    prompt: Text = Field(
        description="A beginning, or a question",
        examples=["In Italy, pizza served in formal settings is presented unsliced."],
    )
    choices: Lines = Field(
        description="What to choose from, one a line",
        examples=[
            [
                "It is eaten with a fork and a knife.",
                "It is eaten while held in the hand.",
            ]
        ],
    )


def run(pipe: Encoder, inputs: list[PromptAndChoices], params: NoOptions) -> list[Labels]:
    """A softmax over the choices, each read together with the prompt."""
    import numpy as np

    rows = [pipe.tokens(each.prompt, choice) for each in inputs for choice in each.choices]
    scores = iter(pipe.each(rows, logits, choices=True))
    found = [np.concatenate([next(scores) for _ in each.choices]) for each in inputs]
    return [
        sorted_labels(each.choices, applied("softmax", one))
        for each, one in zip(inputs, found, strict=True)
    ]


TASK = Task(
    tag="multiple-choice",
    summary="Choose what goes on from a text, or answers it",
    inputs=PromptAndChoices,
    params=NoOptions,
    output=Labels,
    load={"transformers": Head("MultipleChoice")},
    run=run,
    batch=True,
    default_model="stefandi/bert-base-uncased-finetuned-swag",
    more_models=("sahithya20/bert-base-uncased-finetuned-swag",),
)
