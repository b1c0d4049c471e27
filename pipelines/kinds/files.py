"""Files that go into a task: they travel as encoded bytes, and only their headers are read here."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core.core_schema import CoreSchema

from pipelines.errors import InvalidInput
from pipelines.kinds.inputs import Kind, check_items, limits, problem
from pipelines.media import Picture, Sound
from pipelines.settings import Limits
from pipelines.video import Clip


def as_bytes(value: Any) -> Any:
    """Base64, or a data URL, to bytes; anything else as it is."""
    if not isinstance(value, str):
        return value
    if value[:8].lower().startswith(("http://", "https://")):
        raise problem("url", "is a URL; send the file itself, as bytes or base64")
    if value.startswith("data:"):
        value = value.partition(",")[2]
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise problem("base64", "is neither bytes nor base64") from error


def read_file(make: Callable[[bytes, Limits], Any]) -> PlainValidator:
    """A validator from encoded bytes to a Picture or Sound whose header has been checked."""

    def read(value: Any, info: ValidationInfo) -> Any:
        data = as_bytes(value)
        if not isinstance(data, bytes):
            raise problem("bytes_type", "should be bytes or base64")
        made = make(data, limits(info))
        try:
            made.check()
        except InvalidInput as error:
            raise problem("file", f"cannot be used. {error}") from error
        return made

    return PlainValidator(read)


@dataclass(frozen=True)
class FileKind(Kind):
    """A kind that travels as encoded bytes: base64 in JSON, a file elsewhere."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "contentEncoding": "base64", "x-kind": self.name}


ENCODED = PlainSerializer(lambda value: value.data, return_type=bytes)
Image = Annotated[
    Picture,
    read_file(lambda data, most: Picture(data, most.pixels, most.bounded)),
    ENCODED,
    FileKind("image"),
]
Audio = Annotated[
    Sound,
    read_file(lambda data, most: Sound(data, most.seconds, most.bounded)),
    ENCODED,
    FileKind("audio"),
]
Video = Annotated[
    Clip,
    read_file(lambda data, most: Clip(data, most.seconds, most.pixels, most.frames, most.bounded)),
    ENCODED,
    FileKind("video"),
]
# Drawn over the picture in the field `image`: white where something is to be done
Mask = Annotated[
    Picture,
    read_file(lambda data, most: Picture(data, most.pixels, most.bounded)),
    ENCODED,
    FileKind("mask"),
]
Images = Annotated[list[Image], Kind("images"), Field(min_length=1), BeforeValidator(check_items)]
