"""The memory that a model will take, foretold from its files, against what it takes."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, BertConfig, BertModel

from pipelines.models.weights import at_least, foretold, header, loaded_size, predict
from tests.pipelines.models.samples import lay

Tensors = Mapping[str, tuple[str, list[int]]]


def headed(tensors: Tensors, **more: Any) -> bytes:
    """The head of a safetensors file; nobody reads what would follow."""
    named = {name: {"dtype": kind, "shape": shape} for name, (kind, shape) in tensors.items()}
    return framed(json.dumps(named | more).encode())


def framed(head: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(head) if length is None else length) + head


def size_of(folder: Path, data: bytes, dtype: str = "float32") -> int:
    """Foretold for a file that lies about nothing but its size on disk, which is 7."""
    lay(folder, {"model.safetensors": data})
    return loaded_size(folder / "model.safetensors", 7, dtype)


# Headers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "full", "half"),
    [
        ("F32", 4, 2), ("F16", 4, 2), ("BF16", 4, 2),
        ("F64", 8, 8), ("I64", 8, 8), ("I32", 4, 4), ("I16", 2, 2), ("I8", 1, 1), ("U8", 1, 1),
        ("BOOL", 1, 1), ("F8_E4M3", 1, 1), ("F8_E5M2", 1, 1),
    ],
)  # fmt: skip
def test_weights_are_cast_and_all_else_is_kept(
    tmp_path: Path, kind: str, full: int, half: int
) -> None:
    data = headed({"a": (kind, [10, 3])})
    assert size_of(tmp_path, data) == 30 * full
    assert size_of(tmp_path, data, "bfloat16") == 30 * half
    assert size_of(tmp_path, data, "float16") == 30 * half


def test_tensors_of_mixed_kinds_add_up(tmp_path: Path) -> None:
    tensors = {"a": ("BF16", [8, 4]), "b": ("F32", [5]), "ids": ("I64", [3]), "one": ("F16", [])}
    data = headed(tensors, __metadata__={"format": "pt"})
    assert size_of(tmp_path, data) == (32 + 5 + 1) * 4 + 24
    assert size_of(tmp_path, data, "bfloat16") == (32 + 5 + 1) * 2 + 24


def test_an_empty_tensor_takes_nothing(tmp_path: Path) -> None:
    assert size_of(tmp_path, headed({"a": ("F32", [0, 512])})) == 0


DAMAGED = {
    "empty": b"",
    "cut in its length": b"\x10\0\0",
    "cut in its head": framed(b'{"a": {"dty', 900),
    "no JSON": framed(b"\xff\xfe\xfd"),
    "a list": framed(b"[]"),
    "a number": framed(b"7"),
    "a tensor that is none": framed(b'{"a": 7}'),
    "no shape": framed(b'{"a": {"dtype": "F32"}}'),
    "a shape of words": framed(b'{"a": {"dtype": "F32", "shape": ["many"]}}'),
    "an endless shape": framed(b'{"a": {"dtype": "F32", "shape": [Infinity]}}'),
    "a kind of tomorrow": headed({"a": ("F4_E2M1", [10])}),
    "a shape beyond all numbers": headed({"a": ("I8", [10**400])}),
    "a head too long": framed(b"{}", 100_000_001),
    "a head without end": framed(b"{}", 2**64 - 1),
    "a deep head": framed(b"[" * 100_000),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_head_that_says_nothing_leaves_the_size_on_disk(tmp_path: Path, data: bytes) -> None:
    assert size_of(tmp_path, data) == 7


def test_a_file_that_is_gone_leaves_the_size_it_had(tmp_path: Path) -> None:
    assert loaded_size(tmp_path / "gone.safetensors", 7, "float32") == 7


def test_a_head_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    lay(tmp_path, {"a.safetensors": framed(b"{}", 100_000_001)})
    with pytest.raises(ValueError, match="too long"):
        header(tmp_path / "a.safetensors")


# Folders ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["m-Q4_K_M.gguf", "model.skops", "pytorch_model.bin", "a.pkl"])
def test_other_formats_take_what_they_take_on_disk(tmp_path: Path, name: str) -> None:
    lay(tmp_path, {name: b"w" * 5_000, "config.json": b"c" * 9_000})
    assert predict(tmp_path, "float32") == predict(tmp_path, "bfloat16") == foretold(5_000)


def test_every_shard_counts_and_every_weight_once(tmp_path: Path) -> None:
    part = headed({"a": ("F32", [100])})
    lay(tmp_path, {
        "model-00001-of-00002.safetensors": part,
        "model-00002-of-00002.safetensors": part,
        "model.fp16.safetensors": part,
        "pytorch_model.bin": b"w" * 5_000,
    })  # fmt: skip
    assert predict(tmp_path, "float32") == foretold(800)


def test_the_parts_of_a_pipeline_add_up(tmp_path: Path) -> None:
    part = headed({"a": ("F32", [100])})
    lay(tmp_path, {
        "model_index.json": {},
        "whole.safetensors": part,
        "unet/model.safetensors": part,
        "vae/model.safetensors": part,
    })  # fmt: skip
    assert predict(tmp_path, "float32") == foretold(800)


def test_no_weights_at_all_still_take_something(tmp_path: Path) -> None:
    lay(tmp_path, {"handler.py": "pass"})
    assert predict(tmp_path, "float32") == predict(tmp_path / "gone", "float32") == foretold(0) > 0


def test_some_is_added_for_what_lies_beside_the_weights() -> None:
    assert foretold(2_000_000_000) > 2_100_000_000
    assert foretold(2_000_000_000) - foretold(1_000_000_000) == 1_100_000_000


# Real files ------------------------------------------------------------------------------------


def test_a_file_that_safetensors_wrote(tmp_path: Path) -> None:
    tensors = {
        "a": torch.zeros(7, 5, dtype=torch.bfloat16),
        "b": torch.zeros(3, dtype=torch.float64),
        "ids": torch.zeros(11, dtype=torch.int64),
        "mask": torch.zeros(13, dtype=torch.bool),
        "small": torch.zeros(9, dtype=torch.float8_e4m3fn),
    }
    path = tmp_path / "model.safetensors"
    save_file(tensors, path, {"format": "pt"})
    loaded = load_file(path)
    loaded["a"] = loaded["a"].float()
    assert loaded_size(path, 0, "float32") == sum(each.nbytes for each in loaded.values())


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bert")
    config = BertConfig(
        vocab_size=99, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_a_model_takes_what_was_foretold(bert: Path, dtype: str) -> None:
    model = AutoModel.from_pretrained(bert, dtype=getattr(torch, dtype))
    taken = sum(each.nbytes for each in model.parameters())
    assert taken > 50_000
    assert predict(bert, dtype) == foretold(taken)
    stored = {each.name: each.stat().st_size for each in bert.iterdir()}
    assert at_least(stored, dtype) == pytest.approx(taken, rel=0.1)


# Before a download -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "least"), [("float32", 400), ("bfloat16", 200), ("float16", 200)]
)
def test_the_least_that_weights_can_take(dtype: str, least: int) -> None:
    sizes = {"model.safetensors": 400, "model.fp16.safetensors": 200, "README.md": 5_000}
    assert at_least(sizes, dtype) == least


@pytest.mark.parametrize(
    ("sizes", "least"),
    [
        ({"a-Q4_K_M.gguf": 400, "a-Q8_0.gguf": 900}, 400),
        ({"model.skops": 400}, 400),
        ({"pytorch_model-00001-of-00002.bin": 300, "pytorch_model-00002-of-00002.bin": 100}, 400),
        ({"model.safetensors": 400, "pytorch_model.bin": 400}, 400),
        ({"handler.py": 400, "config.json": 9}, 0),
        ({}, 0),
    ],
    ids=["gguf", "skops", "pickle", "both", "code", "nothing"],
)
def test_only_the_weights_count(sizes: dict[str, int], least: int) -> None:
    assert at_least(sizes, "float32") == least


@pytest.mark.parametrize("shape", [[-10, 3], [10**9, 10**9]], ids=["negative", "boundless"])
def test_a_shape_that_no_tensor_has(tmp_path: Path, shape: list[int]) -> None:
    assert size_of(tmp_path, headed({"a": ("F32", shape)})) == 7


def test_what_training_left_is_not_counted(tmp_path: Path) -> None:
    data = headed({"a": ("F32", [10, 3])})
    lay(tmp_path, {"model.safetensors": data, "checkpoint-500/model.safetensors": data})
    assert predict(tmp_path, "float32") == foretold(120)
