"""The one middleware that every request passes, ours or Gradio's: it finds out who calls, and
whether he may. Where the level asks for a token, what is not named here is closed.
"""

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api import bearers, callers, cors, headers, problems, sign_in
from api.authentication import Authenticator
from api.callers import Caller
from api.doors import Doors, keep_to
from api.origins import Origins
from api.sign_in import SignIn
from pipelines.errors import Forbidden, TaglineError, Unauthorized
from store.token import PREFIX, Token

OPEN = ("/health", "/health/ready")  # what a load balancer asks
PROBE = "/gradio_api/startup-events"  # Gradio asks itself at the start, and ends if refused
READING = ("GET", "HEAD")
POLICY = 1008  # why a websocket is closed


class Guard:
    """Puts the caller into the scope (`callers.of`), or answers by itself.

    Without an `authenticator` nobody signs in: every caller is his address. `doors` are those to
    endpoints, which have levels of their own.
    """

    def __init__(
        self,
        app: ASGIApp,
        origins: Origins,
        authenticator: Authenticator | None = None,
        doors: Doors | None = None,
    ) -> None:
        self.app, self.origins, self.authenticator = app, origins, authenticator
        self.doors = doors
        self.sign_in = SignIn(authenticator, origins) if authenticator else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        given = Headers(scope=scope)
        send = cors.telling(send, self.origins, given)
        answer = await self.judge(scope, receive, given)
        if answer is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": POLICY})

    async def judge(self, scope: Scope, receive: Receive, given: Headers) -> Response | None:
        """The answer, for whoever comes no further."""
        try:
            if cors.is_preflight(method(scope), given):
                return self.preflight(given)
            if self.sign_in and scope["type"] == "http" and raw(scope) in sign_in.METHODS:
                return await self.sign_in.answer(Request(scope, receive))
            token = await self.token(scope, given)
            keep_to(token, scope)
        except TaglineError as error:
            return refusal(scope, given, error)
        except ClientDisconnect:
            return Response(status_code=problems.HUNG_UP)
        scope[callers.KEY] = Caller(callers.address(scope), token)
        return None

    def preflight(self, given: Headers) -> Response:
        """A preflight has no token by its nature, and gets nothing but leave to ask."""
        if not self.origins.may_read(given):
            raise Forbidden(
                "Pages of other sites may not call this server. TAGLINE_ALLOW_ORIGINS lists those "
                "that may."
            )
        return cors.leave(given)

    async def token(self, scope: Scope, given: Headers) -> Token | None:
        """Whose request it is. Raises TaglineError for what may not pass."""
        if self.authenticator is None:
            self.origins.check_place(given)
            return await self.doors.token(scope, given) if self.doors else None
        if is_open(scope):
            return None
        if secret := bearers.ours(given):
            return await self.authenticator.by_secret(secret, callers.address(scope))
        if self.doors and self.doors.open(scope, raw(scope)):
            return None
        if token := await self.authenticator.by_cookie(given):
            self.origins.check_session(method(scope), given)
            return token
        raise Unauthorized(
            "This server asks for one of its own tokens. Send it in the header Authorization: "
            f"Bearer {PREFIX}...; in a browser, sign in at {sign_in.PATH}."
        )


def refusal(scope: Scope, given: Headers, error: TaglineError) -> Response:
    """A browser that wants a page is sent to sign in; everybody else reads why not.

    Source of the header: RFC 6750, section 3.
    """
    if scope["type"] != "http":
        return Response(status_code=error.status)
    if error.status == 401 and wants_page(scope, given):
        return RedirectResponse(sign_in.address(scope), 303, sign_in.KEEP_OUT)
    request = Request(scope)
    answer = headers.sign(problems.of(request, error), request)
    if error.status == 401:
        wrong = ', error="invalid_token"' if any(bearers.sent(given)) else ""
        answer.headers["www-authenticate"] = f'Bearer realm="Tagline"{wrong}'
    return answer


def is_open(scope: Scope) -> bool:
    """By the very letters that came: no other spelling of a path is open."""
    if method(scope) not in READING:
        return False
    asked = raw(scope)
    return asked in OPEN or (asked == PROBE and callers.is_here(scope))


def raw(scope: Scope) -> str:
    """The path as it was sent, or nothing where decoding changed it."""
    path: str = scope["path"]
    return path if scope.get("raw_path") == path.encode() else ""


def method(scope: Scope) -> str:
    found: str = scope.get("method", "")  # a websocket has none
    return found


def wants_page(scope: Scope, given: Headers) -> bool:
    """Whether a person will read the answer."""
    asks = "text/html" in given.get("accept", "")
    return method(scope) == "GET" and asks and not any(bearers.sent(given))
