"""The words of a picture and where they stand: by tesseract, or by the model on board."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

from PIL import Image

from pipelines.errors import InvalidInput, MissingPackage
from pipelines.loaders.handler import imported
from pipelines.loaders.safety import first_line

FOLDER = "TAGLINE_OCR"  # names the folder of the model on board, set by the server for its workers
FINE = 1000  # the page's width and height, in the unit that LayoutLM measures boxes in
Box = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True)
class Word:
    """A word of a page; its box is in thousandths of the page's width and height."""

    text: str
    box: Box


def words_of(picture: Image.Image, lang: str | None = None) -> list[Word]:
    """The words of a picture as they are read; `lang` is a language by tesseract's name.

    Raises MissingPackage where there is nothing to read with, and InvalidInput for a language that
    cannot be chosen.
    """
    if find_spec("pytesseract") and which("tesseract"):
        found = by_tesseract(picture, lang)
    elif folder := os.environ.get(FOLDER):
        found = by_model(picture, lang, folder)
    else:
        raise MissingPackage(
            "This model wants the words of the page, and nothing here can read them. Send them as "
            "parameters.word_boxes, or install pytesseract and tesseract, or build the models on "
            "board (make setup)."
        )
    return [Word(text, thousandths(box, picture.size)) for text, box in found if text.strip()]


def by_tesseract(picture: Image.Image, lang: str | None) -> Iterator[tuple[str, Box]]:
    import pytesseract

    try:
        found = pytesseract.image_to_data(picture, lang=lang, output_type="dict")
    except pytesseract.TesseractError as error:
        raise InvalidInput(f"parameters.lang: tesseract says: {first_line(error)}") from error
    sides = (found[name] for name in ("left", "top", "width", "height"))
    for text, left, top, width, height in zip(found["text"], *sides, strict=True):
        yield text, (left, top, left + width, top + height)


def by_model(picture: Image.Image, lang: str | None, folder: str) -> Iterator[tuple[str, Box]]:
    if lang is not None:
        raise InvalidInput(
            "parameters.lang: the model on board that reads the page has no choice of languages. "
            "Leave it out, or install pytesseract and tesseract."
        )
    for each in reader(folder).words(picture):
        yield each["text"], each["box"]


@cache
def reader(folder: str) -> Any:
    """The handler of the model on board, loaded once."""
    return imported(Path(folder) / "handler.py").EndpointHandler(folder)


def thousandths(box: Box, size: tuple[int, int]) -> Box:
    """Pixels of a picture of this size, in thousandths of it."""
    width, height = size
    left, top, right, bottom = (
        min(max(int(FINE * at / side), 0), FINE)
        for at, side in zip(box, (width, height, width, height), strict=True)
    )
    return left, top, right, bottom
