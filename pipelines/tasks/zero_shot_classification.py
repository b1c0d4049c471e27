"""Sort a text into labels of your own, without training."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from pipelines.kinds import Labels, Names, Text, problem
from pipelines.loaders import sentence_transformers
from pipelines.loaders.sentence_transformers import Embedder, embeds
from pipelines.loaders.transformers import Pipeline
from pipelines.model import Model
from pipelines.reading import Body
from pipelines.task import Inputs, Params, Task

EMBEDDING_SCALE = 20  # softmax(20 x cosine): the scale that all-MiniLM-L6-v2 was trained with


class TextAndLabels(Inputs):
    text: Annotated[
        Text,
        Field(
            description="Text to sort",
            examples=[
                "I have a problem with my iphone that needs to be resolved asap!",
                "Last week I upgraded my iOS version and ever since then my phone has been "
                "overheating whenever I use your app.",
            ],
        ),
    ]
    candidate_labels: Annotated[
        Names,
        Field(
            description="Labels to choose from, separated by commas",
            examples=[
                ["urgent", "not urgent", "phone", "tablet", "computer"],
                ["mobile", "website", "billing", "account access"],
            ],
        ),
    ]


def check_template(value: str) -> str:
    if value.count("{}") != 1 or set("{}") & set(value.replace("{}", "")):
        raise problem("template", "must have {} once, where the label goes, and no other brace")
    return value


class ZeroShotOptions(Params):
    multi_label: bool = Field(False, description="Judge each label by itself")
    hypothesis_template: Annotated[str, AfterValidator(check_template)] = Field(
        "This example is {}.", description="A sentence with {} where the label goes"
    )


def tidy(body: Body) -> Body:
    """Clients send the labels as a parameter; here they are an input, which the page asks for."""
    parameters = body.get("parameters")
    if not isinstance(parameters, dict) or "candidate_labels" not in parameters:
        return body
    rest = {key: value for key, value in parameters.items() if key != "candidate_labels"}
    labels, inputs = parameters["candidate_labels"], body.get("inputs")
    rows = inputs if isinstance(inputs, list) else [inputs]
    named = [{"text": text, "candidate_labels": labels} for text in rows]
    return {**body, "inputs": named if isinstance(inputs, list) else named[0], "parameters": rest}


def entails(model: Model) -> bool:
    """Whether `model` judges natural language inference, told by a label named entailment."""
    labels = (model.config.get("label2id") or {}).keys()
    return model.is_a("ForSequenceClassification") and any(
        str(label).lower().startswith("entail") for label in labels
    )


def fits(model: Model) -> bool:
    return (model.library == "sentence-transformers" and embeds(model)) or entails(model)


def run(pipe: Any, inputs: list[TextAndLabels], params: ZeroShotOptions) -> list[Labels]:
    judge = by_embedding if isinstance(pipe, Embedder) else by_inference
    return [judge(pipe, each.text, each.candidate_labels, params) for each in inputs]


def by_inference(pipe: Any, text: str, labels: Sequence[str], params: ZeroShotOptions) -> Labels:
    """Probability that the text entails the template filled with each label."""
    found = pipe(text, list(labels), **params.model_dump())
    pairs = zip(found["labels"], found["scores"], strict=True)
    return [{"label": label, "score": float(score)} for label, score in pairs]


def by_embedding(
    pipe: Embedder, text: str, labels: Sequence[str], params: ZeroShotOptions
) -> Labels:
    """Cosine of the text with each filled template; softmax of it unless labels stand alone."""
    scores = pipe.similarity(text, [fill(params.hypothesis_template, label) for label in labels])
    if not params.multi_label:
        scores = softmax([EMBEDDING_SCALE * score for score in scores])
    pairs = sorted(zip(labels, scores, strict=True), key=lambda pair: -pair[1])
    return [{"label": label, "score": score} for label, score in pairs]


def fill(template: str, label: str) -> str:
    return template.replace("{}", label)


def softmax(values: Sequence[float]) -> list[float]:
    from math import exp

    powers = [exp(value - max(values)) for value in values]
    return [power / sum(powers) for power in powers]


TASK = Task(
    tag="zero-shot-classification",
    summary="Sort a text into labels of your own, without training",
    inputs=TextAndLabels,
    params=ZeroShotOptions,
    output=Labels,
    load={
        "sentence-transformers": sentence_transformers.load,
        "transformers": Pipeline("zero-shot-classification"),
    },
    fits=fits,
    tidy=tidy,
    run=run,
    batch=True,
    default_model="facebook/bart-large-mnli",
)
