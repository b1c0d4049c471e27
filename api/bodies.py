"""What a request carries: JSON or raw bytes, within the size limit, and a token."""

from collections.abc import AsyncGenerator
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from starlette.formparsers import MultiPartException, MultiPartParser

from api import bearers
from pipelines.errors import InvalidInput, MalformedBody, TooLarge, WrongMedia
from pipelines.reading import explain

MB = 1_000_000
SMALL = 0.1  # MB of a body that only names something
# What clients send when they name no type: Python's none, curl's form, a browser's octets.
UNNAMED = (
    "",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
    "binary/octet-stream",
    "text/plain",
)
FILES = ("image/", "audio/", "video/", "application/ogg", "application/mp4")
MOST_VALUES = 1_000_000  # in one JSON body; each may take 70 bytes of memory for three that came
Aside = TypeVar("Aside", bound=BaseModel)


async def read(request: Request, most: float) -> Any:
    """The body as parsed JSON, or as bytes if it is a file. `most` in MB.

    Raises WrongMedia for a type that no task takes, TooLarge before more than that is held,
    MalformedBody for JSON that is none.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        raise InvalidInput("Send the file itself as the body (curl --data-binary @file), no form.")
    if not (kind.endswith("json") or kind in UNNAMED or kind.startswith(FILES)):
        raise WrongMedia(
            f"A body of type {kind[:80]!r} is not taken here. Send JSON (application/json), or a "
            "picture, sound or video as it is (image/..., audio/..., video/...)."
        )
    data = await collect(request, int(most * MB))
    if kind.endswith("json") or (kind in UNNAMED and looks_like_json(data)):
        return parse(data)
    return data


def is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


async def form(request: Request, most: float) -> dict[str, Any]:
    """The fields of a form: files as bytes, others as text, those that stand several times, or
    whose name ends in [], as lists. `most` in MB.

    Raises InvalidInput for what is no form, TooLarge before more than that is held.
    """
    if not is_form(request):
        raise InvalidInput('Send a form (multipart/form-data), the file in its field "file".')
    data = await collect(request, int(most * MB))
    found: dict[str, list[Any]] = {}
    try:
        parts = await MultiPartParser(request.headers, once(data), max_part_size=len(data)).parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise MalformedBody(f"The body is not a valid form: {error}.") from error
    for name, value in parts.multi_items():
        given = value if isinstance(value, str) else await value.read()
        found.setdefault(name, []).append(given)
    return {n: v if n.endswith("[]") or len(v) > 1 else v[0] for n, v in found.items()}


async def once(data: bytes) -> AsyncGenerator[bytes, None]:
    yield data


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
    if not data.strip():
        raise MalformedBody(
            'The body is empty. Send an object such as {"inputs": "..."}, or a file.'
        )
    if sum(map(data.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise TooLarge(
            f"The body holds more than {MOST_VALUES:,} JSON values. Send less at a time."
        )
    try:
        return from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise MalformedBody(
            f'The body is not valid JSON: {error}. Send an object such as {{"inputs": "..."}}.'
        ) from error


def split(kind: type[Aside], body: Any) -> tuple[Aside, Any]:
    """What of a body is about the exchange itself, validated as `kind`, and what is the task's."""
    if not isinstance(body, dict):
        return kind(), body
    aside = {key: value for key, value in body.items() if key in kind.model_fields}
    rest = {key: value for key, value in body.items() if key not in aside}
    try:
        return kind.model_validate(aside), rest
    except ValidationError as error:
        raise explain(error, kind, "body", "/docs shows what is taken.") from None


async def take(request: Request, kind: type[Aside], example: str) -> Aside:
    """A body that is one `kind` and nothing else. Raises InvalidInput, MalformedBody, TooLarge."""
    return checked(await read(request, SMALL), kind, example)


def checked(body: Any, kind: type[Aside], example: str) -> Aside:
    """The same of a body that has been read."""
    if not isinstance(body, dict):
        raise InvalidInput(f"The body must be a JSON object. Send {example}.")
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise explain(error, kind, "body", f"Send {example}.") from None


def token(request: Request) -> str | None:
    """The caller's own token for the Hub, if he sent one."""
    return bearers.of_the_hub(request.headers)
