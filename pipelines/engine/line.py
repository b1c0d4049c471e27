"""A line of calls: a turn for each client, then round again."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from pipelines.allowance import Client
from pipelines.engine.call import Call
from pipelines.engine.sentences import full
from pipelines.errors import TaglineError, TooManyCalls, Unavailable

SHORTEST = 1.0  # seconds to come back after, at least


class Waiter(Protocol):
    """What stands in line. `left` is set when its caller waits no longer."""

    @property
    def call(self) -> Call: ...

    @property
    def left(self) -> asyncio.Event: ...

    def fail(self, error: TaglineError) -> None: ...


W = TypeVar("W", bound=Waiter)


class Line(Generic[W]):
    """Holds at most `most` jobs. When it is full, whoever has most of them makes way.

    `model` is what they wait for and `full` says that no more can wait for it; `news` is set when
    a job arrives; `pace` is the seconds that one lately took.
    """

    def __init__(self, model: str, most: int, full: Callable[[str, int], str] = full) -> None:
        self.model, self.most, self.full = model, most, full
        self.clients: OrderedDict[Client, deque[W]] = OrderedDict()
        self.news = asyncio.Event()
        self.pace = SHORTEST

    def __len__(self) -> int:
        return sum(map(len, self.clients.values()))

    def __iter__(self) -> Iterator[W]:
        return (job for jobs in list(self.clients.values()) for job in list(jobs))

    def push(self, job: W) -> None:
        """Puts `job` behind its client's others. Raises Unavailable where there is no place."""
        if len(self) >= self.most:
            self.make_way(job.call.client)
        self.clients.setdefault(job.call.client, deque()).append(job)
        self.news.set()

    def make_way(self, client: Client) -> None:
        """Sends away the newest job of the client with most, or refuses the newcomer's."""
        own = len(self.clients.get(client, ()))
        heaviest = max(self.clients, key=lambda name: len(self.clients[name]))
        if own + 1 < len(self.clients[heaviest]):
            self.clients[heaviest].pop().fail(self.too_many())
        elif own:
            raise self.too_many()
        else:
            raise Unavailable(self.full(self.model, len(self)), self.patience())

    def too_many(self) -> TooManyCalls:
        return TooManyCalls(
            f"Too many calls of yours wait for {self.model}. Send the next one when some of them "
            "are answered.",
            self.patience(),
        )

    def patience(self) -> float:
        """Seconds until the line will have moved on by a good part."""
        return max(SHORTEST, self.pace * len(self) / 2)

    def put_back(self, job: W) -> None:
        """First of all: its turn had come before."""
        self.clients.setdefault(job.call.client, deque()).appendleft(job)
        self.clients.move_to_end(job.call.client, last=False)
        self.news.set()

    def take(self) -> W | None:
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

    def take_more(self, fits: Callable[[W], bool]) -> list[W]:
        """All those that fit, in the order of their turns: what `take` would give of them."""
        taken: list[W] = []
        turns = [deque(jobs) for jobs in self.clients.values()]
        while turns:
            jobs = turns.pop(0)
            job = jobs.popleft()
            if not job.left.is_set() and fits(job):
                taken.append(job)
            if jobs:
                turns.append(jobs)
        for job in taken:
            self.remove(job)
        return taken

    def remove(self, job: W) -> None:
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
