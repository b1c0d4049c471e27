"""What goes into a task and what comes out, kind by kind."""

import base64
import math
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import BaseModel, TypeAdapter, ValidationError

from pipelines.kinds import files as kinds
from pipelines.kinds.files import Audio
from pipelines.kinds.inputs import Lines, Names, Prompt, Table, Text
from pipelines.kinds.messages import Messages
from pipelines.kinds.outputs import (
    Column,
    Generated,
    Labels,
    OutputKind,
    Ranks,
    Said,
    Scores,
    Transcribed,
    Vector,
    output_kind,
)
from pipelines.media import Picture, Sound
from pipelines.settings import Limits
from tests.pipelines.media import recorded, saved

TIGHT = Limits(text=10, items=2, pixels=6, seconds=1, cells=4)
PICTURE = saved(Image.new("RGB", (3, 2)))
SOUND = recorded(np.zeros((1, 1_600), np.float32), 16_000)


def read(kind: Any, value: Any, limits: Limits | None = TIGHT) -> Any:
    return TypeAdapter(kind).validate_python(value, context=limits)


def refusal(kind: Any, value: Any, limits: Limits | None = TIGHT) -> str:
    with pytest.raises(ValidationError) as caught:
        read(kind, value, limits)
    return "; ".join(each["msg"] for each in caught.value.errors())


# Input kinds -----------------------------------------------------------------------------------


def test_text_within_the_limit() -> None:
    assert read(Text, "ten chars!") == "ten chars!"
    assert "has 11 characters, but at most 10 are allowed" in refusal(Text, "eleven char")
    assert read(Text, "eleven char", None) == "eleven char"


@pytest.mark.parametrize("empty", ["", " ", "\n\t\u3000"])
def test_text_of_blanks_is_empty(empty: str) -> None:
    assert "is empty" in refusal(Text, empty)


@pytest.mark.parametrize("value", [1, None, ["a"], {"a": 1}, b"\xff"])
def test_text_is_a_string(value: Any) -> None:
    assert "valid string" in refusal(Text, value)


@pytest.mark.parametrize("half", ["\ud800", "a\udfff", "\udc00\ud800"])
def test_half_a_surrogate_pair_is_no_text(half: str) -> None:
    assert "half a surrogate pair" in refusal(Text, half)
    assert "half a surrogate pair" in refusal(Lines, [half])
    assert "half a surrogate pair" in refusal(Messages, [{"role": "user", "content": half}])


@pytest.mark.parametrize("kind", [Lines, Names])
def test_lists_have_some_items_and_not_too_many(kind: Any) -> None:
    assert read(kind, ["a", "b"]) == ["a", "b"]
    assert "at least 1 item" in refusal(kind, [])
    assert "has 3 items, but at most 2 are allowed" in refusal(kind, ["a", "b", "c"])
    assert "is empty" in refusal(kind, ["a", ""])


def test_names_may_stand_between_commas() -> None:
    assert read(Names, "not urgent, urgent") == ["not urgent", "urgent"]
    assert read(Names, "one") == ["one"]
    assert read(Names, "b, b") == read(Names, ["b", "b"]) == ["b"]
    assert "is empty" in refusal(Names, "")
    assert "valid list" in refusal(Lines, "a, b")


@pytest.mark.parametrize("form", ["{}", "data:image/png;base64,{}", "data:,{}"])
def test_files_come_as_bytes_as_base64_or_as_data_urls(form: str) -> None:
    text = form.format(base64.b64encode(PICTURE).decode())
    assert read(kinds.Image, text) == read(kinds.Image, PICTURE) == Picture(PICTURE, 6)
    assert read(Audio, base64.b64encode(SOUND).decode()) == Sound(SOUND, 1)


@pytest.mark.parametrize("url", ["http://host/a.png", "https://host/a.png"])
def test_a_url_is_not_fetched(url: str) -> None:
    assert "is a URL; send the file itself" in refusal(kinds.Image, url)


@pytest.mark.parametrize("value", ["not base64!", "abc", "ä", "data:image/png;base64,?"])
def test_what_is_no_base64(value: str) -> None:
    assert "neither bytes nor base64" in refusal(kinds.Image, value)


