"""What models took is remembered, whatever happens to the file that it is kept in."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipelines.engine import footprints as module
from pipelines.engine.call import Call
from pipelines.engine.footprints import Footprint, Footprints, loader_name
from pipelines.hardware import Hardware
from pipelines.loaders import sklearn
from pipelines.models.weights import predict
from pipelines.registry import TASKS
from tests.pipelines.fakes import HARDWARE, Library

LIBRARY = Library()
FORETOLD = 1_000


def kept(path: Path | None = None, hardware: Hardware = HARDWARE) -> Footprints:
    """As a server has them that has just started."""
    return Footprints(hardware, path, lambda folder, dtype: FORETOLD)


def call(name: str = "a", revision: str = "1", task: Any = None) -> Call:
    found = LIBRARY.call(name)
    return replace(found, model=replace(found.model, revision=revision), task=task or found.task)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "footprints.json"


# What is expected ------------------------------------------------------------------------------


def test_what_was_never_loaded_is_foretold() -> None:
    found = kept()
    assert found.expect(call()) == Footprint(FORETOLD)
    assert not found.measured(call())


def test_the_folder_and_the_number_format_foretell(tmp_path: Path) -> None:
    asked: list[tuple[Path, str]] = []

    def note(folder: Path, dtype: str) -> int:
        asked.append((folder, dtype))
        return 5

    half = replace(HARDWARE, dtype="float16")
    assert Footprints(half, predict=note).expect(call()).bytes == 5
    assert asked == [(call().model.path, "float16")]
    assert Footprints(HARDWARE).predict is predict


def test_what_was_measured_replaces_what_was_foretold() -> None:
    found = kept()
    found.note(call(), 700, 2.5)
    assert found.expect(call()) == Footprint(700, 2.5)
    assert found.measured(call())


@pytest.mark.parametrize(
    "other",
    [
        call("b"),
        call(revision="2"),
        call(task=LIBRARY.task(key=sklearn.load)),
    ],
    ids=["model", "revision", "loader"],
)
def test_another_is_foretold_all_the_same(other: Call) -> None:
    found = kept()
    found.note(call(), 700)
    assert not found.measured(other)
    assert found.expect(other) == Footprint(FORETOLD)


@pytest.mark.parametrize("other", [{"dtype": "bfloat16"}, {"device": "cuda"}])
def test_other_hardware_has_footprints_of_its_own(path: Path, other: dict[str, Any]) -> None:
    kept(path).note(call(), 700)
    assert kept(path, replace(HARDWARE, threads=64)).measured(call())
    assert not kept(path, replace(HARDWARE, **other)).measured(call())


def test_the_most_that_was_seen_and_the_last_time() -> None:
    found = kept()
    found.note(call(), 700, 2.0)
    found.note(call(), 900)  # while it answered
    assert found.expect(call()) == Footprint(900, 2.0)
    found.note(call(), 600, 3.0)
    assert found.expect(call()) == Footprint(900, 3.0)


def test_seconds_are_guessed_by_what_was_loaded_before() -> None:
    found = kept()
    assert found.expect(call()).seconds is None
    for name, size, seconds in (("a", 100, 1.0), ("b", 100, 2.0), ("c", 100, 50.0)):
        found.note(call(name), size, seconds)
    found.note(call("d"), 5_000)  # grew while it answered, and was never timed
    assert found.expect(call("new")) == Footprint(FORETOLD, 20.0)


# The file --------------------------------------------------------------------------------------


def test_the_next_run_remembers(path: Path) -> None:
    kept(path).note(call(), 700, 2.5)
    kept(path).note(call("b"), 300)
    found = kept(path)
    assert found.expect(call()) == Footprint(700, 2.5)
    assert found.expect(call("b")).bytes == 300
    assert [file.name for file in path.parent.iterdir()] == ["footprints.json"]


def test_small_news_are_not_written(path: Path) -> None:
    found = kept(path)
    found.note(call(), 1_000)
    path.unlink()
    found.note(call(), 1_050)
    assert not path.exists()
    found.note(call(), 1_051)
    assert kept(path).expect(call()).bytes == 1_051


def test_the_oldest_are_forgotten(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    found = kept(path)
    for name in "abc":
        found.note(call(name), 100)
    found.note(call("a"), 200)  # now the newest
    found.note(call("d"), 100)
    for each in (found, kept(path)):
        assert [name for name in "abcd" if each.measured(call(name))] == ["a", "c", "d"]


def test_no_file_is_no_trouble(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert kept(path).known == {}
    assert caplog.records == []


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b'{"org/a@1": {"byt',
        b"[]",
        b'{"x": 7}',
        b'{"x": {"seconds": 1.0}}',
        b'{"x": {"bytes": "many"}}',
        b'{"x": {"bytes": null, "seconds": 1.0}}',
        b'{"x": {"bytes": 7, "seconds": "long"}}',
        b'{"\xff": {"bytes": 7}}',
        b"[" * 100_000,
    ],
    ids=range(10),
)
def test_a_damaged_file_is_passed_over(
    path: Path, text: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(text)
    found = kept(path)
    assert found.expect(call()) == Footprint(FORETOLD)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert f"{path} cannot be read, so sizes of models are measured anew" in record.getMessage()
    found.note(call(), 700)
    assert kept(path).measured(call())


def test_a_model_of_no_bytes_is_none(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"x": {"bytes": 0, "seconds": 1.0}, "y": {"bytes": 5}}))
    found = kept(path)
    assert found.known == {"y": Footprint(5)}
    assert found.expect(call()).seconds is None


def test_what_a_later_version_adds_is_passed_over(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"x": {"bytes": 5, "seconds": 1.0, "watts": 300}}))
    assert kept(path).known == {"x": Footprint(5, 1.0)}


def in_the_way(path: Path) -> None:
    path.mkdir(parents=True)


def no_folder(path: Path) -> None:
    path.parent.write_text("a file")


@pytest.mark.parametrize("spoil", [in_the_way, no_folder])
def test_where_nothing_can_be_written_this_run_still_remembers(
    path: Path, spoil: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    spoil(path)
    found = kept(path)
    caplog.clear()
    found.note(call(), 700)
    assert found.expect(call()).bytes == 700
    (record,) = caplog.records
    assert f"{path} cannot be written" in record.getMessage()


# Names of loaders ------------------------------------------------------------------------------


@dataclass(frozen=True)
class ByTag:
    tag: str

    def __call__(self) -> None: ...


def describe(size: int, of: str) -> str:
    return f"{size} {of}"


@pytest.mark.parametrize(
    ("loader", "name"),
    [
        (sklearn.load, "pipelines.loaders.sklearn.load"),
        (ByTag("fill-mask"), "ByTag(tag='fill-mask')"),
        (LIBRARY.load, "tests.pipelines.fakes.Library.load"),
        (
            partial(describe, 1, of="b"),
            "tests.pipelines.engine.test_footprints.describe (1,) {'of': 'b'}",
        ),
    ],
    ids=["function", "object", "method", "partial"],
)
def test_a_loader_has_the_same_name_in_every_run(loader: Any, name: str) -> None:
    assert loader_name(loader) == name


def test_no_loader_is_named_by_its_address() -> None:
    names = {loader_name(load) for task in TASKS.values() for load in task.load.values()}
    assert len(names) > 3
    assert not [name for name in names if " at 0x" in name]
