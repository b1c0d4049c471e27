"""A model at work on one job: how long it may take, and what happens when nobody listens."""

import asyncio
from typing import Any

from pipelines.engine.call import Host
from pipelines.engine.job import Job
from pipelines.engine.sentences import too_slow

STOP_SECONDS = 2.0  # for a model to notice that its call was cancelled, before its process ends


async def attend(job: Job, host: Host, threads: int, seconds: float, reload: float) -> bool:
    """Runs `job` on `host` for `seconds` at most; whether the host had to be ended for that.

    When the caller leaves, the work may still take as long as to `reload` the model would.
    """
    work = job.begin(host, threads)
    leaving = asyncio.ensure_future(job.left.wait())
    both: set[asyncio.Future[Any]] = {work, leaving}
    try:
        await asyncio.wait(both, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not work.done() and leaving.done():
            await asyncio.wait({work}, timeout=max(STOP_SECONDS, reload))
        if work.done():
            return False
        job.fail(too_slow(job.call.model, seconds))
        return await stop(work, host)
    except asyncio.CancelledError:
        await stop(work, host)
        raise
    finally:
        leaving.cancel()


async def stop(work: "asyncio.Task[None]", host: Host) -> bool:
    """Cancels the work; a model that does not notice is ended. Whether it was."""
    if not work.cancelling():  # a second time would look as if the model were free
        work.cancel()
        await asyncio.wait({work}, timeout=STOP_SECONDS)
    if work.done():
        return False
    await host.close()
    await asyncio.wait({work})
    return True
