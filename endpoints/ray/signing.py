"""The header by which a replica knows that a call comes from Tagline.

HMAC-SHA256 over method, path, digest of the body, and time. The header is checked before the body
is read, then the body against its digest.
"""

import hashlib
import hmac
import time
from collections.abc import Callable

from pipelines.errors import Forbidden

HEADER = "x-tagline-signature"
PAST_SECONDS = 900  # a call may wait that long in the cluster before a replica takes it
FUTURE_SECONDS = 60  # by which the clock of a node may be behind
REFUSED = "Replicas answer Tagline alone. Call the endpoint at Tagline's own address."
Now = Callable[[], float]


def sign(key: bytes, path: str, body: bytes, now: float) -> str:
    """The header's value for a POST of `body` to `path`."""
    digest = hashlib.sha256(body).hexdigest()
    return f"{int(now)}.{digest}.{code(key, path, digest, int(now))}"


def code(key: bytes, path: str, digest: str, at: int) -> str:
    said = f"POST\n{path}\n{digest}\n{at}"
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()


def check(key: bytes, path: str, header: str, now: Now = time.time) -> str:
    """The digest that the body must have. Raises Forbidden."""
    at, _, rest = header.partition(".")
    digest, _, given = rest.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) < 13):
        raise Forbidden(REFUSED)
    if not hmac.compare_digest(code(key, path, digest, int(at)).encode(), given.encode()):
        raise Forbidden(REFUSED)
    if not -FUTURE_SECONDS <= now() - int(at) <= PAST_SECONDS:
        raise Forbidden(
            "This call was signed too long ago, or the clock of this node is wrong. Set the clocks "
            "of all machines (NTP), and send the call again."
        )
    return digest


def check_body(digest: str, body: bytes) -> None:
    """Raises Forbidden for another body than was signed."""
    if not hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), digest.encode()):
        raise Forbidden(REFUSED)
