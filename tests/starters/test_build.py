"""Building: whole or not at all, once or whenever something changed."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from starters.__main__ import main
from starters.build import Starter, build, is_current
from starters.wheels import Wheel


class Builder:
    """Writes a folder of one file, counts how often, and fails when told to."""

    def __init__(self) -> None:
        self.builds = 0
        self.fails = False

    def __call__(self, folder: Path, wheels: Mapping[str, Wheel]) -> None:
        folder.mkdir()
        self.builds += 1
        (folder / "config.json").write_text(str(self.builds))
        if self.fails:
            raise ValueError("the weights do not fit")


@pytest.fixture
def builder() -> Builder:
    return Builder()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "builder.py"
    path.write_text("first version")
    return path


@pytest.fixture
def starter(builder: Builder, source: Path) -> Starter:
    return Starter(id="org/name", build=builder, sources=(str(source),))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_a_second_run_has_nothing_to_do(starter: Starter, builder: Builder, out: Path) -> None:
    assert build(starter, out)
    assert not build(starter, out)
    assert builder.builds == 1


def test_a_changed_builder_builds_again(
    starter: Starter, builder: Builder, source: Path, out: Path
) -> None:
    build(starter, out)
    source.write_text("second version")
    assert build(starter, out)
    assert (out / "org/name/config.json").read_text() == "2"


def test_another_wheel_or_library_makes_it_out_of_date(starter: Starter, out: Path) -> None:
    build(starter, out)
    assert is_current(starter, out)
    assert not is_current(replace(starter, wheels=("timm",)), out)
    assert not is_current(replace(starter, made_with=("scikit-learn",)), out)


def test_a_failed_build_leaves_nothing(starter: Starter, builder: Builder, out: Path) -> None:
    builder.fails = True
    with pytest.raises(ValueError, match="do not fit"):
        build(starter, out)
    assert [path.name for path in out.iterdir()] == [".lock"]


def test_a_failed_build_keeps_what_was_there(
    starter: Starter, builder: Builder, source: Path, out: Path
) -> None:
    build(starter, out)
    source.write_text("second version")
    builder.fails = True
    with pytest.raises(ValueError, match="do not fit"):
        build(starter, out)
    assert (out / "org/name/config.json").read_text() == "1"


def test_what_a_killed_build_left_is_swept_away(starter: Starter, out: Path) -> None:
    (out / ".building" / "new").mkdir(parents=True)
    (out / ".building" / "new" / "half").write_text("")
    build(starter, out)
    assert {path.name for path in out.iterdir()} == {".lock", "org"}
    assert not (out / "org/name/half").exists()


def test_everybody_may_read_a_built_model(starter: Starter, out: Path) -> None:
    build(starter, out)
    assert (out / "org/name/config.json").stat().st_mode & 0o777 == 0o644


def test_one_failure_does_not_stop_the_others(
    starter: Starter, builder: Builder, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Builder()
    broken.fails = True
    status = main(["--out", str(out)], [replace(starter, id="a/broken", build=broken), starter])
    printed = capsys.readouterr()
    assert status == 1
    assert "failed: the weights do not fit" in printed.err
    assert "Not built: a/broken. The others can be used; run this again." in printed.err
    assert printed.out.startswith("org/name")


def test_a_second_run_says_so(
    starter: Starter, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--out", str(out)], [starter]) == 0
    assert main(["--out", str(out)], [starter]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert " s " in first
    assert "up to date" in second
