"""Sort a text into labels of your own, without training."""

from itertools import islice
from typing import Annotated, Any

from pydantic import Field

from pipelines.errors import InvalidInput
from pipelines.forms import Template, fill, labels_as_input
from pipelines.kinds.inputs import Names, Text
from pipelines.kinds.outputs import Labels
from pipelines.loaders import classifier, sentence_transformers
from pipelines.loaders.classifier import (
    applied,
    beginning,
    is_entailment,
    judges,
    label_names,
    score,
    sorted_labels,
)
from pipelines.loaders.encoder import Encoder
from pipelines.loaders.sentence_transformers import Embedder, embeds
from pipelines.model import Model
from pipelines.notices import tell
from pipelines.reading import Body
from pipelines.task import Inputs, Params, Task
from pipelines.usage import grouped

EMBEDDING_SCALE = 20  # softmax(20 x cosine): the scale that all-MiniLM-L6-v2 was trained with
MOST_PAIRS = 5_000  # of a text and a label in one request: a model of inference reads each


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


class ZeroShotOptions(Params):
    multi_label: bool = Field(False, description="Judge each label by itself")
    hypothesis_template: Template = Field(
        "This example is {}.", description="A sentence with {} where the label goes"
    )


def tidy(body: Body) -> Body:
    return labels_as_input(body, "text")


def fits(model: Model) -> bool:
    """Judges of inference, also those whose labels say nothing but whose tag does, and embedders
    of sentences."""
    embeds_sentences = model.library == "sentence-transformers" and embeds(model)
    tagged = model.tag == TASK.tag and model.is_a("ForSequenceClassification")
    return embeds_sentences or tagged or judges(model)


def run(
    pipe: Embedder | Encoder, inputs: list[TextAndLabels], params: ZeroShotOptions
) -> list[Labels]:
    if isinstance(pipe, Embedder):
        return by_embedding(pipe, inputs, params)
    return by_inference(pipe, inputs, params)


def by_inference(
    pipe: Encoder, inputs: list[TextAndLabels], params: ZeroShotOptions
) -> list[Labels]:
    """Probability that each text entails the template filled with each of its labels."""
    check_pairs(inputs)
    meant = sides(pipe)
    pairs = [pair for each in inputs for pair in pairs_of(pipe, each, params.hypothesis_template)]
    with grouped([len(each.candidate_labels) for each in inputs]):
        logits = iter(score(pipe, pairs))
    return [judged(meant, each, list(islice(logits, len(each.candidate_labels))),
                   params.multi_label) for each in inputs]  # fmt: skip


def check_pairs(inputs: list[TextAndLabels]) -> None:
    if (pairs := sum(len(each.candidate_labels) for each in inputs)) > MOST_PAIRS:
        raise InvalidInput(
            f"inputs: {pairs:,} pairs of a text and a label, each of which the model reads, but at "
            f"most {MOST_PAIRS:,} are allowed in one request. Send fewer texts or labels at a time."
        )


def pairs_of(pipe: Encoder, row: TextAndLabels, template: str) -> list[tuple[str, ...]]:
    filled = [fill(template, label) for label in row.candidate_labels]
    text = beginning(pipe, row.text, filled)
    return [(text, each) for each in filled]


def judged(
    meant: tuple[int, int], row: TextAndLabels, logits: list[Any], multi_label: bool
) -> Labels:
    """Each label against its contradiction, or all labels against each other."""
    import numpy as np

    yes, no = meant
    scores = np.stack(logits)
    if multi_label or len(row.candidate_labels) == 1:
        found = applied("softmax", scores[:, [no, yes]])[:, 1]
    else:
        found = applied("softmax", scores[:, yes])
    return sorted_labels(row.candidate_labels, found)


def sides(pipe: Encoder) -> tuple[int, int]:
    """The numbers of the labels "entailment" and "contradiction".

    Where no label is called entailment, it is the last one, as transformers has it.
    """
    names = [name.lower() for name in label_names(pipe)]
    yes = next((at for at, name in enumerate(names) if is_entailment(name)), None)
    if yes is None:
        yes = len(names) - 1
        tell(
            f"None of this model's labels ({', '.join(label_names(pipe))}) is called entailment; "
            "the last one is taken for it."
        )
    against = (at for at, name in enumerate(names) if name.startswith("contradict"))
    return yes, next(against, len(names) - 1 if yes == 0 else 0)


def by_embedding(
    pipe: Embedder, inputs: list[TextAndLabels], params: ZeroShotOptions
) -> list[Labels]:
    """Cosine of each text with each filled template; softmax of it unless labels stand alone."""
    template = params.hypothesis_template
    asked = [
        (each.text, [fill(template, label) for label in each.candidate_labels]) for each in inputs
    ]
    return [
        likened(each, scores, params.multi_label)
        for each, scores in zip(inputs, pipe.similarities(asked), strict=True)
    ]


def likened(row: TextAndLabels, cosines: list[float], multi_label: bool) -> Labels:
    import numpy as np

    scores = np.array(cosines)
    if not multi_label:
        scores = applied("softmax", EMBEDDING_SCALE * scores)
    return sorted_labels(row.candidate_labels, scores)


TASK = Task(
    tag="zero-shot-classification",
    summary="Sort a text into labels of your own, without training",
    inputs=TextAndLabels,
    params=ZeroShotOptions,
    output=Labels,
    load={
        "sentence-transformers": sentence_transformers.load,
        "transformers": classifier.load,
    },
    fits=fits,
    tidy=tidy,
    run=run,
    batch=True,
    together=64,
    weight=lambda row: len(row.candidate_labels),
    default_model="facebook/bart-large-mnli",
    more_models=(
        "MoritzLaurer/deberta-v3-base-zeroshot-v2.0",
        "MoritzLaurer/mDeBERTa-v3-base-mnli-xnli",
        "cross-encoder/nli-deberta-v3-small",
    ),
)
