"""The key of endpoints' secrets lies apart from them, and is moved there from where it was."""

import base64
import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from pipelines.errors import Unavailable
from pipelines.settings import Settings
from store.database import connect
from store.endpoints import EndpointStore
from store.sealing import Vault, vault
from store.tables import EndpointRow, KeyRow
from tests.store.test_endpoints import NOW, WORDS

SECRET = replace(WORDS, spec='{"secrets": ["KEY"]}')
OLD = bytes(range(32))
OTHER = Fernet.generate_key().decode()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    found = connect(f"sqlite:///{tmp_path / 'tagline.db'}")
    yield found
    found.dispose()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "apart" / "endpoints.key"


@pytest.fixture
def before(engine: Engine) -> None:
    """A database as earlier versions left it: the key in it, and what that sealed."""
    old = Fernet(base64.urlsafe_b64encode(OLD))
    with Session(engine) as session, session.begin():
        session.add(KeyRow(name="endpoints", value=OLD))
        session.add(KeyRow(name="session", value=b"another"))
        session.add(
            EndpointRow(
                name="words", spec=SECRET.spec, sealed=old.encrypt(b'{"KEY": "hush-hush"}'),
                version=1, paused=False, asleep=False, state="pending", created=NOW, updated=NOW,
                by="ann",
            )
        )  # fmt: skip


def written(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in folder.glob("tagline.db*"))


def rows(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT name FROM keys")).scalars())


def test_it_is_made_for_its_owner_alone_and_stays(engine: Engine, file: Path) -> None:
    EndpointStore(engine, Vault(file)).put(SECRET)
    first = file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert EndpointStore(engine, Vault(file)).all() == [SECRET]
    assert (file.read_bytes(), rows(engine)) == (first, [])


@pytest.mark.usefixtures("before")
def test_an_old_one_is_moved_out_of_the_database(
    engine: Engine, file: Path, tmp_path: Path
) -> None:
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    assert OLD in written(tmp_path)
    assert EndpointStore(engine, Vault(file)).all() == [SECRET]
    assert base64.urlsafe_b64decode(file.read_bytes()) == OLD
    assert rows(engine) == ["session"]
    assert OLD not in written(tmp_path)
    assert EndpointStore(engine, Vault(file)).all() == [SECRET]


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("from_variable", [True, False])
def test_what_an_old_one_sealed_is_sealed_by_the_one_that_is_named(
    engine: Engine, file: Path, from_variable: bool
) -> None:
    if not from_variable:
        file.parent.mkdir()
        file.write_text(OTHER)
        file.chmod(0o600)
    found = EndpointStore(engine, Vault(file, OTHER if from_variable else None))
    assert found.all() == [SECRET]
    assert rows(engine) == ["session"]
    with Session(engine) as session:
        assert b"hush" in Fernet(OTHER).decrypt(session.get_one(EndpointRow, "words").sealed)
    assert file.exists() is not from_variable


@pytest.mark.usefixtures("before")
def test_what_cannot_be_written_leaves_the_old_one(engine: Engine, file: Path) -> None:
    file.with_name("endpoints.key.new").mkdir(parents=True)
    with pytest.raises(Unavailable, match="cannot be written"):
        EndpointStore(engine, Vault(file))
    assert sorted(rows(engine)) == ["endpoints", "session"]


def test_without_it_nothing_is_guessed_and_none_is_made(engine: Engine, file: Path) -> None:
    EndpointStore(engine, Vault(file)).put(SECRET)
    file.unlink()
    with pytest.raises(Unavailable, match="Bring that file back"):
        EndpointStore(engine, Vault(file))
    assert not file.exists()


def test_another_one_opens_nothing(engine: Engine, file: Path) -> None:
    store = EndpointStore(engine, Vault(file))
    store.put(replace(WORDS, name="open", secrets={}))
    other = EndpointStore(engine, Vault(file, OTHER))
    assert [each.name for each in other.all()] == ["open"]  # it has none
    store.put(SECRET)
    with pytest.raises(Unavailable, match="another key than that in TAGLINE_SECRETS_KEY"):
        other.all()


@pytest.mark.parametrize("said", ["", "short", "ä" * 44])
def test_what_is_no_key_is_told(engine: Engine, file: Path, said: str) -> None:
    with pytest.raises(Unavailable, match="TAGLINE_SECRETS_KEY holds no key. Make one by"):
        EndpointStore(engine, Vault(file, said))
    file.parent.mkdir()
    file.write_bytes(said.encode())
    with pytest.raises(Unavailable, match="endpoints.key"):
        EndpointStore(engine, Vault(file))


def test_others_who_may_read_it_are_told_of(
    engine: Engine, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    EndpointStore(engine, Vault(file))
    os.chmod(file, 0o640)
    with caplog.at_level(logging.WARNING):
        EndpointStore(engine, Vault(file))
    assert "chmod 600" in caplog.text


def test_where_it_is(tmp_path: Path) -> None:
    usual = Settings(host="127.0.0.1", home=tmp_path)
    assert str(vault(usual)) == str(tmp_path / "endpoints.key")
    elsewhere = Settings(host="127.0.0.1", home=tmp_path, secrets_key_file=tmp_path / "key")
    assert str(vault(elsewhere)) == str(tmp_path / "key")
    said = vault(Settings(host="127.0.0.1", home=tmp_path, secrets_key=OTHER))
    assert str(said) == "TAGLINE_SECRETS_KEY"
    assert OTHER not in repr(said)


@pytest.mark.usefixtures("before")
def test_a_far_database_keeps_it_until_somebody_says_where_it_is_to_lie(
    engine: Engine, file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A server's own folder may be gone with its container, and the secrets with it."""
    monkeypatch.setattr(Vault, "is_far", lambda vault, engine: not vault.chosen)
    with caplog.at_level(logging.WARNING):
        assert EndpointStore(engine, Vault(file)).all() == [SECRET]
    assert "TAGLINE_SECRETS_KEY" in caplog.text
    assert sorted(rows(engine)) == ["endpoints", "session"]
    assert not file.exists()
    assert EndpointStore(engine, Vault(file, chosen=True)).all() == [SECRET]
    assert rows(engine) == ["session"]


def test_what_is_far(engine: Engine, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not Vault(file).is_far(engine)
    monkeypatch.setattr(engine.dialect, "name", "postgresql")
    assert Vault(file).is_far(engine)
    assert not Vault(file, chosen=True).is_far(engine)
