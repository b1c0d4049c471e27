"""A model's name as a model on this machine, brought here from the Hub where that is allowed."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from huggingface_hub import constants

from pipelines.errors import RefusedModel, Unavailable, UnknownModel, UnknownRevision
from pipelines.model import Model
from pipelines.models.catalog import Catalog
from pipelines.models.disk import Disk, unwritable
from pipelines.models.download import Download
from pipelines.models.downloads import digest, point
from pipelines.models.fit import Ceiling
from pipelines.models.flight import Flight, Flights, tell
from pipelines.models.hub import Hub, usable
from pipelines.models.hub_errors import unreachable
from pipelines.models.meter import Meter, Stopped
from pipelines.models.names import Name, is_commit, parse
from pipelines.models.offer import Listener, Offer, Plan, Progress
from pipelines.models.sources import repo_folder
from pipelines.settings import Settings

DOWNLOADS = 8  # at a time; the others wait
ASK_SECONDS = 30.0  # for all that is asked before a download, name servers included

ModelList = list[Model]  # `list` is a method below

__all__ = ["Models", "Offer", "Progress"]


class Models:
    """Finds models, lists them, and fetches them once for all who ask.

    `cache` is the user's own Hugging Face cache, which is only read; what exceeds `ceiling` is not
    downloaded. One object serves one event loop; `find`, `list` and `search` may be called from
    any thread, and never use the network.
    """

    def __init__(
        self, settings: Settings, cache: Path | None = None, ceiling: Ceiling | None = None
    ) -> None:
        self.disk = Disk(settings.home, settings.cache_gb * 1e9)
        self.catalog = Catalog(settings, self.disk, cache or Path(constants.HF_HUB_CACHE))
        self.hub = Hub(settings)
        self.ceiling = ceiling
        self.plans: Flights[Plan] = Flights()
        self.downloads: Flights[None] = Flights()
        # Of their own: a slow download must not take the threads that loads and looks need.
        self.threads = ThreadPoolExecutor(DOWNLOADS, "download")

    @property
    def shown(self) -> str | None:
        """The id of the model that the settings name, or None.

        Raises InvalidInput if they name a path that has no model.
        """
        return self.catalog.shown()

    @property
    def alone(self) -> str | None:
        """The one model of a demo, or None where others are served too."""
        own = self.catalog.alone()
        return str(own) if own else None

    def wanted(self, name: str) -> Name:
        """What a name stands for here. Raises InvalidInput for what is no model id, and, in a demo,
        RefusedModel for every model but its own.
        """
        asked, own = parse(name), self.catalog.alone()
        if own is None:
            return asked
        if asked in (own, Name(own.id)):
            return own
        raise RefusedModel(
            f"This server is a demo of {own} and serves that model alone. Ask for it, or ask its "
            "operator to start it without --demo."
        )

    def find(self, name: str, token: str | None = None) -> Model:
        """The model, if this machine has it. `token` opens what was fetched with that token.

        Raises InvalidInput for what is no model id, UnknownModel if no source has it.
        """
        wanted = self.wanted(name)
        if model := self.catalog.look(wanted, token):
            return model
        raise self.unknown(wanted, token, self.catalog.absent(wanted))

    def unknown(self, wanted: Name, token: str | None, sentence: str) -> UnknownModel:
        """`sentence` as an error: only the revision is unknown if another one is here."""
        here = wanted.revision and self.catalog.look(Name(wanted.id), token)
        return UnknownRevision(sentence) if here else UnknownModel(sentence)

    async def resolve(
        self,
        name: str,
        token: str | None = None,
        progress: Listener | None = None,
        freely: bool = False,
    ) -> Model:
        """The model, downloaded if it must and may be: listed or not, for who asks `freely`.
        `progress` is called in the event loop.

        Raises as `find`, and RefusedModel (a rule of this server, gated, pickle), TooLarge,
        Unavailable (no room now, or the download broke off).
        """
        wanted = self.wanted(name)
        if model := self.catalog.known(wanted, token):
            return model
        plan = await self.plan(wanted, token, progress, freely)
        repo = self.disk.cache(plan.owner) / repo_folder(wanted.id)
        with self.disk.hold(repo):
            await self.fetch(plan, progress)
            self.note(repo, wanted, plan.commit)
            return self.find(name, token)

    async def offer(self, name: str, token: str | None = None) -> Offer:
        """What `resolve` would download: nothing for a model that is here. Raises as `resolve`."""
        wanted = self.wanted(name)
        if model := self.catalog.look(wanted, token):
            return Offer(model.id, model.revision, model.tag, 0, ())
        plan = await self.plan(wanted, token)
        await asyncio.to_thread(self.disk.check, str(wanted), plan.offer.bytes)
        return plan.offer

    def list(self) -> ModelList:
        """Every model that is here for everybody: starters first, then by id."""
        return self.catalog.all()

    def search(self, text: str = "", tag: str | None = None, limit: int = 50) -> ModelList:
        """Those of `list()` whose id, tag, library or free tags have every word of `text`."""
        return self.catalog.search(text, tag, limit)

    def hold(self, model: Model) -> AbstractContextManager[None]:
        """Keeps the files of `model` from being removed, for instance while it is loaded."""
        return self.disk.hold(model.path.parent.parent)

    async def close(self) -> None:
        """Stops every download and waits for its end."""
        await self.plans.close()
        await self.downloads.close()
        self.threads.shutdown(wait=False)

    async def plan(
        self,
        wanted: Name,
        token: str | None,
        progress: Listener | None = None,
        freely: bool = False,
    ) -> Plan:
        try:
            self.hub.check(wanted, freely)
        except UnknownModel as error:
            raise self.unknown(wanted, token, str(error)) from None
        if progress:
            tell(progress, Progress("looking"))
        key = str(wanted), digest(token) if token and usable(token) else None
        return await self.plans.share(key, lambda _: self.ask(wanted, token))

    async def ask(self, wanted: Name, token: str | None) -> Plan:
        try:
            async with asyncio.timeout(ASK_SECONDS):
                plan = await asyncio.to_thread(self.hub.plan, wanted, token)
        except TimeoutError as error:
            raise unreachable(wanted, self.hub.address, TimeoutError("no answer")) from error
        if self.ceiling:
            self.ceiling.check(str(wanted), plan.sizes)
        return plan

    def arriving(self, name: str, token: str | None = None) -> Progress | None:
        """How far the download of `name` has come; None if it is not being downloaded, or for
        somebody else's token alone.
        """
        wanted = self.wanted(name).id
        owners = (None, digest(token) if token else None)
        for key, flight in self.downloads.flying.items():
            if isinstance(key, tuple) and key[0] == wanted and key[2] in owners:
                return flight.last or Progress("looking")
        return None

    def note(self, repo: Path, wanted: Name, commit: str) -> None:
        """Remembers what the revision asked for stands for."""
        try:
            if not is_commit(wanted.revision):
                point(repo, wanted.revision or "main", commit)
        except OSError as error:
            raise unwritable(error) from error

    async def fetch(self, plan: Plan, progress: Listener | None) -> None:
        key = plan.wanted.id, plan.commit, plan.owner
        try:
            await self.downloads.share(key, partial(self.download, plan), progress)
        except Stopped as error:
            raise Unavailable(
                f"The download of {plan.wanted} was stopped. Ask for the model again."
            ) from error

    async def download(self, plan: Plan, flight: Flight[None]) -> None:
        meter = Meter(plan.sizes, flight.report, flight.stop)
        work = Download(self.hub, plan, self.disk.cache(plan.owner), meter)
        await asyncio.get_running_loop().run_in_executor(self.threads, self.fill, work)

    def fill(self, work: Download) -> None:
        """Makes room, then downloads. Blocks."""
        plan, meter = work.plan, work.meter
        meter.report(meter.progress("making room"))
        with self.disk.room(work.repo, str(plan.wanted), plan.offer.bytes, work.missing):
            work.run()
        meter.report(meter.progress("done"))
