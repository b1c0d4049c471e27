"""Where folders of models are written to be taken elsewhere: a few at a time, each gone when it has
been sent."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from api import bodies
from api.turns import turn
from deploy import options, targets
from deploy.names import label
from deploy.plan import Plan, plan
from pipelines.errors import Unavailable
from pipelines.inference import Inference
from pipelines.settings import Settings

MOST = 2  # folders that are written or sent at a time
SOON = 10.0  # seconds after which one of them may be done
SPARE = 100_000_000  # bytes that stay free on the disk


class Desk:
    def __init__(self, inference: Inference, settings: Settings) -> None:
        self.inference, self.settings = inference, settings
        self.place = settings.home.expanduser() / "exports"
        self.seats = threading.BoundedSemaphore(MOST)

    async def plan(self, request: Request, name: str, tag: str | None) -> Plan:
        """Of a model that is here for whoever asks; it counts as a call. Raises TaglineError."""
        client = turn(request.scope, self.inference)
        await self.inference.engine.allowance.admit(client)
        token = bodies.token(request)
        return await run_in_threadpool(plan, self.inference.models, name, tag, token)

    @contextmanager
    def turn(self) -> Iterator[Path]:
        """An empty folder, as long as it is needed. Raises Unavailable where too many are."""
        if not self.seats.acquire(blocking=False):
            raise Unavailable("Other exports are being sent. Try again in a moment.", SOON)
        folder: Path | None = None
        try:
            self.place.mkdir(parents=True, exist_ok=True)
            folder = Path(mkdtemp(dir=self.place))
            yield folder
        finally:
            self.seats.release()
            if folder:
                shutil.rmtree(folder, ignore_errors=True)

    def write(self, target: str, about: Plan, scratch: Path, query: dict[str, str]) -> Path:
        """The folder of a target in `scratch`. Raises TaglineError."""
        self.check(target, about, query)
        folder = scratch / named(target, about)
        targets.write(target, about, folder, **options.read(target, query))
        return folder

    def tried(self, target: str, about: Plan, query: dict[str, str]) -> int:
        """The same as `check`; what is but a few texts is written, so that its target can refuse
        an option by itself."""
        size = self.check(target, about, query)
        if size <= targets.TEXTS:
            with self.turn() as scratch:
                self.write(target, about, scratch, query)
        return size

    def check(self, target: str, about: Plan, query: dict[str, str]) -> int:
        """About how many bytes it has. Raises TaglineError for what cannot be written."""
        options.read(target, query)
        size = targets.size(target, about)
        self.place.mkdir(parents=True, exist_ok=True)
        if size + SPARE > shutil.disk_usage(self.place).free:
            raise Unavailable(
                "This server's disk has no room to write the export. Ask its operator, or write "
                "it on another machine with `python app.py export`."
            )
        return size


def named(target: str, about: Plan) -> str:
    return f"{label(about.model.id)}-{target}"
