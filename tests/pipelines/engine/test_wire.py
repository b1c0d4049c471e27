"""What travels between the server and a worker arrives as it left."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pipelines import errors
from pipelines.engine import wire
from pipelines.errors import InvalidInput, ModelFailed, TaglineError, Unavailable
from pipelines.hardware import Gpu
from pipelines.model import Model
from pipelines.models.resolve import Models
from pipelines.settings import Settings
from tests.conftest import STARTERS
from tests.pipelines.fakes import HARDWARE

KINDS = [each for each in vars(errors).values() if isinstance(each, type)]
RICH = Model(
    id="org/rich",
    path=Path("/models/org/größe x"),
    revision="0123456789",
    tag="text-classification",
    library="transformers",
    architectures=("BertForSequenceClassification", "Other"),
    card={"tags": ["a", "b"], "widget": [{"text": "Hi"}], "license": None, "score": 0.5},
    config={"id2label": {"0": "no", "1": "yes"}, "model_max_length": 10**30, "eps": 1e-12},
    chat_template=True,
    owner="somebody",
    trusted_code=True,
    trusted_pickle=True,
    handler=True,
    source="private",
    notes=("The card is odd.", "So is the config."),
)


def sent(frame: wire.Frame) -> wire.Frame:
    """The frame as the other side reads it."""
    data = wire.pack(frame)
    head, body = data[: wire.HEAD.size], data[wire.HEAD.size :]
    assert wire.size(head) == len(body)
    return wire.unpack(body)


# Models ----------------------------------------------------------------------------------------


def test_every_starter_arrives_whole(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, starters_dir=STARTERS, offline=True)
    starters = Models(settings, cache=tmp_path / "cache").list()
    assert len(starters) > 3
    for model in starters:
        # Card, config and notes too, which are no part of a model's equality.
        assert vars(wire.model_from_wire(sent(wire.model_to_wire(model)))) == vars(model)


def test_a_model_with_everything_arrives_whole() -> None:
    found = wire.model_from_wire(sent(wire.model_to_wire(RICH)))
    assert vars(found) == vars(RICH)
    assert hash(found) == hash(RICH)


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 12, 30), "2024-02-29 12:30:00"),
        (datetime(2024, 2, 29, 12, 30, tzinfo=UTC), "2024-02-29 12:30:00+00:00"),
        (Path("/a/b"), "/a/b"),
        ("\ud83d half", "\ud83d half"),
        (-(10**40), -(10**40)),
        (float("inf"), float("inf")),
    ],
    ids=repr,
)
def test_what_a_card_may_hold(value: Any, arrives: Any) -> None:
    model = replace(RICH, card={"odd": [{"deep": value}]})
    found = wire.model_from_wire(sent(wire.model_to_wire(model)))
    assert found.card == {"odd": [{"deep": arrives}]}


# Hardware --------------------------------------------------------------------------------------


def test_hardware_arrives_whole() -> None:
    gpus = (Gpu("NVIDIA L4", 22 << 30, (8, 9), "GPU-1"), Gpu("Tesla T4", 15 << 30, (7, 5)))
    hardware = replace(HARDWARE, device="cuda", gpus=gpus, cpu_flags=("amx_bf16", "avx2"))
    for each in (HARDWARE, hardware):
        found = wire.hardware_from_wire(sent(wire.hardware_to_wire(each)))
        assert found == each
        assert hash(found) == hash(each)


# Errors ----------------------------------------------------------------------------------------


def test_there_are_errors_to_try() -> None:
    assert {TaglineError, Unavailable, ModelFailed} < set(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("retry_after", [None, 7.5])
def test_every_error_arrives_as_what_it_is(
    kind: type[TaglineError], retry_after: float | None
) -> None:
    error = kind("Größe 7 is odd.\nMend it.")
    error.retry_after = retry_after
    found = wire.error_from_wire(sent(wire.error_to_wire(error)))
    assert (type(found), str(found)) == (kind, "Größe 7 is odd.\nMend it.")
    assert (found.status, found.retry_after) == (kind.status, retry_after)


def test_an_error_that_this_side_does_not_know() -> None:
    class Newer(Unavailable):
        pass

    found = wire.error_from_wire(sent(wire.error_to_wire(Newer("it is new", 3))))
    assert (type(found), str(found), found.retry_after) == (ModelFailed, "it is new", 3)


# Frames ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        {},
        {"id": 1, "value": [[{"label": "a", "score": 0.25}], None, True, -1, 2**63]},
        {"id": 1, "inputs": [{"data": bytes(range(256)), "text": "東京 🗼"}]},
        {"id": 1, "chunk": "x" * 100_000},
    ],
    ids=["nothing", "values", "bytes", "long"],
)
def test_a_frame_arrives_as_it_left(frame: Mapping[str, Any]) -> None:
    assert sent(dict(frame)) == frame


@pytest.mark.parametrize(
    "value", [2**64, -(2**63) - 1, "half \ud83d", {"half \ud83d": 1}], ids=repr
)
def test_what_no_frame_can_hold_is_the_callers_to_mend(value: Any) -> None:
    with pytest.raises(InvalidInput, match="cannot be passed to the model"):
        wire.pack({"inputs": [value]})


def test_a_length_that_cannot_be_one() -> None:
    assert wire.size(wire.HEAD.pack(wire.MOST)) == wire.MOST
    for length in (wire.MOST + 1, 2**32 - 1):
        with pytest.raises(ValueError, match=f"a frame of {length} bytes"):
            wire.size(wire.HEAD.pack(length))


def test_a_frame_that_is_cut_off() -> None:
    data = wire.pack({"id": 1, "value": "word"})
    with pytest.raises(ValueError, match="truncated"):
        wire.unpack(data[wire.HEAD.size : -1])


def test_numbers_of_numpy_and_torch_arrive_as_numbers() -> None:
    given = {"a": np.float32(0.5), "b": np.arange(3), "c": torch.tensor([[1.5]]), "d": np.bool_(1)}
    frame = wire.pack({"value": given})[wire.HEAD.size :]
    assert wire.unpack(frame) == {"value": {"a": 0.5, "b": [0, 1, 2], "c": [[1.5]], "d": True}}