@pytest.mark.parametrize("value", [1, None, ["a"], {"src": "a"}, Image.new("RGB", (1, 1))])
def test_what_is_no_file(value: Any) -> None:
    assert "bytes or base64" in refusal(kinds.Image, value)


def test_files_within_the_limits() -> None:
    assert "at most 6" in refusal(kinds.Image, saved(Image.new("RGB", (7, 1))))
    long = recorded(np.zeros((1, 32_000), np.float32), 16_000)
    assert "at most 1 s" in refusal(Audio, long)
    assert "not a picture" in refusal(kinds.Image, SOUND)
    assert "not a picture" in refusal(kinds.Image, "")
    assert "not sound" in refusal(Audio, PICTURE)


def test_a_file_is_written_as_it_was_read() -> None:
    class Form(BaseModel):
        image: kinds.Image

    form = Form.model_validate({"image": base64.b64encode(PICTURE).decode()}, context=TIGHT)
    assert form.model_dump() == {"image": PICTURE}


def test_tables_are_columns_of_one_length() -> None:
    table = {"a": [1, 2.5], "b": ["x", None]}
    assert read(Table, table) == table
    assert "columns of different lengths (a: 1, b: 2)" in refusal(Table, {"a": [1], "b": [1, 2]})
    assert "({x}: 1, b: 2)" in refusal(Table, {"{x}": [1], "b": [1, 2]})
    assert "more than 4 cells" in refusal(Table, {"a": [1, 2, 3], "b": [1, 2, 3]})


@pytest.mark.parametrize("table", [{}, {"a": []}, {"a": [], "b": []}])
def test_a_table_has_rows(table: Any) -> None:
    assert "has no rows" in refusal(Table, table)


@pytest.mark.parametrize("table", [[[1]], "a,b", {"a": 1}, {"a": [[1]]}, {"a": [{"b": 1}]}])
def test_what_is_no_table(table: Any) -> None:
    assert refusal(Table, table)


def test_cells_keep_their_type() -> None:
    (cells,) = read(Table, {"a": [1, 1.0, "1", True]}, None).values()
    assert [type(cell) for cell in cells] == [int, float, str, bool]


def test_messages() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    said = read(Messages, [{"role": "user", "content": parts, "name": "x"}, {"role": "assistant"}])
    assert [message.text() for message in said] == ["ab", ""]


@pytest.mark.parametrize(
    ("messages", "problem"),
    [
        ([], "at least 1 item"),
        ([{"role": "user", "content": " "}], "is empty"),
        ([{"role": "user", "content": "eleven char"}], "at most 10"),
        ([{"role": "king", "content": "a"}], "'system'"),
        ([{"content": "a"}], "Field required"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], '"image_url": {"url": ...}'),
        ([{"role": "user", "content": "a"}] * 3, "at most 2"),
        ("hello", "valid list"),
    ],
)
def test_what_are_no_messages(messages: Any, problem: str) -> None:
    assert problem in refusal(Messages, messages)


def test_every_kind_names_itself_in_the_schema() -> None:
    named: dict[str, Any] = {"text": Text, "lines": Lines, "names": Names, "image": kinds.Image,
                             "audio": Audio, "table": Table, "messages": Messages}  # fmt: skip
    assert {k: TypeAdapter(v).json_schema()["x-kind"] for k, v in named.items()} == {
        name: name for name in named
    }
    assert TypeAdapter(kinds.Image).json_schema()["contentEncoding"] == "base64"


# Output kinds ----------------------------------------------------------------------------------


def distance(kind: Any, a: Any, b: Any) -> float:
    return output_kind(kind).distance(a, b)


def labels(**scores: float) -> list[dict[str, Any]]:
    return [{"label": label, "score": score} for label, score in scores.items()]


def ranks(*scores: float) -> list[dict[str, Any]]:
    return [{"index": index, "score": score} for index, score in enumerate(scores)]


def chat(text: str) -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", "content": text}}], "usage": {}}


