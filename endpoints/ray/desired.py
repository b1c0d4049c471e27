"""What should run on the cluster, and what was last seen of it: the one writer."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from endpoints.engines import Deployment
from endpoints.ray.application import Application, application, name_of
from endpoints.ray.arguments import arguments
from endpoints.ray.keys import Keys
from endpoints.ray.merge import declared, merged
from endpoints.ray.rest import Details, Rest
from endpoints.ray.standing import status
from endpoints.status import Status
from pipelines.errors import UnknownEndpoint
from pipelines.settings import Limits

FRESH_SECONDS = 0.5  # of what Ray said


class Desired:
    """`seen` is where each endpoint stands, `details` all that Ray said at the last look, which
    `learns` is told of. Where it is `readonly`, others say what runs."""

    def __init__(
        self, rest: Rest, keys: Keys, limits: Limits, learns: Callable[[Details], None],
        readonly: bool = False,
    ) -> None:  # fmt: skip
        self.rest, self.keys, self.limits = rest, keys, limits
        self.learns, self.readonly = learns, readonly
        self.wanted: dict[str, Deployment] = {}
        self.turns: dict[str, int] = {}  # how often its replicas were asked to be made anew
        self.seen: dict[str, Status] = {}
        self.details: Details = {}
        self.looked = 0.0  # when
        self.memory: dict[str, int] = {}  # of each replica, as it told
        self.writing = asyncio.Lock()

    def one(self, name: str) -> Deployment:
        if name not in self.wanted:
            raise UnknownEndpoint(f"No endpoint {name[:80]!r} runs on the Ray cluster.")
        return self.wanted[name]

    # Write --------------------------------------------------------------------------------------

    async def apply(self, wanted: Sequence[Deployment]) -> None:
        self.wanted = {each.spec.name: each for each in wanted}
        await self.write()

    async def write(self) -> None:
        """Puts what should run, if something else does. One at a time."""
        async with self.writing:
            self.learn(await self.rest.details())
            there = declared(self.details)
            ours = [each for d in self.wanted.values() if (each := self.planned(d, there))]
            if (config := merged(self.details, ours)) and not self.readonly:
                await self.rest.put(config)
                self.looked = 0.0

    def planned(
        self, deployment: Deployment, there: Mapping[str, Application]
    ) -> Application | None:
        """While a model is looked for, what ran before goes on."""
        spec = deployment.spec
        name = name_of(spec.name)
        known = there.get(name)
        if deployment.model is None:
            return known
        turn = self.turns.setdefault(spec.name, turn_of(known))
        sealed = self.keys.seal(deployment.secrets, name) if deployment.secrets else ""
        args = arguments(deployment, name, self.limits, sealed, turn)
        return application(spec, args, deployment.asleep)

    async def renew(self, name: str) -> None:
        """Puts new replicas in the place of all, one by one."""
        self.turns[name] = self.turns.get(name, 0) + 1
        await self.write()

    # Read ---------------------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Asks Ray what there is, unless it was asked just now."""
        if time.monotonic() - self.looked > FRESH_SECONDS:
            self.learn(await self.rest.details())

    def learn(self, details: Details) -> None:
        self.details, self.looked = details, time.monotonic()
        self.learns(details)
        apps = details.get("applications", {})
        self.seen = {
            name: status(apps.get(name_of(name)), each, self.memory, self.seen.get(name))
            for name, each in self.wanted.items()
        }
        living = {each.id for status in self.seen.values() for each in status.replicas}
        self.memory = {id: held for id, held in self.memory.items() if id in living}


def turn_of(application: Application | None) -> int:
    args = (application or {}).get("args") or {}
    return int(args.get("turn", 0))
