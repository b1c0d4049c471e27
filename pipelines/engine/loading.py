"""How a model comes in: it waits for room, then its process is started and reads the weights."""

import asyncio
from typing import TYPE_CHECKING

from pipelines.engine.call import Host
from pipelines.engine.sentences import not_loaded

if TYPE_CHECKING:
    from pipelines.engine.resident import Resident

LOADS = 4  # times the seconds that a caller waits for a load, which then is given up


async def load(resident: "Resident") -> Host:
    """Raises what came in the way: TooLarge or NoRoom, TooSlow, WorkerDied, or the loader's own."""
    past = resident.past
    if seconds := past.back_off:
        resident.enter("loading", f"waiting {seconds:.0f} s after {past.crashes} crashes")
        await asyncio.sleep(seconds)
    resident.enter("loading", "waiting for room")
    resident.begin_anew()
    await resident.share.take()
    resident.enter("loading", "reading the weights")
    return await start(resident)


async def start(resident: "Resident") -> Host:
    """Raises TooSlow for a load that comes to nothing, long after its callers gave up."""
    house, share, model = resident.house, resident.share, resident.model
    seconds = LOADS * house.rules.load_seconds
    try:
        async with asyncio.timeout(seconds):
            with house.hold(model):
                return await house.placement.start(resident.call, share.hardware(), share.fill)
    except TimeoutError as error:
        raise not_loaded(model, seconds) from error
