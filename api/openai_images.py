"""OpenAI's pictures, of a text or of another picture. Source: the OpenAI API reference."""

import base64
import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, Field

from api import bodies
from api.problems import RESPONSES, Route
from api.ways import Adder, Asked, Exchange, json_of, read, schema
from pipelines.errors import InvalidInput
from pipelines.finding import DRAW, EDIT, REDRAW
from pipelines.formats import convert
from pipelines.inference import Predictor
from pipelines.model import Model


def whole(stream: bool) -> bool:
    if stream:
        raise ValueError("pictures come whole here; the model's own address streams its steps")
    return stream


class Pictures(Asked):
    """What both routes take: OpenAI's fields, and some that diffusion has beyond them."""

    prompt: str
    n: int | None = Field(None, ge=1, le=10)
    size: str | None = None
    response_format: Literal["b64_json"] | None = None
    output_format: Literal["png", "jpeg", "webp"] = "png"
    background: Literal["auto", "opaque"] | None = None
    output_compression: int | None = Field(None, ge=100, le=100)
    quality: Any = None
    stream: Annotated[bool, AfterValidator(whole)] | None = None
    partial_images: int | None = Field(None, ge=0, le=0)
    negative_prompt: str | None = None
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    seed: int | None = None


class Draw(Pictures):
    moderation: Any = None
    style: Any = None


class Edit(Pictures):
    """The fields of a form. `strength` is how much of the picture may change."""

    image: list[bytes] = Field(min_length=1, max_length=1)
    mask: bytes | None = None
    input_fidelity: Any = None
    strength: float | None = None


def router(inference: Predictor, max_body: float) -> APIRouter:
    """Routes of the protocol. `max_body` in MB."""
    routes = APIRouter(route_class=Route, tags=["OpenAI"], responses=RESPONSES)
    add = Adder(routes, inference, max_body)
    add("/images/generations", json_of(Draw), drawings, schema(Draw), "Pictures of a text.")
    form = schema(Edit, "multipart/form-data")
    add("/images/edits", take_form, edits, form, "A picture, changed as a text says.")
    return routes


async def take_form(request: Request, most: float) -> Edit:
    """Raises InvalidInput for what is no such form."""
    fields = await bodies.form(request, most)
    pictures = fields.pop("image[]", None) or fields.pop("image", [])
    pictures = pictures if isinstance(pictures, list) else [pictures]
    if len(pictures) > 1:
        raise InvalidInput("image: the models here change one picture at a time. Send one.")
    if not all(isinstance(each, bytes) for each in (*pictures, fields.get("mask") or b"")):
        raise InvalidInput("image and mask: send files, each with a name, not text.")
    return read(Edit, {**fields, "image": pictures})


async def edits(exchange: Exchange, name: str | None, asked: Edit) -> Response:
    model = await editor(exchange, name)
    files = {"image": asked.image[0], "mask": asked.mask}
    inputs: dict[str, Any] = {
        key: base64.b64encode(file).decode() for key, file in files.items() if file
    }
    options = options_of(asked) | {"strength": asked.strength}
    width, height = size_of(asked.size)
    if width and height:
        options["target_size"] = {"width": width, "height": height}
    if REDRAW.can(model):
        turns, options["prompt"] = REDRAW, asked.prompt
    else:
        turns, inputs["prompt"] = EDIT, asked.prompt
    _, value, answer = await exchange.ask(name or model.id, turns, inputs, options)
    return exchange.told(drawn(value, asked.output_format), answer)


async def editor(exchange: Exchange, name: str | None) -> Model:
    """The model that changes the picture: the one named, else the first that can."""
    if name is not None:
        return await exchange.model(name, REDRAW)
    able = (
        turns for turns in (REDRAW, EDIT) if any(map(turns.can, exchange.inference.models.list()))
    )
    return next(able, REDRAW).first(exchange.inference.models)


async def drawings(exchange: Exchange, name: str | None, asked: Draw) -> Response:
    width, height = size_of(asked.size)
    options = options_of(asked) | {"width": width, "height": height}
    _, value, answer = await exchange.ask(name, DRAW, asked.prompt, options)
    return exchange.told(drawn(value, asked.output_format), answer)


def options_of(asked: Pictures) -> dict[str, Any]:
    """OpenAI's words for it, and diffusion's, as the task's own."""
    return {
        "num_images_per_prompt": asked.n if asked.n != 1 else None,
        "negative_prompt": asked.negative_prompt,
        "num_inference_steps": asked.num_inference_steps,
        "guidance_scale": asked.guidance_scale,
        "seed": asked.seed,
    }


def drawn(value: Any, kind: str) -> dict[str, Any]:
    """OpenAI's list of pictures in base64."""
    files = value if isinstance(value, list) else [value]
    made = [convert(each, f"image/{kind}")["content"] for each in files]
    data = [{"b64_json": base64.b64encode(content).decode()} for content in made]
    return {"created": int(time.time()), "data": data, "output_format": kind}


def size_of(size: str | None) -> tuple[int | None, int | None]:
    """Width and height of `1024x768`. Raises InvalidInput for anything else than that or auto."""
    if size in (None, "auto"):
        return None, None
    width, _, height = str(size).partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise InvalidInput("size: is written as in 512x512, width first; or auto.")
    return int(width), int(height)
