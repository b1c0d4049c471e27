"""What a request carries: JSON or raw bytes, within the size limit, and a token."""

from typing import Any

from fastapi import Request
from pydantic_core import from_json

from pipelines.errors import MalformedBody, TooLarge

MB = 1_000_000
# What clients send when they name no type: Python's none, curl's form, a browser's octets.
UNNAMED = ("", "application/x-www-form-urlencoded", "application/octet-stream", "text/plain")


async def read(request: Request, most: float) -> Any:
    """The body as parsed JSON, or as bytes if it is a file. `most` in MB.

    Raises TooLarge before more than that is held, MalformedBody for JSON that is none.
    """
    data = await collect(request, int(most * MB))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.endswith("json") or (kind in UNNAMED and looks_like_json(data)):
        return parse(data)
    return data


async def collect(request: Request, most: int) -> bytes:
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > most:
        raise too_large(most)
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > most:
            raise too_large(most)
    return bytes(data)


def too_large(most: int) -> TooLarge:
    return TooLarge(
        f"The body is larger than {most / MB:g} MB, the most this server takes. Send less, or "
        "raise TAGLINE_MAX_BODY_MB."
    )


def looks_like_json(data: bytes) -> bool:
    return data.lstrip()[:1] in (b"{", b"[") or not data.strip()


def parse(data: bytes) -> Any:
    try:
        return from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise MalformedBody(
            f'The body is not valid JSON: {error}. Send an object such as {{"inputs": "..."}}.'
        ) from error


def token(request: Request) -> str | None:
    """The bearer token of a caller, if he sent one."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() or None if scheme.lower() == "bearer" else None
