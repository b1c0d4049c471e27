"""A model at work on one job: how long it may take, and what happens when nobody listens."""

import asyncio
from collections.abc import Callable
from typing import Any

from pipelines.engine.call import Host
from pipelines.engine.job import Job
from pipelines.engine.sentences import too_slow

STOP_SECONDS = 2.0  # for a model to notice that its call was cancelled, before its process ends


async def attend(
    job: Job, host: Host, threads: int, seconds: float, reload: float,
    alone: Callable[[], bool] = lambda: True,
) -> bool:  # fmt: skip
    """Runs `job` on `host` for `seconds` at most; whether the host had to be ended for that, which
    it is not before the job is `alone`.

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
        return await stop(work, host, alone)
    except asyncio.CancelledError:
        await stop(work, host)
        raise
    finally:
        leaving.cancel()


async def stop(
    work: "asyncio.Task[None]", host: Host, alone: Callable[[], bool] = lambda: True
) -> bool:
    """Cancels the work; a model that does not notice is ended, once nobody else is answered by it.
    Whether it was."""
    if not work.cancelling():  # a second time would look as if the model were free
        work.cancel()
        await asyncio.wait({work}, timeout=STOP_SECONDS)
    while not work.done() and not alone():
        await asyncio.wait({work}, timeout=STOP_SECONDS)
    if work.done():
        return False
    await host.close()
    await asyncio.wait({work})
    return True
