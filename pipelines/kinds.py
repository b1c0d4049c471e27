"""The kinds of value that go into a task and come out of one.

Tasks are many and change; kinds are few and stay. A widget, an encoding and a renderer belong to a
kind, never to a task. Input kinds are annotated types for pydantic fields; output kinds annotate
the documented wire shape and own `distance`, by which a faster backend is judged.
"""

import base64
import binascii
import difflib
import math
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import CoreSchema
from typing_extensions import TypedDict  # pydantic reads typing's from Python 3.12 on

from pipelines.errors import InvalidInput
from pipelines.media import Picture, Sound
from pipelines.settings import Limits


@dataclass(frozen=True)
class Kind:
    """Marks a field with the kind of its value; appears as `x-kind` in the JSON schema."""

    name: str

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(core), "x-kind": self.name}


FIXED = Kind("fixed")  # a parameter of the protocol that changes nothing here


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
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise problem("not_unicode", "holds half a surrogate pair, which is no text") from error
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


Text = Annotated[str, Kind("text"), AfterValidator(check_text)]
Line = Annotated[str, Kind("line"), AfterValidator(check_text)]
Lines = Annotated[list[Text], Kind("lines"), Field(min_length=1), BeforeValidator(check_items)]
Names = Annotated[
    list[Line],
    Kind("names"),
    BeforeValidator(check_items),
    BeforeValidator(split_commas),  # the last one written is the first one run
    Field(min_length=1),
]


def as_bytes(value: Any) -> Any:
    """Base64, or a data URL, to bytes; anything else as it is."""
    if not isinstance(value, str):
        return value
    if value.startswith(("http://", "https://")):
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

WIDEST = 1 << 63  # what neither numpy nor the way to a worker carries as a whole number
Cell = str | int | float | bool | None


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


class TextPart(BaseModel):
    """One piece of a chat message, in OpenAI's form."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: Literal["text"]
    text: str


class Message(BaseModel):
    """One turn of a chat."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[TextPart] | None = None

    def text(self) -> str:
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content)
        return self.content or ""


def check_messages(value: list[Message], info: ValidationInfo) -> list[Message]:
    check_text("\n".join(message.text() for message in value), info)
    return value


Messages = Annotated[
    list[Message],
    Kind("messages"),
    Field(min_length=1),
    BeforeValidator(check_items),
    AfterValidator(check_messages),
]


# Output kinds ----------------------------------------------------------------------------------

Distance = Callable[[Any, Any], float]


@dataclass(frozen=True)
class OutputKind:
    """How a result is shown and compared.

    `text` finds the words in a result that has some; `delta` finds them in one chunk of a stream,
    and `join` makes the whole result of all chunks.
    """

    name: str
    distance: Distance
    text: Callable[[Any], str] = str
    delta: Callable[[Any], str] = str
    join: Callable[[list[Any]], Any] = list


def output_kind(output: Any) -> OutputKind:
    """The OutputKind that an output type was annotated with."""
    return next(meta for meta in get_args(output) if isinstance(meta, OutputKind))


def text_distance(words: Callable[[Any], str]) -> Distance:
    """0 for equal text, else 1 minus difflib's ratio of matching characters."""
    return lambda a, b: 1 - difflib.SequenceMatcher(None, words(a), words(b)).ratio()


def worst(differences: Iterable[float]) -> float:
    """The largest; infinity if one is no number, which `max` would pass over."""
    found = list(differences)
    return math.inf if any(map(math.isnan, found)) else max(found, default=0.0)


def score_distance(a: Sequence[float], b: Sequence[float]) -> float:
    """Largest absolute difference of two equally long lists of numbers, else infinity."""
    if len(a) != len(b):
        return math.inf
    return worst(abs(x - y) for x, y in zip(a, b, strict=True))


def label_distance(a: "list[Label]", b: "list[Label]") -> float:
    """Largest difference of any label's score; a label that one side lacks counts as 0."""
    first = {each["label"]: each["score"] for each in a}
    second = {each["label"]: each["score"] for each in b}
    names = first.keys() | second.keys()
    return worst(abs(first.get(n, 0) - second.get(n, 0)) for n in names)


