"""Find names, or parts of speech, in a text."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from pipelines.kinds.inputs import Line, Text
from pipelines.kinds.outputs import Spans
from pipelines.kinds.shapes import Span
from pipelines.loaders import tagger
from pipelines.loaders.classifier import label_names
from pipelines.loaders.encoder import Encoder, Head
from pipelines.model import Model
from pipelines.task import Inputs, Params, Task


class TextToTag(Inputs):
    text: Text = Field(
        description="Text in which to find names, or whatever the model was trained to find",
        examples=[
            "My name is Wolfgang and I live in Berlin",
            "Marie Curie was born in Warsaw and worked at the University of Paris.",
        ],
    )


def named(value: Any) -> Any:
    """A list without "", which callers of transformers send to leave out nothing."""
    return [each for each in value if each != ""] if isinstance(value, list) else value


class TagOptions(Params):
    aggregation_strategy: Literal["none", "simple", "first", "average", "max"] = Field(
        "simple",
        description="How tokens are put together: each alone (none), neighbours of the same label "
        "(simple), or whole words by their first token, their mean or their surest",
    )
    ignore_labels: Annotated[list[Line], BeforeValidator(named)] = Field(
        ["O"], max_length=100, description="Labels to leave out, such as O for 'nothing'"
    )
    stride: int | None = Field(
        None,
        ge=0,
        le=1_000_000,
        description="Tokens read twice where a long text is read in windows",
    )


def fits(model: Model) -> bool:
    named = not model.architectures or model.is_a("ForTokenClassification")
    return model.tag == TASK.tag and named


def run(pipe: Encoder, inputs: list[TextToTag], params: TagOptions) -> list[Spans]:
    names = label_names(pipe)
    texts = [each.text for each in inputs]
    found = tagger.tag(pipe, texts, params.stride)
    return [
        [span for span in tagger.spans(tokens, names, params.aggregation_strategy, text)
         if label_of(span) not in params.ignore_labels]
        for tokens, text in zip(found, texts, strict=True)
    ]  # fmt: skip


def label_of(span: Span) -> str:
    return span["entity"] if "entity" in span else span["entity_group"]


TASK = Task(
    tag="token-classification",
    summary="Find names, or parts of speech, in a text",
    inputs=TextToTag,
    params=TagOptions,
    output=Spans,
    load={"transformers": Head("TokenClassification")},
    fits=fits,
    run=run,
    batch=True,
    together=32,
    default_model="dslim/bert-base-NER",
    more_models=(
        "FacebookAI/xlm-roberta-large-finetuned-conll03-english",
        "Davlan/xlm-roberta-base-ner-hrl",
        "blaze999/Medical-NER",
    ),
)
