"""Pictures that go out: as files, as base64, and from one format to another."""

import base64
import io
import json
from collections.abc import Mapping
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from pipelines.kinds.shapes import Media

PNG = "image/png"
TOLD = "parameters"  # the text of a PNG in which other programs look for the same
FORMATS = {PNG: "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


def picture(image: Image.Image, mime: str = PNG, told: Mapping[str, Any] | None = None) -> Media:
    """The picture as a file; a format without transparency gets it on white. `told` is written
    into a PNG as JSON: how the picture was made."""
    file = io.BytesIO()
    if mime == "image/jpeg" and image.mode not in ("RGB", "L"):
        image = image.convert("RGB")
    about = PngInfo()
    if told:
        about.add_text(TOLD, json.dumps(told))
    image.save(file, FORMATS[mime], **({"pnginfo": about} if mime == PNG else {}))
    return {"content": file.getvalue(), "mime": mime}


def told_by(given: Media) -> dict[str, Any]:
    """What `picture` wrote into a file, if anything."""
    if given["mime"] != PNG:
        return {}
    try:
        with Image.open(io.BytesIO(given["content"])) as image:
            return told_in(image)
    except OSError:
        return {}


def told_in(image: Image.Image) -> dict[str, Any]:
    """The same of an open picture; other programs write other things there."""
    try:
        found = json.loads(image.info.get(TOLD, "{}"))
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def media(raw: Any, row: Any = None) -> Any:
    """What a model's own code gives for a picture, as Media: a Pillow image, or the bytes of a
    file; a list of several one by one. Anything else as it is."""
    if isinstance(raw, list):
        return [media(each) for each in raw]
    if isinstance(raw, bytes | bytearray):
        raw = Image.open(io.BytesIO(raw))
    return picture(raw, told=told_in(raw)) if isinstance(raw, Image.Image) else raw


def written(raw: Any, row: Any = None) -> Any:
    """What a model's own code gives, with each Pillow image in it as a PNG in base64."""
    if isinstance(raw, dict):
        return {name: written(value) for name, value in raw.items()}
    if isinstance(raw, list):
        return list(map(written, raw))
    return base64_png(raw) if isinstance(raw, Image.Image) else raw


def base64_png(image: Image.Image) -> str:
    return base64.b64encode(picture(image)["content"]).decode()


def from_base64(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text)))


def convert(given: Media, mime: str) -> Media:
    """The same picture as a file of type `mime`."""
    if mime == given["mime"]:
        return given
    return picture(Image.open(io.BytesIO(given["content"])), mime)
