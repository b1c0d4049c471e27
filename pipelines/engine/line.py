"""The line of calls before one model: a turn for each client, then round again."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterator

from pipelines.engine.job import Job
from pipelines.errors import TaglineError, TooManyCalls, Unavailable

SHORTEST = 1.0  # seconds to come back after, at least


class Line:
    """Holds at most `most` jobs. When it is full, whoever has most of them makes way.

    `news` is set when a job arrives; `pace` is the seconds that one lately took.
    """

    def __init__(self, model: str, most: int) -> None:
        self.model, self.most = model, most
        self.clients: OrderedDict[str, deque[Job]] = OrderedDict()
        self.news = asyncio.Event()
        self.pace = SHORTEST

    def __len__(self) -> int:
        return sum(map(len, self.clients.values()))

    def __iter__(self) -> Iterator[Job]:
        return (job for jobs in list(self.clients.values()) for job in list(jobs))

    def push(self, job: Job) -> None:
        """Puts `job` behind its client's others. Raises Unavailable where there is no place."""
        if len(self) >= self.most:
            self.make_way(job.call.client)
        self.clients.setdefault(job.call.client, deque()).append(job)
        self.news.set()

    def make_way(self, client: str) -> None:
        """Sends away the newest job of the client with most, or refuses the newcomer's."""
        own = len(self.clients.get(client, ()))
        heaviest = max(self.clients, key=lambda name: len(self.clients[name]))
        if own + 1 < len(self.clients[heaviest]):
            self.clients[heaviest].pop().fail(self.too_many())
        elif own:
            raise self.too_many()
        else:
            raise Unavailable(
                f"{self.model} is busy: {len(self)} calls stand in line, as many as this server "
                "lets wait. Try again later, or raise TAGLINE_MAX_WAITING.",
                self.patience(),
            )

    def too_many(self) -> TooManyCalls:
        return TooManyCalls(
            f"Too many calls of yours wait for {self.model}. Send the next one when some of them "
            "are answered.",
            self.patience(),
        )

    def patience(self) -> float:
        """Seconds until the line will have moved on by a good part."""
        return max(SHORTEST, self.pace * len(self) / 2)

    def put_back(self, job: Job) -> None:
        """First of all: its turn had come before."""
        self.clients.setdefault(job.call.client, deque()).appendleft(job)
        self.clients.move_to_end(job.call.client, last=False)
        self.news.set()

    def take(self) -> Job | None:
        """The next job, None where nobody waits. Its client goes to the end."""
        while self.clients:
            client, jobs = self.clients.popitem(last=False)
            job = jobs.popleft()
            if jobs:
                self.clients[client] = jobs
            if not job.left.is_set():
                return job
        self.news.clear()
        return None

    def remove(self, job: Job) -> None:
        jobs = self.clients.get(job.call.client, deque())
        if job in jobs:
            jobs.remove(job)
        if not jobs:
            self.clients.pop(job.call.client, None)

    def fail(self, error: TaglineError) -> None:
        """Nobody here will be answered."""
        for job in self:
            job.fail(error)
        self.clients.clear()
