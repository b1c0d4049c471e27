"""Who waits for one model and whom it answers: who goes next, with whom, and who tries again."""

from pipelines.engine.batch import Batch, alike
from pipelines.engine.call import Call
from pipelines.engine.job import Job
from pipelines.engine.line import Line
from pipelines.engine.sentences import died, died_twice, not_begun
from pipelines.engine.sizes import Sizes
from pipelines.errors import WorkerDied


class Desk:
    """Of the model and the place of `call`. `line` holds those who wait, `running` those whose turn
    it is, and `sizes` knows how many inputs go best through the model at once.

    In a place of its own a model's death is told to those whom it meets: there may be another place
    that can take the call. Elsewhere they try again.
    """

    def __init__(self, call: Call, most_waiting: int) -> None:
        self.model, self.apart = call.model, bool(call.place.name)
        self.line: Line[Job] = Line(self.model.id, most_waiting)
        self.running: list[Job] = []
        self.sizes = Sizes()

    @property
    def asked(self) -> bool:
        """Whether somebody waits for an answer."""
        return any(job.heard for job in self.running) or len(self.line) > 0

    def jobs(self) -> list[Job]:
        """All that callers wait for."""
        return [*self.running, *self.line]

    def drop(self, job: Job) -> None:
        """The job's caller has left."""
        self.line.remove(job)
        job.leave()

    # Whose turn it is ---------------------------------------------------------------------------

    def begin(self, job: Job) -> None:
        """It is its turn now, beside those that are running."""
        self.running.append(job)
        for each in self.running if len(self.running) > 1 else ():
            each.beside = True

    def next_beside(self, most: int) -> Job | None:
        """Who may begin now beside the others, where the model takes so many at a time."""
        if len(self.running) >= most:
            return None
        job = self.line.take()
        if job and job.alone:  # when the others are done
            self.line.put_back(job)
            return None
        return job

    def join(self, job: Job) -> Job:
        """The running job with those that wait and may go through the model with it."""
        self.running.remove(job)
        job = self.joined(job)
        self.running.append(job)
        return job

    def joined(self, job: Job) -> Job:
        room = self.sizes.most(job.call) - job.call.weight
        if room < 1 or job.streams or job.alone:
            return job

        def fits(other: Job) -> bool:
            nonlocal room
            if not alike(job, other) or other.call.weight > room:
                return False
            room -= other.call.weight
            return True

        others = self.line.take_more(fits)
        return Batch([job, *others]) if others else job

    # Who tries again ----------------------------------------------------------------------------

    def again(self, job: Job) -> None:
        """Back to the head of the line, unless its caller has seen something, or left."""
        if job.left.is_set() or job.over.is_set():
            job.over.set()
        elif job.sent or job.crashes > 1:
            job.fail(died_twice(self.model))
        elif self.apart:
            job.fail(died(self.model) if job.crashes else not_begun(self.model))
        else:
            self.line.put_back(job)

    def part(self, batch: Batch) -> None:
        """The model died under several calls, nobody knows by which: each is tried by itself."""
        for each in reversed(batch.disband()):
            if self.apart:
                each.fail(died(self.model))
            else:
                self.line.put_back(each)

    def set_apart(self, job: Job) -> None:
        """The model died under it and others: its next try is its own, and only that counts."""
        job.alone, job.beside = True, False
        if self.apart and not job.left.is_set():
            job.fail(died(self.model))
        else:
            self.again(job)

    def died_loading(self, error: WorkerDied) -> None:
        """The model died before it answered anybody: who has waited for two such loads hears it."""
        for job in self.line:
            job.crashes += 1
            if job.crashes > 1:
                self.line.remove(job)
                job.fail(error)
