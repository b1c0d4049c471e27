"""What a run is: of which data set, with which model, and how far it has come."""

import time
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["draft", "running", "stopped", "done"]


class Feed(BaseModel):
    """Where the value of an input comes from: a column, or the same `value` for every row."""

    model_config = ConfigDict(frozen=True)
    column: str | None = None
    value: Any = None


class Plan(BaseModel):
    """What is to be done with each row. `known` are the names of the model's classes by number."""

    model_config = ConfigDict(frozen=True)
    model: str
    revision: str
    task: str
    feeds: dict[str, Feed]
    label: str | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    rows: int
    known: dict[str, str] = Field(default_factory=dict)


class About(BaseModel):
    """A data set and its run. `name` is that of the file, `owner` whose it is, `total` its rows;
    `reason` says why it stopped."""

    model_config = ConfigDict(frozen=True)
    name: str
    owner: str = ""
    made: float = Field(default_factory=time.time)
    total: int
    columns: tuple[str, ...]
    state: State = "draft"
    reason: str = ""
    plan: Plan | None = None
    first: tuple[str | None, str | None] = (None, None)  # a model and a task to begin with
