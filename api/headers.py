"""Response headers of the classic Inference API, and leave for browsers to read them."""

import uuid

from fastapi import Request, Response

EXPOSED = "x-compute-type, x-compute-time, x-request-id, retry-after"
MOST = 128  # characters of a caller's request id


def compute(device: str, seconds: float | None = None) -> dict[str, str]:
    """`x-compute-type`, which is `cpu` or `gpu`, and `x-compute-time` in seconds."""
    kind = {"x-compute-type": "cpu" if device == "cpu" else "gpu"}
    return kind if seconds is None else kind | {"x-compute-time": f"{seconds:.3f}"}


def sign(response: Response, request: Request) -> Response:
    """Adds the caller's own request id, or a new one, to what is sent back."""
    given = request.headers.get("x-request-id", "")
    known = bool(given) and given.isascii() and given.isprintable()
    response.headers["x-request-id"] = given[:MOST] if known else new_id()
    response.headers["access-control-expose-headers"] = EXPOSED
    return response


def new_id() -> str:
    return uuid.uuid4().hex