@pytest.mark.parametrize(
    ("kind", "a", "b", "expected"),
    [
        (Labels, labels(x=0.9, y=0.1), labels(y=0.2, x=0.8), 0.1),
        (Labels, labels(x=0.9), labels(y=0.4), 0.9),
        (Labels, [], [], 0),
        (Scores, [0.5, 0.1], [0.4, 0.1], 0.1),
        (Scores, [0.5], [0.5, 0.5], math.inf),
        (Ranks, ranks(0.5, 0.1), ranks(0.5, 0.4)[::-1], 0.3),
        (Ranks, ranks(0.5), ranks(0.5, 0.1), math.inf),
        (Vector, [1.0, 0.0], [2.0, 0.0], 0),
        (Vector, [1.0, 0.0], [0.0, 1.0], 1),
        (Vector, [[1.0, 0.0], [0.0, 0.0]], [[-1.0, 0.0], [0.0, 0.0]], 2),
        (Vector, [1.0], [1.0, 1.0], math.inf),
        (Vector, [0.0], [0.0], 0),
        (Column, ["a", "b"], ["a", "c"], 0.5),
        (Column, [10, 2.0], [11, 2.0], 0.1),
        (Column, ["a"], [], math.inf),
        (Column, [], [], 0),
        (Transcribed, {"text": "abcd"}, {"text": "abce"}, 0.25),
        (Generated, [{"generated_text": "ab"}], [{"generated_text": "cd"}], 1),
        (Said, chat("same"), chat("same"), 0),
    ],
)
def test_distances(kind: Any, a: Any, b: Any, expected: float) -> None:
    assert distance(kind, a, b) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Labels, labels(x=0.5, y=0.5), labels(x=0.5, y=math.nan)),
        (Scores, [0.5, 0.5], [0.5, math.nan]),
        (Ranks, ranks(0.5, 0.5), ranks(0.5, math.nan)),
        (Vector, [0.5, 0.5], [0.5, math.nan]),
        (Column, [0.5, 0.5], [0.5, math.nan]),
    ],
)
def test_what_is_no_number_is_far_from_everything(kind: Any, good: Any, bad: Any) -> None:
    assert distance(kind, good, bad) == distance(kind, bad, good) == math.inf


def test_a_generation_of_chunks() -> None:
    kind = output_kind(Generated)
    chunks: list[dict[str, Any]] = [
        {"token": {"text": "Hel"}, "generated_text": None, "details": None},
        {"token": {"text": "lo"}, "generated_text": "Hello", "details": {"seed": 1}},
    ]
    assert "".join(map(kind.delta, chunks)) == "Hello"
    assert kind.join(chunks) == [{"generated_text": "Hello", "details": {"seed": 1}}]
    assert kind.text(kind.join(chunks)) == "Hello"
    assert "details" not in kind.join([{**chunks[1], "details": None}])[0]


def test_a_completion_of_chunks() -> None:
    kind = output_kind(Said)
    first, last = {"role": "assistant", "content": "Hel"}, {"content": "lo"}
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    chunks = [
        {"choices": [{"index": 0, "delta": first, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": last, "finish_reason": "stop"}], "usage": usage},
    ]
    whole = kind.join(chunks)
    assert whole["choices"][0]["message"] == {"role": "assistant", "content": "Hello"}
    assert whole["choices"][0]["finish_reason"] == "stop"
    assert whole["usage"] == usage
    assert kind.text(whole) == "".join(map(kind.delta, chunks)) == "Hello"


def test_every_output_has_a_kind() -> None:
    for output in (Labels, Scores, Ranks, Vector, Column, Transcribed, Generated, Said):
        assert isinstance(output_kind(output), OutputKind)


def test_a_file_is_no_prompt() -> None:
    prompt = TypeAdapter(Prompt)
    for start in ("iVBORw0KGgo", "/9j/4AAQ", "data:image/png;base64,", "AAAAGGZ0eXBtcDQy"):
        with pytest.raises(ValidationError, match="is a file, and should be words"):
            prompt.validate_python(start + "A" * 200)
    words = "/9j/ is how a JPEG begins in base64, and this is a sentence about it."
    assert prompt.validate_python(words) == words
