"""Whose request it is: by a token, or by the cookie of a browser that has signed in."""

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers

from api.lockout import Lockout
from api.sessions import Sessions
from pipelines.errors import Unauthorized
from store.token import Token

if TYPE_CHECKING:
    from store.tokens import Tokens  # SQLAlchemy, which a server without tokens does without


class Authenticator:
    """Both ways may wait for the database, which `Tokens` asks only now and then. They raise
    Unavailable where it fails: who cannot be looked up is not let in.
    """

    def __init__(self, tokens: "Tokens", sessions: Sessions, lockout: Lockout) -> None:
        self.tokens, self.sessions, self.lockout = tokens, sessions, lockout

    async def by_secret(self, secret: str, address: str) -> Token:
        """Raises Unauthorized for what is no good token here, and TooManyTries."""
        self.lockout.check(address, secret)
        token = await run_in_threadpool(self.tokens.check, secret)
        self.lockout.note(address, secret, token is not None)
        if token is None:
            raise Unauthorized(
                "This token is not known here, or it has expired or was revoked. Check that the "
                "whole of it was copied, or ask whoever runs this server for a new one."
            )
        return token

    async def by_cookie(self, headers: Headers) -> Token | None:
        """None without a session, or when its time or its token has come to an end."""
        number = self.sessions.read(headers)
        return None if number is None else await run_in_threadpool(self.tokens.find, number)
