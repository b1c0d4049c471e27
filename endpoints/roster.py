"""The endpoints that there are, from memory: nothing here is waited for."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from endpoints.engines import Deployment, EndpointEngine
from endpoints.exports.files import written
from endpoints.held import Endpoint, Held
from endpoints.ledger import Ledger
from endpoints.reconciler import Reconciler
from endpoints.watch import Sample, Watch
from pipelines.errors import TaglineError, Unavailable, UnknownEndpoint
from pipelines.model import Model
from pipelines.models.resolve import Models
from pipelines.settings import Limits

OPEN_SECONDS = 30.0  # for the database to be read, before callers are told to come back


class Roster:
    """`opened` is set when it is known which endpoints there are, or why that is not known."""

    def __init__(
        self, models: Models, engines: Mapping[str, EndpointEngine], ledger: Ledger
    ) -> None:
        self.models, self.engines, self.ledger = models, engines, ledger
        self.all: dict[str, Held] = {}
        self.watches: dict[str, Watch] = {}
        self.listeners: list[Callable[[str, int, float], None]] = []  # name, status, seconds
        self.reconciler = Reconciler(models, engines, ledger, self.everyone, self.watch)
        self.opened, self.needed = asyncio.Event(), asyncio.Event()
        self.trouble: TaglineError | None = None
        self.life: asyncio.Task[None] | None = None

    def everyone(self) -> list[Held]:
        return [*self.all.values()]

    async def settled(self) -> None:
        """Returns when it is known which endpoints there are. Raises Unavailable if that takes too
        long, or another server looks after them."""
        if self.life is None:  # nobody looks after any
            return
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await self.opened.wait()
        except TimeoutError as error:
            raise Unavailable(
                "Which endpoints there are is not known yet. The server's log says why.", 5
            ) from error
        if self.trouble:
            raise self.trouble

    def one(self, name: str) -> Held:
        if name not in self.all:
            raise UnknownEndpoint(
                f"There is no endpoint {name[:80]!r}. The page /endpoints lists those here."
            )
        return self.all[name]

    def get(self, name: str) -> Endpoint:
        return self.one(name).shown()

    def model(self, name: str) -> Model:
        """What it serves. Raises Unavailable while that is still looked for."""
        found = self.one(name)
        before = found.last or (found.move.old if found.move else None)
        model = found.model or (before.model if before else None)
        if model is None:
            raise Unavailable(f"Endpoint {name} has no model yet. {found.seen.reason}", 5)
        return model

    def written(self, name: str, kind: str, limits: Limits, address: str) -> tuple[str, str]:
        """A file for another tool (`endpoints.exports.files`): its name and its text."""
        each = self.one(name)
        model = each.model or (each.last.model if each.last else None)
        return written(kind, Deployment(each.spec, each.record.version, model), limits, address)

    def watch(self, name: str) -> Watch:
        return self.watches.setdefault(name, Watch())

    def history(self, name: str, seconds: float = 3600) -> Sequence[Sample]:
        """A sample every five seconds, the oldest first."""
        self.one(name)
        return self.watch(name).since(seconds)

    def list(self) -> Sequence[Endpoint]:
        """All of them, by name."""
        return [self.all[name].shown() for name in sorted(self.all)]
