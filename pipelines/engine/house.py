"""What all residents share."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from pipelines.engine.call import Placement, Rules
from pipelines.engine.compute import Compute
from pipelines.engine.events import Event
from pipelines.engine.footprints import Footprints
from pipelines.engine.quickening import Quickening
from pipelines.engine.rooms import Rooms
from pipelines.hardware import Hardware
from pipelines.model import Model


@dataclass(frozen=True)
class House:
    """`hold` keeps a model's files in place while it loads; `note` is told what goes wrong, `tell`
    whatever happens; `quickening` looks for faster ways, where any are wanted.
    """

    placement: Placement
    hardware: Hardware
    rules: Rules
    rooms: Rooms
    compute: Compute
    footprints: Footprints
    hold: Callable[[Model], AbstractContextManager[None]]
    note: Callable[[Model, BaseException], None]
    tell: Callable[[Event], None]
    quickening: Quickening | None = None
