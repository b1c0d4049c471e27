"""Compare one sentence with others by meaning."""

from typing import Annotated

from pydantic import Field

from pipelines.kinds.inputs import Lines, Text
from pipelines.kinds.outputs import Scores
from pipelines.loaders import sentence_transformers
from pipelines.loaders.sentence_transformers import Embedder, embeds
from pipelines.task import Inputs, Params, Task


class Sentences(Inputs):
    source_sentence: Annotated[
        Text, Field(description="The sentence to compare", examples=["That is a happy person"])
    ]
    sentences: Annotated[
        Lines,
        Field(
            description="What to compare it with, one a line",
            examples=[
                ["That is a happy dog", "That is a very happy person", "Today is a sunny day"]
            ],
        ),
    ]


class NoOptions(Params):
    pass


def run(pipe: Embedder, inputs: list[Sentences], params: NoOptions) -> list[Scores]:
    return pipe.similarities([(each.source_sentence, each.sentences) for each in inputs])


TASK = Task(
    tag="sentence-similarity",
    summary="Compare one sentence with others by meaning",
    inputs=Sentences,
    params=NoOptions,
    output=Scores,
    load={
        "sentence-transformers": sentence_transformers.load,
        "transformers": sentence_transformers.load,
    },
    fits=embeds,
    run=run,
    batch=True,
    together=64,
    weight=lambda row: len(row.sentences),
    default_model="sentence-transformers/all-MiniLM-L6-v2",
    more_models=("sentence-transformers/all-mpnet-base-v2", "BAAI/bge-small-en-v1.5"),
)
