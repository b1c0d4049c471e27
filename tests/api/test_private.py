"""A model that one visitor's token fetched: nobody else reads its name."""

from dataclasses import replace
from typing import Any

import httpx

from api.app import build
from api.texts import Texts
from components import gauges, shares
from pipelines.engine.engine import Engine
from pipelines.inference import Inference
from tests.api.local import SETTINGS, inference, listening
from tests.conftest import IRIS


def engine_with_a_secret() -> tuple[Inference, Any]:
    found = inference(object())
    call = found.main_call(found.models.find(IRIS))
    return found, replace(call, model=replace(call.model, id="secret/model", owner="somebody"))


async def held(engine: Engine, call: Any) -> str:
    await engine.load(call)
    page = gauges.models(engine.all(), Texts()) + shares.memory(engine.memory, Texts())
    await engine.close()
    return page


async def test_the_page_does_not_name_it() -> None:
    found, call = engine_with_a_secret()
    page = await held(found.engine, call)
    assert "a private model" in page
    assert "secret" not in page


def test_the_status_does_not_name_it() -> None:
    found, call = engine_with_a_secret()
    app = build(found, SETTINGS)

    @app.get("/load-it")
    async def load() -> None:
        await found.engine.load(call)

    with listening(app) as url:
        httpx.get(f"{url}/load-it")
        told = httpx.get(f"{url}/status")
    assert "a private model" in told.text
    assert "secret" not in told.text
