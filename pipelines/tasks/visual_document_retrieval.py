"""Find the pages that answer a question, by looking at them."""

from typing import Annotated, Any

from pydantic import Field

from pipelines.kinds.files import Images
from pipelines.kinds.inputs import Line
from pipelines.kinds.outputs import Ranks
from pipelines.loaders import retrieving
from pipelines.loaders.seeing import fit_to_see, number
from pipelines.media import Picture
from pipelines.model import Model
from pipelines.task import Inputs, Params, Task


class QueryAndPages(Inputs):
    query: Annotated[
        Line, Field(description="What you look for", examples=["How are pages segmented?"])
    ]
    images: Annotated[
        Images,
        Field(description="Pictures of pages", examples=[["cat.jpg", "page.png", "coffee.jpg"]]),
    ]


class RetrievalOptions(Params):
    top_k: int | None = Field(None, ge=1, le=1000, description="How many pages to return")


def run(pipe: Any, inputs: list[QueryAndPages], params: RetrievalOptions) -> list[Ranks]:
    return [ranked(pipe, each, params.top_k) for each in inputs]


def ranked(pipe: Any, row: QueryAndPages, count: int | None) -> Ranks:
    asked = pipe.query(row.query)
    scores = [score(pipe, asked, each) for each in row.images]
    order = sorted(range(len(scores)), key=lambda at: -scores[at])
    return [{"index": at, "score": scores[at]} for at in order[:count]]


def score(pipe: Any, asked: Any, encoded: Picture) -> float:
    """How well one page answers. Each is decoded alone: together they would take gigabytes."""
    picture = encoded.decode()
    with fit_to_see(picture):
        return number(pipe.score(asked, picture))


def fits(model: Model) -> bool:
    late = model.is_a("ForRetrieval")
    return late if model.library == "transformers" else model.tag == TASK.tag


TASK = Task(
    tag="visual-document-retrieval",
    summary="Find the pages that answer a question, by looking at them",
    inputs=QueryAndPages,
    params=RetrievalOptions,
    output=Ranks,
    load={
        "transformers": retrieving.load,
        "sentence-transformers": retrieving.load_embedder,
    },
    fits=fits,
    run=run,
    default_model="vidore/colpali-v1.3-hf",
    more_models=("vidore/colqwen2-v1.0-hf", "sentence-transformers/clip-ViT-B-32"),
)
