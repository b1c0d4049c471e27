"""Sort texts by how well they answer a query."""

from typing import Annotated

from pydantic import Field

from pipelines.kinds.inputs import Lines, Text
from pipelines.kinds.outputs import Ranks
from pipelines.loaders import sentence_transformers
from pipelines.loaders.sentence_transformers import Embedder, Reranker, embeds, reranks
from pipelines.model import Model
from pipelines.reading import Body, with_parameters
from pipelines.task import Inputs, Params, Task


class QueryAndTexts(Inputs):
    query: Annotated[
        Text, Field(description="What is asked", examples=["How do I reset my password?"])
    ]
    texts: Annotated[
        Lines,
        Field(
            description="Candidates, one a line",
            examples=[
                [
                    "Open the account page and choose 'Forgot password'.",
                    "The weather in Paris is mild in autumn.",
                    "A password should have at least twelve characters.",
                    "Our office is closed on public holidays.",
                ]
            ],
        ),
    ]


class RankOptions(Params):
    return_documents: bool = Field(False, description="Send each text back with its score")
    top_k: int | None = Field(None, ge=1, description="Only the best so many")


def tidy(body: Body) -> Body:
    """text-embeddings-inference and the Hub's toolkit put `return_documents` beside the texts."""
    inputs = body.get("inputs")
    if not isinstance(inputs, dict) or "return_documents" not in inputs:
        return body
    inner = {key: value for key, value in inputs.items() if key != "return_documents"}
    more = {"return_documents": inputs["return_documents"]}
    return with_parameters({**body, "inputs": inner}, more)


def fits(model: Model) -> bool:
    return embeds(model) or reranks(model)


def run(pipe: Embedder | Reranker, inputs: list[QueryAndTexts], params: RankOptions) -> list[Ranks]:
    found = pipe.similarities([(each.query, each.texts) for each in inputs])
    return [rank(scores, each.texts, params) for scores, each in zip(found, inputs, strict=True)]


def rank(scores: list[float], texts: list[str], params: RankOptions) -> Ranks:
    """Best first, in the shape of text-embeddings-inference's `/rerank`."""
    order = sorted(range(len(scores)), key=scores.__getitem__, reverse=True)[: params.top_k]
    if params.return_documents:
        return [{"index": i, "score": scores[i], "text": texts[i]} for i in order]
    return [{"index": i, "score": scores[i]} for i in order]


TASK = Task(
    tag="text-ranking",
    summary="Sort texts by how well they answer a query",
    inputs=QueryAndTexts,
    params=RankOptions,
    output=Ranks,
    load={
        "sentence-transformers": sentence_transformers.load,
        "transformers": sentence_transformers.load,
    },
    fits=fits,
    tidy=tidy,
    run=run,
    batch=True,
    together=64,
    weight=lambda row: len(row.texts),
    default_model="cross-encoder/ms-marco-MiniLM-L6-v2",
    more_models=("BAAI/bge-reranker-base", "mixedbread-ai/mxbai-rerank-xsmall-v1"),
)
