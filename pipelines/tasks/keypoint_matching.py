"""Find the same points in two pictures. No tag of the Hub's, but a task of transformers'."""

from typing import Annotated

from pydantic import Field

from pipelines.kinds import files
from pipelines.kinds.outputs import Matches
from pipelines.loaders.keypoints import Matcher, load_matcher
from pipelines.loaders.seeing import Exact, fit_to_see
from pipelines.model import Model
from pipelines.task import Inputs, Params, Task


class TwoPictures(Inputs):
    image: Annotated[files.Image, Field(description="A picture", examples=["coffee.jpg"])]
    other: Annotated[
        files.Image, Field(description="Another of the same", examples=["coffee_turned.jpg"])
    ]


class MatchOptions(Params):
    threshold: float = Field(0, ge=0, le=1, description="Least score of a match")


def run(pipe: Matcher, inputs: list[TwoPictures], params: MatchOptions) -> list[Matches]:
    return [match(pipe, each, params.threshold) for each in inputs]


def match(pipe: Matcher, row: TwoPictures, threshold: float) -> Matches:
    first, second = row.image.decode(), row.other.decode()
    with fit_to_see(first), fit_to_see(second):
        return pipe.matches((first, second), threshold)


def fits(model: Model) -> bool:
    """The Hub has no tag for them: they carry others."""
    return model.is_a("ForKeypointMatching")


TASK = Task(
    tag="keypoint-matching",
    summary="Find the same points in two pictures",
    inputs=TwoPictures,
    params=MatchOptions,
    output=Matches,
    load={"transformers": Exact(load_matcher)},
    fits=fits,
    run=run,
    batch=True,
    default_model="magic-leap-community/superglue_outdoor",
    more_models=("ETH-CVG/lightglue_superpoint", "zju-community/efficientloftr"),
)
