"""Kept runs in a real SQLite file: who sees them, who deletes them, and how much room there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from pipelines.errors import Forbidden, TooLarge, UnknownRun
from pipelines.recent import Recent, Run, pack, unpack
from store.database import connect
from store.run import Visitor
from store.runs import Runs

RUN = Run(
    "text-classification", "org/m", "rev", {"text": "hello"}, {"top_k": 1},
    [{"label": "good", "score": 0.5}], 0.25, "cpu", ("cut",), {"tagline": "0"}, 1.5e9,
)  # fmt: skip
DATA = pack(RUN)
ANYBODY, OWNER, OTHER, ADMIN = Visitor(), Visitor(1), Visitor(2), Visitor(3, admin=True)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    found = connect(f"sqlite:///{tmp_path / 'tagline.db'}")
    yield found
    found.dispose()


@pytest.fixture
def runs(engine: Engine) -> Runs:
    return Runs(engine, most=3, most_bytes=1e6)


def test_a_run_comes_back_as_it_was(runs: Runs, engine: Engine) -> None:
    id, key = runs.keep(DATA, None, shared=False)
    found = Runs(engine, 3, 1e6).find(id, ANYBODY)  # as after a restart
    assert found.run == RUN
    assert found.shared
    assert found.created.timestamp() == RUN.created
    assert re.fullmatch(r"[\w-]{22}", id)
    assert key != id


def test_files_stay_bytes() -> None:
    with_file = Run("image-classification", "m", "r", {"image": b"\x00\xff"}, {})
    assert unpack(pack(with_file)) == with_file


@pytest.mark.parametrize("id", ["", "x", "x" * 22, "%" * 22, "x" * 5_000])
def test_what_is_not_there(runs: Runs, id: str) -> None:
    runs.keep(DATA, None, shared=True)
    for ask in (runs.find, runs.delete):
        with pytest.raises(UnknownRun, match="deleted"):
            ask(id, ADMIN)


def test_a_token_s_own_run_is_nobody_else_s(runs: Runs) -> None:
    id, _ = runs.keep(DATA, 1, shared=False)
    assert runs.find(id, OWNER).run == RUN
    for who in (ANYBODY, OTHER, ADMIN):
        with pytest.raises(UnknownRun):
            runs.find(id, who)
    with pytest.raises(UnknownRun):
        runs.share(id, OTHER, True)
    assert runs.share(id, OWNER, True)
    assert runs.find(id, OTHER).shared
    with pytest.raises(Forbidden, match="Only whoever kept"):
        runs.share(id, OTHER, False)
    assert not runs.share(id, OWNER, False)
    with pytest.raises(UnknownRun):
        runs.find(id, OTHER)


def test_what_has_no_owner_is_always_shared(runs: Runs) -> None:
    id, key = runs.keep(DATA, None, shared=False)
    assert runs.share(id, Visitor(key=key), False)
    assert runs.find(id, OTHER).shared


def test_who_deletes(runs: Runs) -> None:
    for owner, who in ((1, OWNER), (1, ADMIN), (None, ADMIN)):
        id, _ = runs.keep(DATA, owner, shared=True)
        for wrong in (OTHER, ANYBODY, Visitor(key="wrong")):
            with pytest.raises(Forbidden):
                runs.delete(id, wrong)
        runs.delete(id, who)
        with pytest.raises(UnknownRun):
            runs.find(id, OWNER)
    id, key = runs.keep(DATA, None, shared=True)
    runs.delete(id, Visitor(key=key))
    with pytest.raises(UnknownRun):
        runs.delete(id, Visitor(key=key))


def test_there_is_room_for_so_many_and_so_many_bytes(runs: Runs, engine: Engine) -> None:
    kept = [runs.keep(DATA, None, shared=True) for _ in range(3)]
    with pytest.raises(TooLarge, match="TAGLINE_KEEP_RUNS"):
        runs.keep(DATA, None, shared=True)
    runs.delete(kept[0][0], Visitor(key=kept[0][1]))
    runs.keep(DATA, None, shared=True)
    with pytest.raises(TooLarge):
        Runs(engine, 10, 3.5 * len(DATA)).keep(DATA, None, shared=True)
    assert runs.find(kept[1][0], ANYBODY).run == RUN  # what is kept never makes room


def test_the_key_is_kept_nowhere(runs: Runs, engine: Engine, tmp_path: Path) -> None:
    _, key = runs.keep(DATA, None, shared=True)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    assert key.encode() not in (tmp_path / "tagline.db").read_bytes()


def test_a_run_of_another_version(runs: Runs, engine: Engine) -> None:
    id, _ = runs.keep(DATA, None, shared=True)
    with engine.begin() as connection:
        connection.execute(text("UPDATE runs SET data = x'c1'"))
    with pytest.raises(UnknownRun, match="another version"):
        runs.find(id, ANYBODY)


# Held for a while -------------------------------------------------------------------------------


def test_recent_runs_are_their_token_s() -> None:
    recent = Recent()
    id = recent.put(RUN, 1)
    assert id
    assert unpack(recent.get(id, 1) or b"") == RUN
    assert recent.get(id) is None
    assert recent.get(id, 2) is None
    assert recent.get("x", 1) is None


def test_the_oldest_recent_run_goes_first() -> None:
    recent = Recent(most=10 * len(DATA) + 5)
    ids = [recent.put(RUN) for _ in range(11)]
    assert [bool(recent.get(str(id))) for id in ids] == [False, *[True] * 10]
    assert recent.bytes == 10 * len(DATA)


def test_what_is_too_large_or_cannot_be_written_is_not_held() -> None:
    assert Recent(most=7 * len(DATA)).put(RUN) is None
    assert Recent().put(Run("t", "m", "r", {"text": "\ud800"}, {})) is None
    assert Recent().put(Run("t", "m", "r", {"n": 1 << 70}, {})) is None


def test_recent_runs_end() -> None:
    recent = Recent(seconds=-1)
    assert recent.get(str(recent.put(RUN))) is None
    assert recent.bytes == 0
