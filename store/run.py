"""A kept run and who asks for it. Apart from the database, which only some servers need."""

from dataclasses import dataclass
from datetime import datetime

from pipelines.recent import Run


@dataclass(frozen=True)
class Visitor:
    """Who asks: his token's id, whether that is of scope admin, and the key of a run if he has
    one."""

    token: int | None = None
    admin: bool = False
    key: str = ""


@dataclass(frozen=True)
class Kept:
    """A kept run. `shared` says that its address is all that is needed to see it."""

    id: str
    shared: bool
    created: datetime
    run: Run
