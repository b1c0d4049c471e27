"""From no replica to one: Ray scales up for a call that waits, so one is sent that waits."""

import asyncio
import logging
from contextlib import aclosing, suppress

from endpoints.local.calls import failed
from endpoints.ray import frames
from endpoints.ray.application import name_of
from endpoints.ray.desired import Desired
from endpoints.ray.doors import Doors
from pipelines.errors import ModelFailed, TooManyCalls, TooSlow, Unavailable, WorkerDied

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0  # between two looks at whether it failed meanwhile
LONGEST = 900.0


class Waking:
    """One task for each endpoint that wakes up, however many calls wait for it."""

    def __init__(self, desired: Desired, doors: Doors) -> None:
        self.desired, self.doors = desired, doors
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def awaken(self, name: str) -> None:
        """Returns when a replica takes calls; at once where one was seen lately. Raises what the
        endpoint failed with."""
        if not self.is_up(name):
            await asyncio.shield(self.task(name))

    async def arrives(self, name: str, seconds: float) -> bool:
        """Whether one is there within `seconds`; it goes on waking up in any case."""
        if self.is_up(name):
            return True
        task = self.task(name)
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            task.result()
        return task.done()

    def is_up(self, name: str) -> bool:
        self.desired.one(name)
        seen = self.desired.seen.get(name)
        return seen is not None and seen.ready > 0

    def task(self, name: str) -> "asyncio.Task[None]":
        task = self.tasks.get(name)
        if task is None or task.done():
            task = self.tasks[name] = asyncio.create_task(self.wake(name))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def wake(self, name: str) -> None:
        """Raises Unavailable where nothing comes in a quarter of an hour."""
        ping = asyncio.create_task(self.ping(name))
        try:
            async with asyncio.timeout(LONGEST):
                while not ping.done():
                    await asyncio.wait({ping}, timeout=LOOK_SECONDS)
                    await self.look(name)
            ping.result()
        except TimeoutError as error:
            raise Unavailable(
                f"Endpoint {name} has no replica after {LONGEST:.0f} s. Its page says why.", 60
            ) from error
        finally:
            ping.cancel()

    async def ping(self, name: str) -> None:
        """Raises Unavailable where Ray itself is gone."""
        body, said = frames.body("ping"), ""
        while True:
            try:
                async with aclosing(self.doors.ask(name_of(name), body, None)) as found:
                    async for _ in found:
                        return
            except Unavailable:
                await self.desired.refresh()
            except (WorkerDied, TooManyCalls, TooSlow) as error:
                # A proxy or a replica ended, and another one comes; or others wait as this does.
                if str(error) != said:
                    log.info("Endpoint %s is not awake yet: %s", name, error)
                said = str(error)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self, name: str) -> None:
        """Raises what it failed with."""
        with suppress(Unavailable):  # the ping tells of a cluster that is gone
            await self.desired.refresh()
        seen = self.desired.seen.get(name)
        if seen and seen.state == "failed":
            raise failed(name, ModelFailed(seen.reason))

    async def close(self) -> None:
        for task in self.tasks.values():
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
