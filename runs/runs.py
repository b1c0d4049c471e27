"""The runs that go on in this server: they belong to it, not to a browser's tab."""

import asyncio
import logging
from contextlib import ExitStack
from dataclasses import dataclass

from pipelines.allowance import Client
from pipelines.errors import InvalidInput, TaglineError, TooManyCalls
from pipelines.inference import Inference
from runs.about import About, Plan
from runs.job import Job
from runs.kept import Kept, Shelf

log = logging.getLogger(__name__)
OTHER = "This run was begun with other settings. Reload the page to see it."
FAILED = "Something went wrong here. The server's log has the details."


@dataclass(frozen=True)
class Standing:
    """Where a run stands: `rate` in rows a second and `waiting` for what, while it goes on."""

    about: About
    running: bool
    done: int
    failed: int
    judged: int
    right: int
    rate: float | None = None
    waiting: str = ""

    @property
    def rows(self) -> int:
        return self.about.plan.rows if self.about.plan else self.about.total

    @property
    def eta(self) -> float | None:
        """Seconds still to go."""
        return (self.rows - self.done) / self.rate if self.rate else None


class Runs:
    """All methods belong to the engine's event loop. `each` is how many of one owner go on."""

    def __init__(self, inference: Inference, shelf: Shelf, each: int) -> None:
        self.inference, self.shelf, self.each = inference, shelf, each
        self.going: dict[str, tuple[Job, asyncio.Task[None]]] = {}

    def start(self, kept: Kept, plan: Plan, client: Client) -> None:
        """Begins, or goes on where it was. Raises Unavailable where it goes on already,
        TooManyCalls for one too many, and what is wrong with the plan."""
        about = kept.about
        if about.state != "draft" and about.plan != plan:
            raise InvalidInput(OTHER)
        owner = about.owner
        mine = [id for id in self.going if self.shelf.get(id).about.owner == owner]
        if kept.id not in self.going and len(mine) >= self.each:
            raise TooManyCalls(
                f"{len(mine)} of your runs go on already. Stop one, or wait for its end."
            )
        job = Job(self.inference, kept, plan, client)
        with ExitStack() as held:
            held.enter_context(kept.alone())
            kept.change(state="running", reason="", plan=plan)
            task = asyncio.create_task(self.work(kept, job, held.pop_all()))
        self.going[kept.id] = (job, task)

    async def work(self, kept: Kept, job: Job, held: ExitStack) -> None:
        try:
            await job.run()
            kept.change(state="done")
        except asyncio.CancelledError:
            kept.change(state="stopped")
            raise
        except TaglineError as error:
            kept.change(state="stopped", reason=str(error))
        except Exception:
            log.exception("A run over a data set failed.")
            kept.change(state="stopped", reason=FAILED)
        finally:
            held.close()
            self.going.pop(kept.id, None)

    async def stop(self, kept: Kept) -> None:
        """Rows that are being answered are left for the next start."""
        if kept.id in self.going:
            _, task = self.going[kept.id]
            task.cancel()
            await asyncio.wait({task})

    async def close(self) -> None:
        for id in list(self.going):
            await self.stop(self.shelf.get(id))

    def standing(self, kept: Kept) -> Standing:
        """A run that was going when its server ended is told as stopped."""
        about, counts = kept.about, kept.ledger.counts()
        job = self.going[kept.id][0] if kept.id in self.going else None
        running = job is not None or (about.state == "running" and kept.taken)
        if about.state == "running" and not running:
            about = about.model_copy(update={"state": "stopped"})
        return Standing(
            about,
            running,
            counts.done,
            counts.failed,
            counts.judged,
            counts.right,
            job.pace.rate if job and job.pace.done else None,
            job.pace.waiting if job else "",
        )
