"""Who may load, unload and pin models by hand: the same on the page as over HTTP."""

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import Scope

from api import callers
from api.origins import is_local
from pipelines.levels import Hands, is_loopback
from pipelines.settings import Settings

WHO: dict[Hands, str] = {
    "local": "Only a caller on the server's own machine may load, unload and pin models.",
    "nobody": "Nobody may load, unload and pin models by hand on a public server: they come when "
    "they are called.",
    "admin": "Only a token of scope admin may load, unload and pin models. The operator makes one "
    "with `python app.py token create --name NAME --scope admin`.",
    "everybody": "Only a caller with a token may load, unload and pin models.",
}


def check(scope: Scope, settings: Settings) -> None:
    """Raises HTTPException, with 403 and the reason, for whoever may not."""
    if not may(scope, settings):
        raise HTTPException(403, why_not(settings))


def may(scope: Scope, settings: Settings) -> bool:
    caller, hands = callers.of(scope), settings.rules.hands
    if hands == "local":
        headers = Headers(scope=scope)
        named = is_local(f"//{headers.get('host')}")  # else a stranger's name leads here
        passed_on = "x-forwarded-for" in headers  # by a proxy, whose callers may be anywhere
        return is_loopback(caller.address) and named and not passed_on
    if hands == "admin":
        return caller.token is not None and caller.token.scope == "admin"
    return hands == "everybody" and caller.token is not None


def why_not(settings: Settings) -> str:
    return WHO[settings.rules.hands]
