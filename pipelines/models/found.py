"""What callers need of the models that there are: to name one, and to see which they may name."""

from collections.abc import Sequence
from typing import Protocol

from pipelines.model import Model
from pipelines.models.offer import Listener


class Found(Protocol):
    """As `pipelines.models.resolve.Models`, which has all models of this machine."""

    @property
    def shown(self) -> str | None: ...

    def find(self, name: str, token: str | None = None) -> Model: ...

    async def resolve(
        self, name: str, token: str | None = None, progress: Listener | None = None
    ) -> Model: ...

    def list(self) -> Sequence[Model]: ...
