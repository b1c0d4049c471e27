"""Guess the word that is missing in a text."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from pipelines.kinds.inputs import Line, Text
from pipelines.kinds.outputs import Fills
from pipelines.loaders import masked
from pipelines.loaders.encoder import Encoder, Head
from pipelines.model import Model
from pipelines.task import Inputs, Params, Task


class TextWithMask(Inputs):
    text: Text = Field(
        description="Text with <mask> or [MASK] where a word is missing",
        examples=["Paris is the <mask> of France.", "The <mask> of life is to be happy."],
    )


def listed(value: Any) -> Any:
    """One target may stand without a list, as transformers takes it."""
    return [value] if isinstance(value, str) else value


class FillOptions(Params):
    top_k: int = Field(5, ge=1, le=1000, description="How many words for each mask")
    targets: Annotated[list[Line], BeforeValidator(listed)] = Field(
        [], max_length=1000, description="Score these words alone, not all that the model knows"
    )


def fits(model: Model) -> bool:
    """What carries the tag, and what was trained by masks, whatever it is used for now."""
    return model.tag == TASK.tag or model.is_a("ForMaskedLM")


def run(pipe: Encoder, inputs: list[TextWithMask], params: FillOptions) -> list[Fills]:
    targets = masked.token_ids(pipe, params.targets) if params.targets else None
    return masked.fill(pipe, [each.text for each in inputs], params.top_k, targets)


TASK = Task(
    tag="fill-mask",
    summary="Guess the word that is missing in a text",
    inputs=TextWithMask,
    params=FillOptions,
    output=Fills,
    load={"transformers": Head("MaskedLM")},
    fits=fits,
    run=run,
    batch=True,
    together=32,
    any_text=False,
    default_model="distilbert/distilroberta-base",
    more_models=(
        "google-bert/bert-base-uncased",
        "FacebookAI/xlm-roberta-base",
        "answerdotai/ModernBERT-base",
    ),
)
