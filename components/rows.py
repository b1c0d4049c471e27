"""A row of validated inputs as plain values: for a browser to remember, or for the widgets."""

import base64
from collections.abc import Callable
from mimetypes import guess_type
from typing import Any

from pydantic import BaseModel

from components import files
from components.files import Media
from pipelines.media import Picture, Sound
from pipelines.video import Clip

SAFE = (1 << 53) - 1  # the largest whole number that a script holds exactly
MOST = 1_000_000  # bytes of the files of one run that a browser remembers


def walked(value: Any, file: Callable[[Media], Any]) -> Any:
    """`value` as lists and objects, each file in it as what `file` makes of it."""
    if isinstance(value, Picture | Sound | Clip):
        return file(value)
    if isinstance(value, BaseModel):
        names = value.model_fields_set
        return {name: walked(getattr(value, name), file) for name in names}
    if isinstance(value, list | tuple):
        return [walked(each, file) for each in value]
    if isinstance(value, dict):
        return {name: walked(each, file) for name, each in value.items()}
    return value


def fields(row: BaseModel) -> dict[str, Any]:
    """What of a row says something, in the order of its fields."""
    given = {name: getattr(row, name) for name in type(row).model_fields}
    return {name: value for name, value in given.items() if value is not None}


def placed(row: BaseModel) -> dict[str, Any]:
    """With files as paths that the page can show."""
    return {name: walked(value, files.placed) for name, value in fields(row).items()}


def told(row: BaseModel) -> dict[str, Any]:
    """For JSON: a file as its kind and size, and as a data URL where there is room for it."""
    room = MOST

    def tell(file: Media) -> dict[str, Any]:
        nonlocal room
        about = {"file": files.kind_of(file), "bytes": len(file.data)}
        if len(file.data) > room:
            return about
        room -= len(file.data)
        return about | {"data": data_url(file)}

    return {name: exact(walked(value, tell)) for name, value in fields(row).items()}


def exact(value: Any) -> Any:
    """`value` for a script, which would round larger whole numbers: those as text."""
    if isinstance(value, dict):
        return {name: exact(each) for name, each in value.items()}
    if isinstance(value, list):
        return list(map(exact, value))
    return str(value) if isinstance(value, int) and abs(value) > SAFE else value


def data_url(file: Media) -> str:
    mime = guess_type(f"file.{files.ending(file)}")[0] or "application/octet-stream"
    return f"data:{mime};base64,{base64.b64encode(file.data).decode()}"
