"""The kinds of value that go into a task: annotated types for pydantic fields."""

import json
import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    JsonValue,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import CoreSchema

from pipelines.kinds.shapes import Cell
from pipelines.settings import Limits


@dataclass(frozen=True)
class Kind:
    """Marks a field with the kind of its value; appears as `x-kind` in the JSON schema."""

    name: str

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(core), "x-kind": self.name}


FIXED = Kind("fixed")  # a parameter for programs: the page has no widget of it
LEADS: dict[str, JsonValue] = {"x-leads": True}  # for a parameter that most callers want to set


def limits(info: ValidationInfo) -> Limits:
    return info.context if isinstance(info.context, Limits) else Limits()


def problem(code: str, message: str) -> PydanticCustomError:
    # Braces would be taken for a template by pydantic.
    return PydanticCustomError(code, "{message}", {"message": message})


def check_text(value: str, info: ValidationInfo) -> str:
    if not value.strip():
        raise problem("empty", "is empty; write something")
    if len(value) > (most := limits(info).text):
        raise problem(
            "too_long",
            f"has {len(value):,} characters, but at most {most:,} are allowed; "
            "shorten it, or raise TAGLINE_MAX_TEXT",
        )
    return check_unicode(value)


# How pictures and videos begin in base64: PNG, JPEG, GIF, WebP, TIFF, MP4, WebM
FILE = re.compile(
    r"data:(image|video)/|(iVBORw0KGgo|/9j/|R0lGOD|UklGR|SUkq|TU0A|AAAA..Z0eX|GkXfo)[\w+/]{40}",
    re.ASCII,
)


def check_words(value: str) -> str:
    if FILE.match(value):
        raise problem("file_type", "is a file, and should be words")
    return value


def check_unicode(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise problem("not_unicode", "holds half a surrogate pair, which is no text") from error
    return value


def check_json(value: Any, info: ValidationInfo) -> Any:
    """Counts the characters of a value of any shape, as it would be written down."""
    check_text(json.dumps(value, ensure_ascii=False, default=str), info)
    return value


def check_items(value: Any, info: ValidationInfo) -> Any:
    """Counts a list before its items are looked at: each bad one of a million would be listed."""
    if not isinstance(value, list):
        return value
    if len(value) > (most := limits(info).items):
        raise problem("too_many", f"has {len(value):,} items, but at most {most:,} are allowed")
    return value


def split_commas(value: Any) -> Any:
    """Lists once travelled as "a, b"; the hosted API still takes that."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


# A short piece of a text, such as a stop word: blanks alone are one too
Word = Annotated[str, Field(max_length=200), AfterValidator(check_unicode)]
Text = Annotated[str, Kind("text"), AfterValidator(check_text)]
# What a picture or a video is made after: never a picture itself, which another task may take
Prompt = Annotated[Text, AfterValidator(check_words)]
Line = Annotated[str, Kind("line"), AfterValidator(check_text)]
# Of a parameter: no kind of its own, so that its widget is one that may be left empty.
Name = Annotated[str, AfterValidator(check_text)]
# A model's id; the place of its file takes its place before a call begins (pipelines.inference).
Adapter = Annotated[str, Kind("adapter"), AfterValidator(check_text)]
Lines = Annotated[list[Text], Kind("lines"), Field(min_length=1), BeforeValidator(check_items)]


def check_doubles(value: list[str]) -> list[str]:
    """A name given twice would share its score with itself; the first stays."""
    return list(dict.fromkeys(value))


Names = Annotated[
    list[Line],
    Kind("names"),
    AfterValidator(check_doubles),
    BeforeValidator(check_items),
    BeforeValidator(split_commas),  # the last one written is the first one run
    Field(min_length=1),
]


WIDEST = 1 << 63  # what neither numpy nor the way to a worker carries as a whole number


def check_cells(value: Any, info: ValidationInfo) -> Any:
    """Counts cells before they are looked at, as `check_items` does."""
    if not isinstance(value, dict):
        return value
    cells = sum(len(column) for column in value.values() if isinstance(column, list))
    if cells > (most := limits(info).cells):
        raise problem("too_many", f"has more than {most:,} cells; send fewer rows at a time")
    return value


def check_table(value: dict[str, list[Cell]]) -> dict[str, list[Cell]]:
    lengths = {len(column) for column in value.values()}
    if not value or lengths == {0}:
        raise problem("empty", "has no rows; add at least one")
    if len(lengths) > 1:
        sizes = ", ".join(f"{name}: {len(column)}" for name, column in value.items())
        raise problem("ragged", f"has columns of different lengths ({sizes})")
    for name, column in value.items():
        if any(isinstance(cell, int) and abs(cell) >= WIDEST for cell in column):
            raise problem("too_wide", f"has a whole number of more than 64 bits in column {name}")
    return value


Table = Annotated[
    dict[str, list[Cell]],
    Kind("table"),
    BeforeValidator(check_cells),
    AfterValidator(check_table),
]

# Drawn over the picture in the field `image`, in its pixels
Mark = Annotated[list[float], Field(min_length=2, max_length=4)]
FORMS_OF_MARKS = "[x, y], [x, y, 1 or 0] for a point inside or outside, or [xmin, ymin, xmax, ymax]"


def check_mark(value: list[float]) -> list[float]:
    point = len(value) < 4 and value[2:] in ([], [0], [1])
    box = len(value) == 4 and value[0] < value[2] and value[1] < value[3]
    if not (point or box):
        raise problem("mark", f"is no mark; a mark is {FORMS_OF_MARKS}")
    return value


Marks = Annotated[
    list[Annotated[Mark, AfterValidator(check_mark)]],
    Kind("marks"),
    BeforeValidator(check_items),
]
