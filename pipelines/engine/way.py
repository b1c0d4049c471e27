"""The way that a loaded model goes: torch's, until a faster one is found and taken."""

import asyncio
import logging
from contextvars import Context
from pathlib import Path

from pipelines.acceleration.decision import Decision
from pipelines.engine.call import Call, Host, Quick
from pipelines.engine.past import Past
from pipelines.engine.quickening import Quickening
from pipelines.engine.share import Share
from pipelines.errors import TaglineError, WorkerDied

log = logging.getLogger(__name__)


class Way:
    """Of one process. `words` says what the model goes by, empty for torch, and `at_once` how many
    calls at a time it takes so. `search` looks for a faster way, `found` is the one to take next,
    and `news` is set when there is one.
    """

    def __init__(
        self, seeker: Quickening | None, past: Past, share: Share, news: asyncio.Event
    ) -> None:
        self.seeker, self.past, self.share, self.news = seeker, past, share, news
        self.words, self.at_once = "", 1
        self.search: asyncio.Task[None] | None = None
        self.found: tuple[Call, Path, Decision] | None = None

    @property
    def looked_in_vain(self) -> bool:
        """Whether it is known that there is no faster way."""
        return bool(self.search and self.search.done() and not self.found and not self.words)

    def look(self, call: Call) -> None:
        """Once, when the first answer is out."""
        seeker = self.seeker
        if self.search or not seeker or self.past.plain:
            return
        if seeker.able(call, self.share.hardware()):
            # In a context of its own: it is not part of the request whose answer began it.
            self.search = asyncio.create_task(self.find(seeker, call), context=Context())

    async def find(self, seeker: Quickening, call: Call) -> None:
        place, decision = await seeker.find(call, self.share.hardware(), self.share.most)
        if decision.words:
            self.found = (call, place, decision)
            self.news.set()

    async def take(self, host: Host) -> None:
        """Lets the model go on by what was found, between two calls. Raises WorkerDied."""
        assert self.found
        (call, place, decision), self.found = self.found, None
        if not isinstance(host, Quick):
            return
        self.words = decision.words  # before it is tried: a model may die of it
        try:
            self.at_once = await host.adopt(call, str(place), decision.name)
        except WorkerDied:
            raise
        except TaglineError as error:
            self.words = ""
            log.info("%s stays with torch: %s", call.model.shown, error)

    def stop(self) -> None:
        """Nobody needs a faster way any more."""
        if self.search:
            self.search.cancel()
