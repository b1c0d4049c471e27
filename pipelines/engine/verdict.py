"""What the outcome of a job means for it, and for its model."""

from typing import TYPE_CHECKING

from pipelines.engine.batch import Batch
from pipelines.engine.call import Host
from pipelines.engine.events import Ran
from pipelines.engine.job import Job
from pipelines.errors import WorkerDied

if TYPE_CHECKING:
    from pipelines.engine.resident import Resident


def judge(resident: "Resident", job: Job, host: Host) -> None:
    """The job's work has ended, whichever way."""
    assert job.work
    if job.work.cancelled():
        job.over.set()
        return
    error = job.work.exception()
    if error is None:
        answered(resident, job, host)
    elif isinstance(error, WorkerDied):
        died_under(resident, job)
    else:
        blame(resident, error)
        job.fail(error)


def answered(resident: "Resident", job: Job, host: Host) -> None:
    resident.past.answered()
    resident.share.weigh(host, resident.took)
    measure(resident, job)
    resident.way.look(job.call)
    for trouble in job.troubles if isinstance(job, Batch) else ():
        blame(resident, trouble)


def died_under(resident: "Resident", job: Job) -> None:
    """Who tries again, and whether it is this very job that the model died of."""
    desk = resident.desk
    if isinstance(job, Batch):
        desk.part(job)
    elif job.beside:  # nobody knows by which of them
        desk.set_apart(job)
    else:
        job.crashes += 1
        resident.repeated = job.crashes > 1
        desk.again(job)


def measure(resident: "Resident", job: Job) -> None:
    """What a run that went well says of the next ones, and to those who count."""
    sizes = resident.desk.sizes
    if isinstance(job, Batch) and not job.whole:
        if job.too_large:
            sizes.failed(job.call)
    elif job.began and job.ended and not job.streams:
        sizes.note(job.call, job.ended - job.began)
        resident.house.tell(Ran(job.call))


def blame(resident: "Resident", error: BaseException) -> None:
    if getattr(error, "status", 500) >= 500:  # anything else is the caller's own
        resident.house.note(resident.model, error)
