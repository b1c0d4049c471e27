"""Tokens in a real SQLite file, and processes that share it."""

import hmac
import re
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from pipelines.errors import InvalidInput, MissingPackage, Unavailable
from store.database import connect
from store.keys import signing_key
from store.tokens import FRESH_SECONDS, PREFIX, USED_SECONDS, Tokens
from tests.conftest import ROOT

SECONDS = 120


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "tagline.db"


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    found = connect(f"sqlite:///{path}")
    yield found
    found.dispose()


@pytest.fixture
def tokens(engine: Engine) -> Tokens:
    return Tokens(engine)


def python(code: str, *arguments: object) -> "subprocess.Popen[str]":
    """Another process that runs `code`."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def ended(process: "subprocess.Popen[str]") -> str:
    out, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    return out


# Secrets ----------------------------------------------------------------------------------------


def test_a_token_is_known_by_its_secret(tokens: Tokens) -> None:
    secret, made = tokens.create("laptop", "read", quota=3600)
    found = tokens.check(secret)
    assert found is not None
    assert (found.id, found.name, found.scope, found.quota) == (made.id, "laptop", "read", 3600)
    assert found.created.tzinfo is UTC
    assert abs(datetime.now(UTC) - found.created) < timedelta(minutes=2)


def test_a_secret_has_256_bits_and_is_kept_nowhere(tokens: Tokens, path: Path) -> None:
    one, two = (tokens.create(name, "admin")[0] for name in ("one", "two"))
    assert re.fullmatch(PREFIX + "1_[0-9a-f]{64}", one)
    assert one[-64:] != two[-64:]
    written = b"".join(each.read_bytes() for each in path.parent.iterdir())
    for secret in (one, two):
        assert secret[-64:].encode() not in written
        assert bytes.fromhex(secret[-64:]) not in written
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT salt, digest FROM tokens").fetchall()
    database.close()
    assert len({salt for salt, _ in rows}) == 2
    assert rows[0][1] == hmac.digest(rows[0][0], one[-64:].encode(), "sha256")


def test_wrong_secrets_are_nobodys(tokens: Tokens) -> None:
    secret, _ = tokens.create("one", "read")
    other, _ = tokens.create("two", "read")
    last = "0" if secret[-1] != "0" else "1"
    wrong = [
        "", "tgl_", PREFIX, secret[:-1], secret + "0", secret[:-1] + last, secret.upper(),
        secret[4:], f" {secret}", f"{secret}\n", secret.replace("tgl_1_", "tgl_2_"),
        secret.replace("tgl_1_", "tgl_3_"), secret.replace("tgl_1_", "tgl_1234567890123_"),
        secret.replace("tgl_1_", "tgl_١_"), "tgl_1_" + other[-64:], "tgl_0_" + "0" * 64,
        "hf_" + "a" * 34, "\x00", "é" * 64,
    ]  # fmt: skip
    assert [tokens.check(each) for each in wrong] == [None] * len(wrong)
    assert tokens.check(secret)


def test_an_unknown_number_costs_the_same_work_as_a_wrong_secret(
    tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens.create("one", "read")
    compared: list[tuple[int, int]] = []
    real = hmac.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    for number in (1, 2):
        assert tokens.check(f"tgl_{number}_{'0' * 64}") is None
    assert compared == [(32, 32), (32, 32)]


# Ends -------------------------------------------------------------------------------------------


def test_a_token_expires(tokens: Tokens) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=0.5)
    secret, made = tokens.create("brief", "read", expires=soon)
    assert tokens.check(secret)
    time.sleep(0.6)
    assert tokens.check(secret) is None  # also from memory
    assert Tokens(tokens.engine).check(secret) is None
    assert made.expires == soon


def test_a_time_of_another_zone_stays_that_time(tokens: Tokens) -> None:
    there = datetime(2099, 1, 1, 12, tzinfo=timezone(timedelta(hours=9)))
    tokens.create("far", "read", expires=there)
    assert tokens.all()[0].expires == there


def test_a_revocation_is_seen_at_once(tokens: Tokens) -> None:
    secret, _ = tokens.create("laptop", "read")
    assert tokens.check(secret)
    tokens.revoke("laptop")
    assert tokens.check(secret) is None
    (kept,) = tokens.all()
    assert kept.revoked
    with pytest.raises(InvalidInput, match="No token laptop to revoke"):
        tokens.revoke("laptop")


def test_a_revocation_by_another_process_is_seen_in_seconds(tokens: Tokens, path: Path) -> None:
    secret, _ = tokens.create("laptop", "read")
    assert tokens.check(secret)
    revoke = "import sys; from store.tokens import *; from store.database import connect; "
    ended(python(revoke + "Tokens(connect(sys.argv[1])).revoke('laptop')", f"sqlite:///{path}"))
    time.sleep(FRESH_SECONDS)
    assert tokens.check(secret) is None


def test_a_new_token_of_another_process_is_good_at_once(tokens: Tokens, path: Path) -> None:
    assert tokens.check(f"tgl_1_{'0' * 64}") is None  # which is not remembered
    make = "import sys; from store.tokens import *; from store.database import connect; "
    made = python(
        make + "print(Tokens(connect(sys.argv[1])).create('new', 'admin')[0])", f"sqlite:///{path}"
    )
    found = tokens.check(ended(made).strip())
    assert found is not None
    assert found.scope == "admin"


def test_a_name_is_one_good_tokens_alone(tokens: Tokens) -> None:
    secret, _ = tokens.create("laptop", "read")
    with pytest.raises(InvalidInput, match="There is a token laptop already"):
        tokens.create("laptop", "admin")
    tokens.revoke("laptop")
    again, made = tokens.create("laptop", "admin")
    assert made.id == 2  # limits count by it, so it is never given again
    assert tokens.check(secret) is None
    assert tokens.check(again)


@pytest.mark.parametrize("name", ["", " laptop", "a\nb", "a" * 101, "a\x1b[31m"])
def test_names_that_would_spoil_a_list(tokens: Tokens, name: str) -> None:
    with pytest.raises(InvalidInput, match="up to 100 letters"):
        tokens.create(name, "read")


# Use --------------------------------------------------------------------------------------------


def test_a_use_is_noted_once_a_minute(tokens: Tokens, engine: Engine) -> None:
    secret, made = tokens.create("laptop", "read")
    assert made.last_used is None
    first = tokens.check(secret)
    (kept,) = tokens.all()
    assert first is not None
    assert first.last_used is not None
    assert first.last_used == kept.last_used
    assert Tokens(engine).check(secret) == first
    assert tokens.all() == [first]
    earlier = datetime.now(UTC) - timedelta(seconds=USED_SECONDS + 1)
    with engine.begin() as connection:
        known = {"time": earlier.replace(tzinfo=None).isoformat(" ")}
        connection.execute(text("UPDATE tokens SET last_used = :time"), known)
    later = Tokens(engine).check(secret)
    assert later is not None
    assert later.last_used is not None
    assert later.last_used > first.last_used


def test_a_use_that_cannot_be_noted_refuses_nobody(
    tokens: Tokens, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = tokens.create("laptop", "read")
    monkeypatch.setattr("store.database.BUSY_SECONDS", 0.1)
    impatient = Tokens(connect(f"sqlite:///{path}"))
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    assert impatient.check(secret)
    writer.close()
    assert tokens.all()[0].last_used is None
    impatient.engine.dispose()


# The database -----------------------------------------------------------------------------------


def test_only_its_owner_reads_the_file(tokens: Tokens, path: Path) -> None:
    tokens.create("laptop", "read")
    files = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert files == dict.fromkeys(["tagline.db", "tagline.db-wal", "tagline.db-shm"], 0o600)


def test_parts_of_a_server_may_connect_each(tokens: Tokens, path: Path) -> None:
    """That the second does not end the locks of the first shows when another process leaves."""
    secret, _ = tokens.create("laptop", "read")
    assert tokens.check(secret)
    second = connect(f"sqlite:///{path}")
    code = "import sys, sqlite3; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM tokens')"
    ended(python(code, path))
    assert path.with_name("tagline.db-wal").exists()
    second.dispose()


def test_a_database_that_fails_allows_nobody(path: Path) -> None:
    tokens = Tokens(connect(f"sqlite:///{path}"))
    secret, _ = tokens.create("laptop", "admin")
    tokens.engine.dispose()
    for each in path.parent.iterdir():
        each.unlink()
    path.write_bytes(b"This is no database. " * 100)
    for _ in range(2):
        with pytest.raises(Unavailable, match="does not answer") as caught:
            tokens.check(secret)
        assert caught.value.status == 503
    with pytest.raises(Unavailable):
        connect(f"sqlite:///{path}")


def test_a_database_that_is_locked_allows_nobody(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.database.BUSY_SECONDS", 0.1)
    tokens = Tokens(connect(f"sqlite:///{path}"))
    secret, _ = tokens.create("laptop", "admin")
    tokens.engine.dispose()
    owner = sqlite3.connect(path, isolation_level=None)
    owner.execute("PRAGMA locking_mode=EXCLUSIVE")
    owner.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable):
        tokens.check(secret)
    owner.close()
    assert tokens.check(secret)
    tokens.engine.dispose()


@pytest.mark.parametrize(
    ("url", "error", "words"),
    [
        ("mysql+pymysql://me:hush@host/name", MissingPackage, "needs the package pymysql"),
        ("nonesuch://host/name", InvalidInput, "no database nonesuch"),
        ("not a url", InvalidInput, "no database's URL"),
        ("sqlite://", InvalidInput, "must name a file"),
        ("sqlite:///:memory:", InvalidInput, "must name a file"),
    ],
)
def test_urls_that_lead_nowhere(url: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        connect(url)
    assert "hush" not in str(caught.value)
    assert "\n" not in str(caught.value)


BEGIN = """
import sys
from store.database import connect
from store.keys import signing_key
from store.tokens import Tokens
engine = connect(sys.argv[1])
secret, made = Tokens(engine).create(sys.argv[2], "read")
print(signing_key(engine).hex(), made.id, Tokens(engine).check(secret).name)
"""


def test_processes_that_start_at_once_share_one_database(path: Path) -> None:
    names = ["a", "b", "c", "d"]
    started = [python(BEGIN, f"sqlite:///{path}", name) for name in names]
    keys, ids, found = zip(*(ended(each).split() for each in started), strict=True)
    assert len(set(keys)) == 1
    assert sorted(ids) == ["1", "2", "3", "4"]
    assert list(found) == names


def test_the_key_that_signs_cookies_stays(engine: Engine, path: Path) -> None:
    key = signing_key(engine)
    assert len(key) == 32
    assert signing_key(engine) == key
    again = connect(f"sqlite:///{path}")
    assert signing_key(again) == key
    again.dispose()
    other = connect(f"sqlite:///{path.parent / 'other.db'}")
    assert signing_key(other) != key
    other.dispose()
