"""An endpoint as the service holds it in memory: what is kept of it, and what was last seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec

from endpoints.engines import Deployment
from endpoints.moving import Move
from endpoints.spec import Spec, read
from endpoints.status import State, Status
from pipelines.errors import InvalidInput, TaglineError, Unavailable
from pipelines.model import Model
from store.endpoints import Record

# What a replica is made of: a change of these replaces replicas, others hold at once.
OF_REPLICAS = ("model", "task", "engine", "hardware", "dtype", "acceleration", "env")


@dataclass(frozen=True)
class Endpoint:
    """An endpoint as its owner sees it. `by` made it; `path` is its address below the server's."""

    spec: Spec
    status: Status
    version: int
    created: datetime
    updated: datetime
    by: str

    @property
    def path(self) -> str:
        return f"/endpoints/{self.spec.name}"


@dataclass(eq=False)
class Held:
    """`model` is what `spec.model` was found to be, None until then; `trouble` is why it was not.
    `last` is the deployment before this one: it goes on until the new model is there. `move` is
    from the engine where it was to another one, while that goes on.
    """

    record: Record
    spec: Spec
    model: Model | None = None
    trouble: TaglineError | None = None
    retry_at: float = 0.0
    last: Deployment | None = None
    status: Status = field(default_factory=lambda: Status("pending", "It is about to start."))
    move: Move | None = None

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def deployment(self) -> Deployment | None:
        """What an engine should run; None for what is paused."""
        if self.record.paused:
            return None
        if self.model is None and self.last is not None:
            return self.last
        return Deployment(
            self.spec, self.record.version, self.model, self.record.asleep, self.record.secrets
        )

    @property
    def deployments(self) -> list[Deployment]:
        """What engines should run: on both of them while it moves."""
        own = self.deployment
        if self.move is None:
            return [own] if own else []
        return [self.move.old, own] if own and own.model else [self.move.old]

    @property
    def engine(self) -> str:
        """Which engine calls go to."""
        return self.move.engine if self.move and not self.move.arrived else self.spec.engine

    def shown(self) -> Endpoint:
        kept = self.record
        return Endpoint(self.spec, self.seen, kept.version, kept.created, kept.updated, kept.by)

    @property
    def seen(self) -> Status:
        """Its status, if the owner's will or the search for its model do not say another."""
        if self.record.paused:
            events = self.status.events
            return Status("paused", "Its owner paused it; the owner can resume it.", events=events)
        if self.trouble:
            late = isinstance(self.trouble, Unavailable)
            goes_on = self.last or self.move
            failed: State = "updateFailed" if goes_on else "failed"
            state: State = ("updating" if goes_on else "pending") if late else failed
            return replace(self.status, state=state, reason=str(self.trouble))
        if self.model is None and self.last is not None:
            return replace(self.status, state="updating", reason="Its new model is looked for.")
        return self.status


def held(record: Record) -> Held:
    """As a server that starts finds it: one that slept goes on to sleep. Raises Unavailable for
    what another version wrote and this one does not know."""
    asleep = record.asleep or record.state == "scaledToZero"
    try:
        spec = read(msgspec.json.decode(record.spec))
    except InvalidInput as error:
        raise Unavailable(
            f"What is kept of endpoint {record.name} cannot be read: {error} Start the version of "
            "Tagline that wrote it, or change it there."
        ) from error
    return Held(replace(record, asleep=asleep), spec)


def replaces(
    before: Spec, after: Spec, secrets: Mapping[str, str], kept: Mapping[str, str]
) -> bool:
    """Whether a change needs new replicas."""
    same = all(getattr(before, name) == getattr(after, name) for name in OF_REPLICAS)
    return not same or dict(secrets) != dict(kept)


def differences(before: Spec, after: Spec) -> str:
    """The fields that changed, for the log; never the values of secrets, nor of variables."""
    old: dict[str, Any] = before.model_dump()
    new: dict[str, Any] = after.model_dump()
    return ", ".join(name for name in old if old[name] != new[name])
