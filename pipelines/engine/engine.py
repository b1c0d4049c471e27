"""The owner of loaded models: loads each once, keeps the recently used, forgets the rest."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractContextManager, aclosing, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from pipelines.engine.call import Answer, Call, Host, Placement, State, Status
from pipelines.errors import TaglineError, Unavailable
from pipelines.hardware import Hardware
from pipelines.model import Model

Key = tuple[Any, ...]


def key_of(call: Call) -> Key:
    """Tasks that load a model in the same way share it."""
    return (call.model.id, call.model.revision, call.model.owner, call.loader)


@dataclass
class Loaded:
    """A model on its way in, or there. `users` counts the calls that hold it."""

    model: Model
    host: asyncio.Task[Host]
    began: float = field(default_factory=time.monotonic)
    took: float = 0
    users: int = 0

    def state(self) -> State:
        if not self.host.done():
            return "loading"
        return "busy" if self.users else "warm"


class Engine:
    """Answers calls. All methods belong to one event loop; models run elsewhere.

    At most `max_loaded` models stay; over that, the least recently used idle one goes. `hold`
    keeps a model's files in place while it loads.
    """

    def __init__(
        self,
        placement: Placement,
        hardware: Hardware,
        max_loaded: int = 4,
        load_seconds: float = 600,
        hold: Callable[[Model], AbstractContextManager[None]] = lambda model: nullcontext(),
    ) -> None:
        self.placement = placement
        self.hardware = hardware
        self.max_loaded = max_loaded
        self.load_seconds = load_seconds
        self.hold = hold
        self.loaded: OrderedDict[Key, Loaded] = OrderedDict()
        self.load_times: dict[Key, float] = {}
        self.failures: dict[tuple[str, str], str] = {}

    async def predict(self, call: Call) -> Answer:
        """Answers a batch. Raises the TaglineError that says what went wrong."""
        async with self.held(call) as host:
            start = time.perf_counter()
            values = await host.run(call)
            return Answer(values, time.perf_counter() - start, self.hardware.device)

    async def stream(self, call: Call) -> AsyncGenerator[Any, None]:
        """Yields the chunks of one answer; closing the generator stops the model."""
        async with self.held(call) as host, aclosing(host.stream(call)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def load(self, call: Call) -> None:
        """Loads the call's model without running it."""
        async with self.held(call):
            pass

    async def unload(self, model: Model) -> bool:
        """Forgets an idle `model`; False if it was not loaded. Raises Unavailable while busy."""
        entries = [(k, e) for k, e in self.loaded.items() if e.model == model]
        if any(entry.users for _, entry in entries):
            raise Unavailable(f"{model.id} is answering a call. Try again when it is done.", 5)
        for key, _ in entries:
            await self.drop(key)
        return bool(entries)

    def status(self, model: Model) -> Status:
        """Where `model` stands now, by its most recent use."""
        for key, entry in reversed(self.loaded.items()):
            if entry.model == model:
                waited = entry.took or time.monotonic() - entry.began
                return Status(entry.state(), waited, self.load_times.get(key))
        error = self.failures.get((model.id, model.revision))
        return Status("failed" if error else "cold", error=error)

    async def close(self) -> None:
        """Forgets every model."""
        for key in list(self.loaded):
            await self.drop(key)

    @asynccontextmanager
    async def held(self, call: Call) -> AsyncIterator[Host]:
        """The call's model, loaded, and not to be evicted while held."""
        key = key_of(call)
        entry = self.loaded.get(key) or self.begin(key, call)
        self.loaded.move_to_end(key)
        entry.users += 1
        try:
            yield await self.wait(key, entry)
        finally:
            entry.users -= 1
            await self.make_room()

    def begin(self, key: Key, call: Call) -> Loaded:
        entry = Loaded(call.model, asyncio.create_task(self.start(call)))
        self.loaded[key] = entry
        entry.host.add_done_callback(lambda task: self.settle(key, entry, task))
        return entry

    async def start(self, call: Call) -> Host:
        with self.hold(call.model):
            return await self.placement.start(call)

    def settle(self, key: Key, entry: Loaded, task: asyncio.Task[Host]) -> None:
        """Notes how a load ended; a failed one is forgotten, so that the next call tries again."""
        entry.took = time.monotonic() - entry.began
        name = (entry.model.id, entry.model.revision)
        if not task.cancelled() and task.exception() is None:
            self.load_times[key] = entry.took
            self.failures.pop(name, None)
            return
        if self.loaded.get(key) is entry:
            del self.loaded[key]
        if not task.cancelled():
            self.failures[name] = str(task.exception())

    async def wait(self, key: Key, entry: Loaded) -> Host:
        """The host, once loaded. Whoever gives up waiting does not stop the load for others."""
        try:
            return await asyncio.wait_for(asyncio.shield(entry.host), self.load_seconds)
        except TimeoutError as error:
            raise Unavailable(
                f"{entry.model.id} is still loading after {self.load_seconds:.0f} s. It goes on "
                "loading; try again later, or raise TAGLINE_LOAD_SECONDS.",
                30,
            ) from error

    async def make_room(self) -> None:
        """Drops the least recently used idle models over the limit. A busy one never goes."""
        idle = [k for k, entry in self.loaded.items() if entry.host.done() and not entry.users]
        for key in idle[: max(0, len(self.loaded) - self.max_loaded)]:
            await self.drop(key)

    async def drop(self, key: Key) -> None:
        entry = self.loaded.pop(key, None)
        if entry is None:
            return
        entry.host.cancel()
        try:
            await (await entry.host).close()
        except (asyncio.CancelledError, TaglineError):
            return
