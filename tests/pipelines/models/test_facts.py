"""What files say of a model's size: counted from headers, foretold, or not known."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from pipelines.model import Model
from pipelines.models.facts import Library, in_count, licence, read
from tests.conftest import EMBEDDER, STARTERS


def tensors(path: Path, **shapes: list[int]) -> None:
    """A safetensors file of float16 tensors."""
    entries, at = {}, 0
    for name, shape in shapes.items():
        size = 2
        for length in shape:
            size *= length
        entries[name] = {"dtype": "F16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    head = json.dumps(entries).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head + bytes(at))


def model(folder: Path, **card: Any) -> Model:
    return Model("some/model", folder, "local-1", None, None, card=card)


def test_parameters_are_counted_over_all_shards(tmp_path: Path) -> None:
    tensors(tmp_path / "model-00001-of-00002.safetensors", a=[10, 3], b=[])
    tensors(tmp_path / "model-00002-of-00002.safetensors", c=[7])
    (tmp_path / "config.json").write_text("{}")
    known = read(model(tmp_path), "float32")
    assert known.parameters == 38
    assert known.bytes == sum(each.stat().st_size for each in tmp_path.iterdir())
    assert known.pickle is None


def test_a_pickle_and_a_damaged_file_count_nothing(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    assert read(model(tmp_path), "float32").pickle == "pytorch_model.bin"
    assert read(model(tmp_path), "float32").parameters is None
    (tmp_path / "model.safetensors").write_bytes(b"no header")
    assert read(model(tmp_path), "float32").parameters is None
    assert read(model(tmp_path), "float32").pickle is None


def test_a_model_on_board() -> None:
    known = read(Model(EMBEDDER, STARTERS / EMBEDDER, "1", None, None), "float32")
    assert known.parameters == 22_713_728
    assert known.need > 4 * known.parameters


def test_files_are_read_once_for_a_revision(tmp_path: Path) -> None:
    tensors(tmp_path / "model.safetensors", a=[5])
    library, first = Library("float32"), model(tmp_path)
    assert library.of(first).parameters == 5
    tensors(tmp_path / "model.safetensors", a=[6])
    assert library.of(first).parameters == 5
    changed = Model("some/model", tmp_path, "local-2", None, None)
    assert library.of(changed).parameters == 6


@pytest.mark.parametrize(
    ("card", "told"),
    [
        ({}, None),
        ({"license": "mit"}, "mit"),
        ({"license": "other", "license_name": "llama3"}, "llama3"),
        ({"license": ["mit", "apache-2.0"]}, "mit, apache-2.0"),
    ],
)
def test_licences(card: dict[str, Any], told: str | None, tmp_path: Path) -> None:
    assert licence(model(tmp_path, **card)) == told


@pytest.mark.parametrize(
    ("number", "told"),
    [(7, "7"), (999, "999"), (139_000, "139K"), (22_713_728, "22.7M"), (999_999_999, "1.0B")],
)
def test_counts_in_words(number: int, told: str) -> None:
    assert in_count(number) == told
