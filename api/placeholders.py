"""Examples of bodies, with small valid files in place of large ones."""

import base64
import math
from functools import cache
from typing import Any

from pipelines import encode, films, pictures, samples
from pipelines.model import Model
from pipelines.samples import Sample
from pipelines.slots import Slot, slots
from pipelines.task import Task

SIDE = 64  # pixels
RATE = 8_000  # Hz
FRAMES = 8
Example = dict[str, Any]


def bodies(task: Task, model: Model | None) -> dict[str, Example]:
    """The examples that `model` has, or else the task's, as OpenAPI has them; what differs in its
    files alone is one."""
    found = samples.of_model(task, model) if model else samples.of_task(task)
    made = [body(task, each) for each in found]
    some = [each for at, each in enumerate(made) if each not in made[:at]]
    return {f"Example {at}": {"value": each} for at, each in enumerate(some, 1)}


def body(task: Task, sample: Sample) -> Example:
    given = sample.inputs
    row = {
        slot.name: value(slot, given[slot.name])
        for slot in slots(task.inputs)
        if slot.name in given
    }
    options = {"parameters": sample.parameters} if sample.parameters else {}
    return {"inputs": inputs(task, row), **options}


def inputs(task: Task, row: Example) -> Any:
    """A row as a caller writes it: of a task that asks for one field, its bare value."""
    required = [slot.name for slot in slots(task.inputs) if slot.required]
    return row[required[0]] if list(row) == required[:1] == required else row


def value(slot: Slot, given: Any) -> Any:
    """An example's value, its files as placeholders."""
    if slot.is_file:
        return file("image" if slot.kind == "mask" else slot.kind)
    if slot.kind == "images":
        return [file("image") for _ in given]
    if slot.media:
        return [{**turn, "content": parts(turn["content"])} for turn in given]
    return given


def parts(content: Any) -> Any:
    return content if isinstance(content, str) else list(map(part, content))


def part(given: Any) -> Any:
    return given if given["type"] == "text" else {**given, given["type"]: file(given["type"])}


@cache
def file(kind: str) -> str:
    """A small picture, sound or video in base64."""
    return base64.b64encode({"image": image, "audio": audio, "video": video}[kind]()).decode()


def image() -> bytes:
    """A slope of grey."""
    return pictures.picture(slope(0))["content"]


def audio() -> bytes:
    """A quarter of a second of the note A."""
    wave = [0.5 * math.sin(2 * math.pi * 440 * at / RATE) for at in range(RATE // 4)]
    return encode.encode(wave, RATE, "audio/mpeg")["content"]


def video() -> bytes:
    """The slope again, as it grows lighter."""
    return films.film([slope(at * 8) for at in range(FRAMES)])["content"]


def slope(light: int) -> Any:
    from PIL import Image

    return (
        Image.linear_gradient("L").resize((SIDE, SIDE)).point(lambda grey: min(255, grey + light))
    )
