"""The Hub's own search, for a visitor who types: it answers soon or not at all.

Protocol: `GET /api/models`, as huggingface_hub's `HfApi.list_models` sends it. That call itself
waits and tries again as long as it likes, so huggingface_hub's session is asked here.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import httpx2
from huggingface_hub import get_async_session

from pipelines.models.hub import AGENT
from pipelines.models.tags import current
from pipelines.settings import Settings

EXPAND = ("pipeline_tag", "library_name", "downloads", "gated", "safetensors")
Query = list[tuple[str, str | int | float | bool | None]]
REST = 60.0  # seconds in which a Hub that did not answer is not asked again


@dataclass(frozen=True)
class Found:
    """A model on the Hub; `parameters` where the Hub has counted them."""

    id: str
    tag: str | None
    library: str | None
    downloads: int
    gated: bool
    parameters: int | None


class HubSearch:
    """`seconds` is how long a search may take. Nothing here is ever raised."""

    def __init__(self, settings: Settings, seconds: float = 3.0) -> None:
        self.seconds = seconds
        self.address = f"{settings.hub.rstrip('/')}/api/models"
        self.allowed = settings.downloads_open and not settings.offline
        self.rests_until = 0.0

    async def find(
        self, text: str, tag: str | None, library: str | None, limit: int
    ) -> list[Found]:
        """Models that have `text` in their id, the most downloaded first; none where the operator
        wants no downloads, or where the Hub does not answer."""
        if not self.allowed or time.monotonic() < self.rests_until:
            return []
        asked = {"search": text, "pipeline_tag": tag, "filter": library, "limit": str(limit)}
        given: Query = [(name, value) for name, value in asked.items() if value]
        given += [("sort", "downloads"), ("direction", "-1")]
        try:
            async with asyncio.timeout(self.seconds):
                rows = await self.ask([*given, *(("expand[]", name) for name in EXPAND)])
            return [read(row) for row in rows]
        except (TimeoutError, httpx2.HTTPError, OSError, ValueError, KeyError, TypeError):
            self.rests_until = time.monotonic() + REST
            return []

    async def ask(self, query: Query) -> Any:
        async with get_async_session() as session:
            answer = await session.get(self.address, params=query, headers={"user-agent": AGENT})
            return answer.raise_for_status().json()


def read(row: Any) -> Found:
    """Raises KeyError, TypeError or ValueError for what is no model."""
    tag, library = row.get("pipeline_tag"), row.get("library_name")
    counted = (row.get("safetensors") or {}).get("total")
    return Found(
        id=str(row["id"]),
        tag=current(tag) if tag else None,
        library=library,
        downloads=int(row.get("downloads") or 0),
        gated=bool(row.get("gated")),
        parameters=int(counted) if counted else None,
    )
