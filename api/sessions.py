"""The cookie of a browser that has signed in: the number of its token, and when, signed.

The token itself is not in it, so a cookie that is read somewhere opens this server's pages and
nothing more, and only as long as the token is good. Nothing is kept here: to end a session
everywhere is to revoke its token.
"""

from hashlib import sha256

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response

NAME = "tagline_session"
PURPOSE = "tagline sign-in"  # so that nothing else that this key may sign one day passes for one


class Sessions:
    """`key` signs them; they last `seconds`."""

    def __init__(self, key: bytes, seconds: float) -> None:
        self.seconds = int(seconds)
        self.signer = URLSafeTimedSerializer(
            key, salt=PURPOSE, signer_kwargs={"digest_method": sha256}
        )

    def read(self, headers: Headers) -> int | None:
        """The number of the token that signed in; None without a cookie of ours that still holds.

        The signature is compared in constant time.
        """
        try:
            found = self.signer.loads(cookie(headers), max_age=self.seconds)
        except BadSignature:  # SignatureExpired is one too
            return None
        return found if isinstance(found, int) else None

    def begin(self, response: Response, token: int, secure: bool) -> None:
        """Sends the cookie of a new session; `secure` where the browser came by HTTPS."""
        value = self.signer.dumps(token)
        assert isinstance(value, str)
        response.set_cookie(
            NAME, value, max_age=self.seconds, httponly=True, samesite="lax", secure=secure
        )

    def end(self, response: Response, secure: bool) -> None:
        response.delete_cookie(NAME, httponly=True, samesite="lax", secure=secure)


def cookie(headers: Headers) -> str:
    """Ours as it came, or nothing."""
    return cookie_parser("; ".join(headers.getlist("cookie"))).get(NAME, "")
