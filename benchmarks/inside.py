"""An endpoint's model in this very process: what its call costs without a server around it."""

from pathlib import Path

from benchmarks.models import EMBEDDER, call, engine, on_board
from pipelines.engine import zygote
from pipelines.engine.inline import Inline


class Inside:
    """Answers what `benchmarks.deployed.TEXT` asks, by the engine that has models beside it."""

    def __init__(self, home: Path, text: str) -> None:
        zygote.preload()
        self.engine = engine(Inline())
        self.asked = call(on_board(EMBEDDER, home), "feature-extraction", text)

    async def call(self) -> None:
        await self.engine.predict(self.asked)

    async def close(self) -> None:
        await self.engine.close()
