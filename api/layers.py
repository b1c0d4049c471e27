"""What every request passes before it reaches a route, ours or Gradio's; the outermost first."""

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.types import ASGIApp

from api import look
from api.authentication import Authenticator
from api.doors import Doors
from api.early import Early
from api.embedded import Embedded
from api.frames import Frames, ancestors
from api.guard import Guard
from api.intake import Intake
from api.limits import Limits
from api.lockout import Lockout
from api.observe import Observe, Watcher
from api.origins import Origins
from api.sessions import Sessions
from endpoints.service import Endpoints
from pipelines.inference import Inference
from pipelines.settings import Settings

HOUR = 3600


def layers(
    inference: Inference,
    settings: Settings,
    watchers: Sequence[Watcher],
    endpoints: Endpoints | None = None,
) -> list[Middleware]:
    """Raises TaglineError where the database of tokens cannot be opened."""
    origins = Origins(settings.allow_origins, local=not settings.sign_in)
    doors = Doors(endpoints, settings) if endpoints else None
    return [
        Middleware(Embedded),
        Middleware(Observe, watchers),
        Middleware(Frames, ancestors(settings)),
        Middleware(Early, look.module("early")),
        Middleware(Guard, origins, authenticator(settings) if settings.sign_in else None, doors),
        Middleware(Limits, inference.engine.allowance),
        Middleware(Intake, settings, inference.engine.hardware.memory),
    ]


def authenticator(settings: Settings) -> Authenticator:
    """Imports SQLAlchemy, which a server that asks for no token does without."""
    from store.database import connect
    from store.keys import signing_key
    from store.tokens import Tokens

    engine = connect(settings.database_url)
    sessions = Sessions(signing_key(engine), settings.session_hours * HOUR)
    return Authenticator(Tokens(engine), sessions, Lockout())


def within(app: ASGIApp, stack: list[Middleware]) -> ASGIApp:
    """`app` behind all of them."""
    for each in reversed(stack):
        app = each.cls(app, *each.args, **each.kwargs)
    return app
