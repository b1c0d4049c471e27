"""Label a text, for instance as positive or negative."""

from typing import Literal

from pydantic import Field

from pipelines.kinds.inputs import Text
from pipelines.kinds.outputs import Labels
from pipelines.loaders import classifier, sentence_transformers
from pipelines.loaders.classifier import applied, label_names, sorted_labels, usual_function
from pipelines.loaders.encoder import Encoder
from pipelines.loaders.sentence_transformers import Reranker
from pipelines.model import Model
from pipelines.task import Inputs, Params, Task


class TextToLabel(Inputs):
    text: Text = Field(
        description="Text to label",
        examples=["I like you. I love you", "This movie was two hours too long."],
    )
    text_pair: Text | None = Field(
        None, description="Second text, for models that compare two; others leave it empty"
    )


class LabelOptions(Params):
    top_k: int | None = Field(None, ge=1, le=1000, description="Only the best so many labels")
    function_to_apply: Literal["sigmoid", "softmax", "none"] | None = Field(
        None, description="What makes scores of the model's numbers; the model's own by default"
    )


def fits(model: Model) -> bool:
    """What carries the tag, and what judges inference, whose labels are as good as any. A reranker
    is one of these only if its card says so."""
    return (model.tag == TASK.tag and classifier.classifies(model)) or classifier.judges(model)


def run(pipe: Encoder | Reranker, inputs: list[TextToLabel], params: LabelOptions) -> list[Labels]:
    encoder = (
        Encoder(pipe.model.model, pipe.model.tokenizer) if isinstance(pipe, Reranker) else pipe
    )
    texts = [(each.text, each.text_pair) if each.text_pair else (each.text,) for each in inputs]
    function = params.function_to_apply or usual_function(encoder.model.config)
    names = label_names(encoder)
    scores = classifier.score(encoder, texts)
    return [sorted_labels(names, applied(function, each))[: params.top_k] for each in scores]


TASK = Task(
    tag="text-classification",
    summary="Label a text, for instance as positive or negative",
    inputs=TextToLabel,
    params=LabelOptions,
    output=Labels,
    load={"transformers": classifier.load, "sentence-transformers": sentence_transformers.load},
    fits=fits,
    run=run,
    batch=True,
    together=32,
    listed=True,
    default_model="distilbert/distilbert-base-uncased-finetuned-sst-2-english",
    more_models=(
        "tabularisai/multilingual-sentiment-analysis",
        "SamLowe/roberta-base-go_emotions",
        "papluca/xlm-roberta-base-language-detection",
    ),
)
