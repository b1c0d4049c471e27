"""What the page of endpoints tells its script: who sits before it, and what there is to choose."""

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from starlette.types import Scope

from api import doors, texts
from api.endpoint_bodies import moment
from api.texts import Texts
from endpoints.prices import Prices
from endpoints.service import Endpoint, Endpoints
from pipelines.errors import TaglineError
from pipelines.inference import Inference
from pipelines.search import tags_of
from pipelines.settings import Settings


def draw(
    scope: Scope, inference: Inference, settings: Settings, endpoints: Endpoints, prices: Prices,
    say: Texts,
) -> str:  # fmt: skip
    """As an element that is not seen; its words are those of the reader's language."""
    may = doors.may_manage(scope, settings)
    told: dict[str, Any] = {
        "texts": texts.tables(say.language)["endpoints"],
        "english": texts.LANGUAGES[0] == say.language,
        "may": may,
        "signed": settings.sign_in,
        "engines": list(endpoints.engines),
        "tier": inference.engine.hardware.tier,
        "gpus": len(inference.engine.hardware.gpus),
        "prices": {
            "currency": prices.currency, "source": prices.source, "perHour": dict(prices.per_hour),
        },
        "tasks": tasks(inference) if may else {},
        "open": [] if may else [shown(each) for each in open_to(scope, settings, endpoints)],
    }  # fmt: skip
    return f'<div hidden data-offer="{escape(json.dumps(told, ensure_ascii=False))}"></div>'


def tasks(inference: Inference) -> dict[str, list[str]]:
    """Of each model on this machine, its own first."""
    return {model.id: list(tags_of(model)) for model in inference.models.list()}


def open_to(scope: Scope, settings: Settings, endpoints: Endpoints) -> Sequence[Endpoint]:
    """Those that he may call who may not manage them."""
    return [each for each in endpoints.list() if may_call(scope, settings, each)]


def may_call(scope: Scope, settings: Settings, each: Endpoint) -> bool:
    try:
        doors.check(scope, each.spec, settings)
    except TaglineError:
        return False
    return True


def shown(each: Endpoint) -> dict[str, Any]:
    """Without what is its owner's alone."""
    return {
        "name": each.spec.name, "state": each.status.state, "model": each.spec.model,
        "task": each.spec.task, "path": each.path, "updated": moment(each.updated),
    }  # fmt: skip