def flat(value: Any) -> list[float]:
    return [x for part in value for x in flat(part)] if isinstance(value, list) else [value]


def cosine_distance(a: Any, b: Any) -> float:
    """1 minus the cosine of two nested lists of the same shape, flattened."""
    x, y = flat(a), flat(b)
    if len(x) != len(y):
        return math.inf
    norms = math.hypot(*x) * math.hypot(*y)
    dot = sum(map(operator.mul, x, y))
    return worst([1 - dot / norms]) if norms else float(x != y)


def rank_distance(a: "list[Rank]", b: "list[Rank]") -> float:
    """Largest difference of the scores that two rankings give to the same text."""
    first = {each["index"]: each["score"] for each in a}
    second = {each["index"]: each["score"] for each in b}
    if first.keys() != second.keys():
        return math.inf
    return worst(abs(first[i] - second[i]) for i in first)


def column_distance(a: list[Cell], b: list[Cell]) -> float:
    """For numbers the largest relative difference, else the share of rows that differ."""
    if len(a) != len(b):
        return math.inf
    pairs = list(zip(a, b, strict=True))
    numbers = [
        (x, y) for x, y in pairs if isinstance(x, int | float) and isinstance(y, int | float)
    ]
    if len(numbers) == len(pairs):
        return worst(abs(x - y) / max(abs(x), 1e-9) for x, y in numbers)
    return sum(x != y for x, y in pairs) / max(len(pairs), 1)


class Label(TypedDict):
    label: str
    score: float


class Rank(TypedDict):
    index: int
    score: float
    text: NotRequired[str]


class Generation(TypedDict):
    generated_text: str
    details: NotRequired[dict[str, Any]]


class Chunk(TypedDict):
    text: str
    timestamp: tuple[float, float | None]


class Transcript(TypedDict):
    text: str
    chunks: NotRequired[list[Chunk]]


class Completion(TypedDict):
    """OpenAI's `chat.completion` without id, model and date, which the HTTP face adds."""

    choices: list[dict[str, Any]]
    usage: dict[str, int]


def generated(value: list[Generation]) -> str:
    return value[0]["generated_text"]


def generated_delta(chunk: dict[str, Any]) -> str:
    return str(chunk["token"]["text"])


def generated_join(chunks: list[dict[str, Any]]) -> list[Generation]:
    last = chunks[-1]
    whole: Generation = {"generated_text": last["generated_text"] or ""}
    if last.get("details"):
        whole["details"] = last["details"]
    return [whole]


def transcribed(value: Transcript) -> str:
    return value["text"]


def said(value: Completion) -> str:
    return value["choices"][0]["message"]["content"] or ""


def said_delta(chunk: dict[str, Any]) -> str:
    return "".join(choice["delta"].get("content") or "" for choice in chunk["choices"])


def said_join(chunks: list[dict[str, Any]]) -> Completion:
    message = {"role": "assistant", "content": "".join(map(said_delta, chunks))}
    reasons = [c["finish_reason"] for chunk in chunks for c in chunk["choices"]]
    choice = {"index": 0, "message": message, "finish_reason": reasons[-1] if reasons else None}
    usage: dict[str, int] = next(
        (chunk["usage"] for chunk in reversed(chunks) if chunk.get("usage")), {}
    )
    return {"choices": [choice], "usage": usage}


Labels = Annotated[list[Label], OutputKind("labels", label_distance)]
Scores = Annotated[list[float], OutputKind("scores", score_distance)]
Ranks = Annotated[list[Rank], OutputKind("ranks", rank_distance)]
Vector = Annotated[list[Any], OutputKind("vector", cosine_distance)]
Column = Annotated[list[Cell], OutputKind("table", column_distance)]
Transcribed = Annotated[
    Transcript, OutputKind("text", text_distance(transcribed), text=transcribed)
]
Generated = Annotated[
    list[Generation],
    OutputKind("text", text_distance(generated), generated, generated_delta, generated_join),
]
Said = Annotated[
    Completion, OutputKind("message", text_distance(said), said, said_delta, said_join)
]
