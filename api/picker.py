"""What the first page's search box and the card of a model ask while they are looked at."""

import asyncio
from dataclasses import asdict
from io import BytesIO
from typing import Annotated, Literal

import segno
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api import hands
from api.problems import JSON, Route
from api.standing import standing
from api.texts import COOKIE, Texts, chosen
from pipelines import registry
from pipelines.inference import Inference
from pipelines.models.facts import in_count
from pipelines.models.hub_search import HubSearch
from pipelines.models.offer import in_words
from pipelines.search import Asked, Finder, Row
from pipelines.settings import Settings
from pipelines.unserved import UNSERVED

MOST, MOST_HUB = 60, 12  # rows in one answer
MOST_NAMES = 40  # kept models that a browser may ask for at once
MOST_LINK = 2_000  # characters; a QR code holds less than 3,000 bytes


class Typed(BaseModel):
    """What is typed and which filters are set."""

    q: str = Field("", max_length=200)
    task: str = ""
    library: str = ""
    size: Literal["", "small", "medium", "large", "huge"] = ""
    place: Literal["", "board", "folder", "cache", "hub"] = ""
    fits: bool = False
    names: list[str] = Field([], max_length=MOST_NAMES, description="Models to tell of first")

    @property
    def asked(self) -> Asked:
        return Asked(self.q, self.task, self.library, self.size, self.place, self.fits)


Asking = Annotated[Typed, Query()]


def router(inference: Inference, settings: Settings) -> APIRouter:
    routes = APIRouter(prefix="/picker", route_class=Route, include_in_schema=False)
    finder = Finder(inference, HubSearch(settings))

    @routes.get("/models")
    async def models(asking: Asking) -> Response:
        """Models of this machine; `more` counts those that are left out."""
        loaded = finder.loaded()
        rows = await asyncio.to_thread(finder.here, asking.asked, loaded)
        named = await asyncio.to_thread(finder.named, asking.names, loaded)
        told = {"named": list(map(shown, named)), "rows": list(map(shown, rows[:MOST]))}
        return JSON({**told, "more": max(0, len(rows) - MOST)})

    @routes.get("/hub")
    async def hub(asking: Asking) -> Response:
        """Models of the Hub; none if it is not to be asked, or does not answer."""
        return JSON({"rows": list(map(shown, await finder.on_hub(asking.asked, MOST_HUB)))})

    @routes.get("/choices")
    def choices(request: Request) -> Response:
        """What the filters offer."""
        say = texts(request)
        tasks = [[each.tag, say.word(each.summary)] for each in registry.TASKS.values()]
        tasks += [[tag, say("playground.not_run")] for tag in UNSERVED]
        libraries = {library for task in registry.TASKS.values() for library in task.load}
        libraries |= {model.library for model in inference.models.list() if model.library}
        return JSON({"tasks": tasks, "libraries": sorted(libraries, key=str.casefold)})

    @routes.get("/state")
    async def state(request: Request, model: str, task: str = "") -> Response:
        """Where a model stands. Raises UnknownModel for one that is not here."""
        found, may = inference.models.find(model), hands.may(request.scope, settings)
        known = await asyncio.to_thread(finder.library.of, found)
        now = await standing(inference, found, known, task or None, may, texts(request))
        return JSON(asdict(now) | {"going": now.going})

    @routes.get("/qr")
    def qr(link: Annotated[str, Query(max_length=MOST_LINK)]) -> Response:
        """A link as a QR code, drawn here: no other server learns of it."""
        drawn = BytesIO()
        segno.make(link, micro=False).save(drawn, kind="svg", scale=4, light="#fff", border=2)
        return Response(drawn.getvalue(), media_type="image/svg+xml")

    return routes


def texts(request: Request) -> Texts:
    """The words of whoever asks."""
    accepted = request.headers.get("accept-language", "")
    asked = request.query_params.get("lang")
    return Texts(chosen(asked, request.cookies.get(COOKIE), accepted))


def shown(row: Row) -> dict[str, object]:
    """A row with its sizes in words."""
    size = None if row.bytes is None else in_words(row.bytes)
    count = None if row.parameters is None else in_count(row.parameters)
    return asdict(row) | {"size": size, "count": count}
