"""How long a caller wants to wait for a model that is not loaded.

Source: headers and `options` of the classic Inference API, and the proxy of Inference Endpoints.
By default a call is held until the model is there, since no client repeats one by itself.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from api import bodies
from pipelines.engine.call import Call
from pipelines.errors import InvalidInput, Loading, UnknownModel
from pipelines.inference import Predictor
from pipelines.model import Model
from pipelines.models.offer import Progress

NO, YES = ("0", "false", "no", "off"), ("1", "true", "yes", "on")
USUAL = 20.0  # seconds told for a load that nobody has timed yet, as the classic API has it
LOOK_SECONDS = 1.0  # in which the Hub may say that there is no such model
under_way: "set[asyncio.Task[Any]]" = set()  # downloads that nobody waits for


@dataclass(frozen=True)
class Patience:
    """`seconds` to wait at most, None for as long as it takes; `load` is off for a caller who wants
    an answer only of what is loaded already; `cached` is off for one who wants no answer that was
    kept from before."""

    seconds: float | None = None
    load: bool = True
    cached: bool = True

    @property
    def endless(self) -> bool:
        """Whether he waits for the model as long as it takes, as most do."""
        return self.load and self.seconds is None


def of(request: Request, options: Any) -> Patience:
    """What headers, or the body's `options`, say. Raises InvalidInput for what means nothing."""
    given = options if isinstance(options, dict) else {}
    wait = flag(request, "x-wait-for-model", given.get("wait_for_model"))
    load = flag(request, "x-load-model", None)
    cached = flag(request, "x-use-cache", given.get("use_cache"))
    seconds = number(request, "x-scale-up-timeout")
    if seconds is None and wait is False:
        seconds = 0.0
    return Patience(seconds, load is not False, cached is not False)


def flag(request: Request, name: str, other: Any) -> bool | None:
    said = request.headers.get(name)
    text = str(other if said is None else said).strip().lower()
    if text in (*NO, *YES):
        return text in YES
    if said is None:
        return None  # the body's options may hold anything: the classic API took no notice either
    raise InvalidInput(f"{name}: is 1 or 0, not {said[:40]!r}.")


def number(request: Request, name: str) -> float | None:
    said = request.headers.get(name)
    if said is None:
        return None
    try:
        seconds = float(said)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= 86_400:
        raise InvalidInput(f"{name}: is a number of seconds, not {said[:40]!r}.")
    return seconds


async def find(inference: Predictor, request: Request, name: str, patience: Patience) -> Model:
    """The model, downloaded where it must, but waited for no longer than the caller has patience.

    Raises Loading while a download goes on without him.
    """
    token = bodies.token(request)
    if patience.endless:
        return await inference.models.resolve(name, token)
    try:
        return inference.models.find(name, token)
    except UnknownModel:
        if not patience.load:
            raise
    seen: list[Progress] = []
    coming = asyncio.create_task(inference.models.resolve(name, token, seen.append))
    under_way.add(coming)
    coming.add_done_callback(forget)
    await asyncio.wait({coming}, timeout=max(patience.seconds or 0, LOOK_SECONDS))
    if not coming.done():
        eta = seen[-1].eta if seen else None
        raise Loading(f"Model {name} is currently loading: it is being downloaded.", eta or USUAL)
    return coming.result()


def forget(coming: "asyncio.Task[Any]") -> None:
    under_way.discard(coming)
    coming.cancelled() or coming.exception()  # which whoever asks next is told


async def hold(inference: Predictor, call: Call, patience: Patience) -> bool:
    """Waits for the call's model as long as the caller has patience; False if he wants no load and
    it is not there.

    Raises Loading for a model that is still on its way then; it goes on loading.
    """
    engine = inference.engine
    if not patience.load:
        return engine.loaded(call)
    if patience.seconds is None:
        return True
    if not await engine.arrives(call, patience.seconds):
        left = await engine.eta(call)
        raise Loading(f"Model {call.model.shown} is currently loading", left or USUAL)
    return True
