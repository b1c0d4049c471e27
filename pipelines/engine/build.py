"""The engine that suits the machine and the settings."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from pipelines.allowance import Allowance
from pipelines.engine import zero
from pipelines.engine.call import Call, Placement, Rules
from pipelines.engine.engine import Engine
from pipelines.engine.footprints import Footprints
from pipelines.engine.inline import Inline
from pipelines.engine.memory import Memory, pools
from pipelines.engine.processes import Processes
from pipelines.engine.rooms import Tenant
from pipelines.engine.starting import starter
from pipelines.hardware import Hardware
from pipelines.model import Model
from pipelines.probe import available_memory
from pipelines.settings import Settings


def placement(hardware: Hardware, settings: Settings) -> Placement:
    """Processes, except on ZeroGPU, which lends its GPU to calls of the first process alone.

    Call this before anything heavy is imported: the libraries load beside what follows.
    """
    if hardware.zero:
        return Inline(lend=zero.lend)
    return Processes(starter(), settings.limits)


def place(engine: Engine, call: Call) -> None:
    """Loads the call's model before anything is served, where models live in this process."""
    if isinstance(engine.placement, Inline):
        engine.placement.place(call, engine.hardware)


def memory(hardware: Hardware, settings: Settings) -> Memory[Tenant]:
    """The room for models: by what the machine has, or by what the settings allow."""
    sizes = pools(hardware, settings.memory_gb)
    return Memory(sizes) if hardware.gpus else Memory(sizes, available_memory)


def engine(
    placement: Placement,
    hardware: Hardware,
    memory: Memory[Tenant],
    settings: Settings,
    hold: Callable[[Model], AbstractContextManager[None]],
) -> Engine:
    rules = Rules(
        load_seconds=settings.load_seconds,
        call_seconds=settings.call_seconds,
        room_seconds=settings.room_seconds,
        idle_seconds=settings.idle_seconds,
        most_waiting=settings.max_waiting,
    )
    allowance = Allowance(settings.rate, settings.redis)
    home = settings.home.expanduser()
    footprints = Footprints(hardware, home / "footprints.json")
    return Engine(
        placement, hardware, rules, memory, footprints, hold, allowance,
        home / "acceleration", settings.acceleration,
    )  # fmt: skip
