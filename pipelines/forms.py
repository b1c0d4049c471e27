"""Inputs and parameters that several tasks share."""

from typing import Annotated

from pydantic import Field

from pipelines import kinds
from pipelines.reading import Body
from pipelines.task import Inputs, Params


class NoOptions(Params):
    """A task without parameters."""


class Picture(Inputs):
    """One picture."""

    image: Annotated[
        kinds.Image, Field(description="A picture", examples=["cat.jpg", "coffee.jpg"])
    ]


def table_at_root(body: Body) -> Body:
    """huggingface_hub sends `table` at the root of the body instead of `inputs`."""
    if "table" not in body or "inputs" in body:
        return body
    rest = {key: value for key, value in body.items() if key != "table"}
    return {**rest, "inputs": {"data": body["table"]}}
