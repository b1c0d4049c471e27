"""What runs endpoints: this machine's own engine, or a cluster. All of them look the same."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from endpoints.spec import Spec
from endpoints.status import Status
from pipelines.engine.call import Answer, Call
from pipelines.model import Model


@dataclass(frozen=True)
class Deployment:
    """A specification that should be in force.

    `version` grows with each change of what a replica is made of. `asleep` says that nothing of it
    should run until somebody calls it: an engine brings it down when this becomes true, and it
    wakes by a call. `secrets` are the values. `model` is what was found for `spec.model` on the
    server, None while it is still looked for: then it is not yet brought up.
    """

    spec: Spec
    version: int
    model: Model | None = None
    asleep: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """What a replica's process gets on top of its own."""
        return {**self.spec.env, **self.secrets}


@dataclass(frozen=True)
class Line:
    """A line of a replica's log. `at` is seconds since 1970."""

    at: float
    replica: str
    text: str
    level: str = "info"


class EndpointEngine(Protocol):
    """All methods belong to one event loop. Whatever does not answer raises Unavailable, and a name
    that was not applied raises UnknownEndpoint.
    """

    name: str  # as in Spec.engine

    def check(self, spec: Spec) -> None:
        """Raises InvalidInput for what this engine could never run, and says what it has."""

    async def apply(self, wanted: Sequence[Deployment]) -> None:
        """Makes these, and no others, what runs: the whole desired set, again and again. Returns
        when it is accepted, not when it is done: `status` tells how far it has come."""

    async def status(self) -> Mapping[str, Status]:
        """Of all that was applied, by name."""

    async def proxies(self, name: str) -> Sequence[str]:
        """Addresses at which the endpoint's replicas are called; none where they are in-process."""

    async def predict(self, name: str, call: Call) -> Answer:
        """Wakes the endpoint if need be, waits for a replica, and answers. A call that met a dying
        replica is tried once more on another."""

    def stream(self, name: str, call: Call) -> AsyncGenerator[Any, None]:
        """The same, in chunks; nothing is tried again once a chunk was given."""

    async def arrives(self, name: str, seconds: float) -> bool:
        """Wakes it if need be; whether a replica is there within so many seconds. Raises what it
        failed with."""

    async def restart(self, name: str, replica: str) -> None:
        """Puts a new replica in the place of this one, without losing a call."""

    async def logs(self, name: str, replica: str | None = None, tail: int = 50) -> Sequence[Line]:
        """The last lines, of one replica or of all, the oldest first."""

    def follow(self, name: str, replica: str | None = None) -> AsyncGenerator[Line, None]:
        """Lines as they are written, from now on."""

    async def metrics(self, name: str) -> Mapping[str, float]:
        """The engine's own numbers at this moment, by names as Prometheus has them."""

    async def forget(self, name: str) -> None:
        """It was deleted: what lies here of it, such as logs, goes."""

    async def close(self) -> None:
        """Lets go of everything; what runs elsewhere goes on."""
