"""Whose turn a call takes when callers wait for the same model, and who is charged for it."""

from starlette.datastructures import Headers
from starlette.types import Scope

from api import bearers, callers
from pipelines.allowance import Client
from pipelines.inference import Predictor
from pipelines.models.downloads import digest


def turn(scope: Scope, inference: Predictor, session: str | None = None) -> Client:
    """The caller's token names him; where none is asked for, his Hub token or his `session` may."""
    caller = callers.of(scope)
    if caller.token:
        return Client(caller.name, caller.token.quota)
    hub = bearers.of_the_hub(Headers(scope=scope))
    return inference.client(caller.name, digest(hub) if hub else session)
