"""What can be kept of a result: files by the kind of the output, and tables of plain cells."""

import csv
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from api.texts import Texts
from components import exports, sheets
from pipelines.kinds.outputs import (
    Boxes,
    Column,
    Depth,
    Fills,
    Forecast,
    Images,
    Keypoints,
    Labels,
    Masks,
    Said,
    Scores,
    Vector,
    output_kind,
)

PNG = {"content": b"\x89PNG", "mime": "image/png"}
BOX = {"xmin": 1, "ymin": 2, "xmax": 3, "ymax": 4}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))


def inputs(**fields: Any) -> Any:
    return SimpleNamespace(model_dump=lambda: fields)


def row(output: Any, value: Any, given: Any = None) -> str:
    return exports.row(value, value, given, output_kind(output), "task_model", Texts())


def files(html: str) -> dict[str, bytes]:
    """What each link downloads, by the name of the file."""
    links = re.findall(r'<a href="gradio_api/file=([^"]+)" download="([^"]+)"', html)
    return {name: Path(path).read_bytes() for path, name in links}


def test_labels() -> None:
    html = row(Labels, [{"label": "a, b", "score": 0.5}])
    kept = files(html)
    assert list(kept) == ["task_model.csv", "task_model.json"]
    assert kept["task_model.csv"].decode("utf-8-sig") == 'label,score\n"a, b",0.5\n'
    assert json.loads(kept["task_model.json"]) == [{"label": "a, b", "score": 0.5}]
    copies = re.findall(r'data-copy="gradio_api/file=([^"]+)" data-mime="([^"]+)">([^<]+)<', html)
    assert [(mime, label) for _, mime, label in copies] == [
        ("text/plain", "Copy"),
        ("application/json", "Copy JSON"),
    ]
    assert Path(copies[0][0]).read_text() == "label\tscore\na, b\t0.5\n"


def test_pictures_are_kept_as_they_came() -> None:
    html = row(Images, [PNG, {**PNG, "content": b"other"}])
    assert files(html) == {"task_model-1.png": b"\x89PNG", "task_model-2.png": b"other"}
    assert html.count("data-copy") == 1  # a clipboard holds one
    assert "json" not in html


def test_words_and_numbers() -> None:
    said = {"choices": [{"message": {"content": "Hi"}}], "usage": {}}
    assert files(row(Said, said))["task_model.txt"] == b"Hi"
    assert list(files(row(Vector, [0.5, 1.0]))) == ["task_model.json"]


def test_a_large_json_is_not_for_the_clipboard() -> None:
    html = row(Vector, [0.123456789] * 300_000)
    assert "data-copy" not in html
    assert list(files(html)) == ["task_model.json"]


def test_a_depth_map_is_a_picture_too() -> None:
    value = {"predicted_depth": [[1.0]], "depth": "iVBORw=="}
    assert list(files(row(Depth, value))) == ["task_model.png", "task_model.json"]


SHEETS: list[tuple[Any, Any, Any, list[dict[str, Any]]]] = [
    (Scores, [0.5, 0.1], inputs(sentences=["a", "b"]),
     [{"text": "a", "score": 0.5}, {"text": "b", "score": 0.1}]),
    (Boxes, [{"label": "cat", "score": 0.9, "box": BOX}], None,
     [{"label": "cat", "score": 0.9, **{f"box.{side}": n for side, n in BOX.items()}}]),
    (Masks, [{"label": "sky", "mask": "iVBO"}], None, [{"label": "sky"}]),
    (Column, ["setosa"], inputs(data={"a": [1]}), [{"prediction": "setosa", "a": 1}]),
    (Forecast, {"forecast": {"x": [1.0, 2.0]}}, None,
     [{"step": 1, "x": 1.0}, {"step": 2, "x": 2.0}]),
    (Fills, [[{"token_str": "a"}], [{"token_str": "b"}]], None,
     [{"mask": 1, "token_str": "a"}, {"mask": 2, "token_str": "b"}]),
    (Keypoints, [{"keypoints": [{"x": 1, "y": 2, "score": 0.5}]}], None,
     [{"figure": 1, "x": 1, "y": 2, "score": 0.5}]),
]  # fmt: skip


@pytest.mark.parametrize(("output", "value", "given", "rows"), SHEETS)
def test_sheets(output: Any, value: Any, given: Any, rows: list[dict[str, Any]]) -> None:
    assert sheets.sheet(value, given, output_kind(output)) == rows


def test_a_cell_is_no_formula() -> None:
    made = sheets.written([{"label": "=1+1", "score": -0.5}], ",")
    assert list(csv.DictReader(made.splitlines())) == [{"label": "'=1+1", "score": "-0.5"}]


def test_a_name_that_every_disk_takes() -> None:
    assert exports.named("a-task", "org/na:me 1") == "a-task_na-me-1"
