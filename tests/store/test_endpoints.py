"""Endpoints in a database: secrets are sealed, the log only grows, one looks after them."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from store.database import connect
from store.endpoints import EndpointStore, Entry, Record
from store.lease import Lease
from store.sealing import Vault
from tests.store.postgres import postgres

NOW = datetime(2026, 1, 2, tzinfo=UTC)
WORDS = Record("words", "{}", 1, NOW, NOW, "ann", secrets={"KEY": "hush-hush"})


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with ExitStack() as stack:
        here = f"sqlite:///{tmp_path / 'tagline.db'}"
        found = connect(here if request.param == "sqlite" else stack.enter_context(postgres()))
        yield found
        found.dispose()


def kept(engine: Engine, folder: Path) -> EndpointStore:
    return EndpointStore(engine, Vault(folder / "endpoints.key"))


def entry(what: str, name: str = "words") -> Entry:
    return Entry(NOW, "ann", what, name, "why")


def test_what_was_put_is_found_again(engine: Engine, tmp_path: Path) -> None:
    store = kept(engine, tmp_path)
    store.put(WORDS, entry("create"))
    store.put(replace(WORDS, name="alpha"))
    store.put(replace(WORDS, version=2, paused=True, state="paused"), entry("pause"))
    assert kept(engine, tmp_path).all() == [
        replace(WORDS, name="alpha"),
        replace(WORDS, version=2, paused=True, state="paused"),
    ]


def test_the_log_keeps_what_was_deleted(engine: Engine, tmp_path: Path) -> None:
    store = kept(engine, tmp_path)
    store.put(WORDS, entry("create"))
    store.put(replace(WORDS, name="alpha"), entry("create", "alpha"))
    store.delete("words", entry("delete"))
    assert [each.name for each in store.all()] == ["alpha"]
    assert [each.what for each in store.audit("words")] == ["delete", "create"]
    assert [each.endpoint for each in store.audit()] == ["words", "alpha", "words"]
    assert store.audit(limit=1) == [entry("delete")]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # whose files are read here
def test_secrets_lie_sealed(engine: Engine, tmp_path: Path) -> None:
    kept(engine, tmp_path).put(WORDS)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    written = b"".join(each.read_bytes() for each in tmp_path.glob("tagline.db*"))
    assert b"words" in written
    assert (tmp_path / "endpoints.key").read_bytes().strip() not in written
    assert b"hush" not in written
    assert "hush" not in repr(WORDS)


def test_one_holds_the_lease_until_he_lets_go(engine: Engine) -> None:
    ann, bob = (Lease(engine, "endpoints", name, 60) for name in ("ann", "bob"))
    assert [ann.take(), bob.take(), ann.take()] == [True, False, True]
    bob.release()
    assert not bob.take()
    ann.release()
    assert [bob.take(), ann.take()] == [True, False]


def test_a_lease_that_is_not_renewed_ends(engine: Engine) -> None:
    assert Lease(engine, "endpoints", "ann", 0.01).take()
    time.sleep(0.02)
    bob = Lease(engine, "endpoints", "bob", 60)
    assert bob.take()
    assert not Lease(engine, "endpoints", "ann", 0.01).take()
