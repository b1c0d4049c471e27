"""What the way from a caller's words to an answer needs of that which runs models."""

from collections.abc import AsyncGenerator
from typing import Any, Protocol

from pipelines.engine.call import Answer, Call, Rules, Status
from pipelines.hardware import Hardware
from pipelines.model import Model


class Runner(Protocol):
    """This machine's engine, or something else that answers calls as it does."""

    @property
    def hardware(self) -> Hardware: ...

    @property
    def rules(self) -> Rules: ...

    async def predict(self, call: Call) -> Answer: ...

    def stream(self, call: Call) -> AsyncGenerator[Any, None]: ...

    def loaded(self, call: Call) -> bool:
        """Whether the call's model could answer at once, or after those before it."""

    async def arrives(self, call: Call, seconds: float) -> bool:
        """Begins to load it; whether the load ends, well or badly, within so many seconds."""

    async def eta(self, call: Call) -> float | None:
        """Seconds until it is there; None where nobody knows."""

    def status(self, model: Model) -> Status: ...
