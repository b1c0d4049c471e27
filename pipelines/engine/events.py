"""What happens in the engine, for those who count it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from pipelines.engine.call import Call
from pipelines.model import Model

Outcome = Literal["answered", "refused", "failed", "left"]


@dataclass(frozen=True)
class Loaded:
    """A model is there, after so many `seconds`. `place` is the name of its own, if it has one."""

    model: Model
    seconds: float
    place: str = ""


@dataclass(frozen=True)
class Evicted:
    """A loaded model has to leave, for this reason in words."""

    model: Model
    reason: str
    place: str = ""


@dataclass(frozen=True)
class Crashed:
    """A model's process ended by itself; `quarantined` if that was once too often."""

    model: Model
    quarantined: bool
    place: str = ""


@dataclass(frozen=True)
class Ran:
    """A model went through the inputs of `call` at once, which may be those of several callers."""

    call: Call


@dataclass(frozen=True)
class Finished:
    """A call is over, for its caller too.

    It `waited` for its model, a load included, and was then `computed`; `seconds` is all of it,
    until the caller had read the last of a stream, and `at` its end in seconds since 1970.
    `refused` is an error of the caller's own; `left` says that he did not wait for the end.
    """

    call: Call
    outcome: Outcome
    waited: float
    computed: float
    seconds: float
    at: float = field(default_factory=time.time)


Event = Loaded | Evicted | Crashed | Ran | Finished
# Is called in the engine's event loop, a Finished in the caller's own context. It returns at once
# and raises nothing.
Listener = Callable[[Event], None]
