"""An endpoint in the place of an engine and of the models: the routes of every protocol answer over
it as they do over this machine's own.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from endpoints.service import Endpoints
from endpoints.status import State
from pipelines.engine.call import Answer, Call, Rules, Status
from pipelines.engine.call import State as ModelState
from pipelines.errors import UnknownModel
from pipelines.hardware import Hardware
from pipelines.inference import Inference, Predictor
from pipelines.model import Model
from pipelines.models.names import parse
from pipelines.models.offer import Listener

MEANS: Mapping[State, ModelState] = {
    "pending": "loading", "initializing": "loading", "running": "warm", "updating": "warm",
    "updateFailed": "warm", "scaledToZero": "cold", "paused": "failed", "failed": "failed",
}  # fmt: skip


class Only:
    """The one model that an endpoint has, whatever a caller names to clients that must name one;
    with the endpoint's task as its own."""

    def __init__(self, endpoints: Endpoints, name: str) -> None:
        self.endpoints, self.name = endpoints, name

    @property
    def model(self) -> Model:
        found, task = self.endpoints.model(self.name), self.endpoints.get(self.name).spec.task
        return replace(found, tag=task) if task else found

    @property
    def shown(self) -> str | None:
        return self.model.id

    def find(self, name: str, token: str | None = None) -> Model:
        """Raises UnknownModel for the id of another one."""
        if name != self.name and parse(name).id != self.model.id:
            raise UnknownModel(f"This endpoint serves {self.model.id}, and no other model.")
        return self.model

    async def resolve(
        self, name: str, token: str | None = None, progress: Listener | None = None
    ) -> Model:
        return self.model

    def list(self) -> Sequence[Model]:
        return [self.model]


class Face:
    """The endpoint as what runs the model."""

    def __init__(self, endpoints: Endpoints, name: str, here: Hardware) -> None:
        self.endpoints, self.name, self.here = endpoints, name, here

    @property
    def hardware(self) -> Hardware:
        """Of this machine, unless a replica runs elsewhere: then only the device is known."""
        spec = self.endpoints.get(self.name).spec
        if spec.engine == "local":
            return self.here
        return replace(self.here, device="cuda" if spec.hardware.gpus else "cpu")

    @property
    def rules(self) -> Rules:
        spec = self.endpoints.get(self.name).spec
        return Rules(call_seconds=spec.timeout, most_waiting=spec.max_waiting)

    async def predict(self, call: Call) -> Answer:
        return await self.endpoints.predict(self.name, call)

    async def stream(self, call: Call) -> AsyncGenerator[Any, None]:
        async with aclosing(self.endpoints.stream(self.name, call)) as chunks:
            async for chunk in chunks:
                yield chunk

    def loaded(self, call: Call) -> bool:
        return self.endpoints.get(self.name).status.ready > 0

    async def arrives(self, call: Call, seconds: float) -> bool:
        return await self.endpoints.arrives(self.name, seconds)

    async def eta(self, call: Call) -> float | None:
        return None

    def status(self, model: Model) -> Status:
        now = self.endpoints.get(self.name).status
        return Status(MEANS[now.state], now.reason, waiting=now.waiting, memory=now.memory)


def predictor(endpoints: Endpoints, name: str, inference: Inference) -> Predictor:
    """What the routes need, over the endpoint of that name."""
    return Predictor(
        Only(endpoints, name),
        Face(endpoints, name, inference.engine.hardware),
        inference.limits,
        inference.trusting,
        inference.quota,
    )
