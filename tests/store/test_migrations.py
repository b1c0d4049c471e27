"""The tables of a database: new, of an earlier version, of a later one, and of two servers."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from pipelines.errors import InvalidInput
from store.database import connect
from store.migrate import FOLDER, reached, steps
from store.tables import Base
from store.tokens import Tokens
from tests.conftest import ROOT
from tests.store.postgres import postgres

SECONDS = 120
CONNECT = "import sys; from store.database import connect; connect(sys.argv[1]); print('there')"
EARLIER = """
CREATE TABLE tokens (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, name VARCHAR(100) NOT NULL,
    scope VARCHAR(20) NOT NULL, salt BLOB NOT NULL, digest BLOB NOT NULL, created DATETIME NOT NULL,
    expires DATETIME, last_used DATETIME, revoked DATETIME, quota FLOAT);
CREATE INDEX ix_tokens_name ON tokens (name);
CREATE TABLE keys (name VARCHAR(100) NOT NULL PRIMARY KEY, value BLOB NOT NULL);
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'tagline.db'}"
    found: str = request.getfixturevalue("cluster")
    empty = create_engine(found)
    with empty.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    empty.dispose()
    return found


def differences(engine: Engine) -> list[object]:
    """Between the tables that there are and those that the code knows. SQLite knows no lengths."""
    types = engine.dialect.name != "sqlite"
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": types})
        return list(compare_metadata(context, Base.metadata))


def test_the_last_step_is_alembics_too() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    assert ScriptDirectory.from_config(config).get_current_head() == steps()[-1]


def test_a_new_database_has_the_tables_that_the_code_knows(url: str) -> None:
    engine = connect(url)
    assert differences(engine) == []
    with engine.connect() as connection:
        assert reached(connection) == steps()[-1]
    engine.dispose()


def test_tokens_of_an_earlier_version_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "tagline.db"
    with sqlite3.connect(path) as earlier:
        earlier.executescript(EARLIER)
    earlier.close()
    engine = create_engine(f"sqlite:///{path}")
    secret, _ = Tokens(engine).create("laptop", "read")
    engine.dispose()
    again = connect(f"sqlite:///{path}")
    assert {"endpoints", "audit", "leases", "runs"} <= set(inspect(again).get_table_names())
    found = Tokens(again).check(secret)
    assert found
    assert (found.name, found.scope) == ("laptop", "read")
    assert differences(again) == []
    again.dispose()


def test_two_servers_may_start_at_once(url: str) -> None:
    command = [sys.executable, "-c", CONNECT, url]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    said = [each.communicate(timeout=SECONDS)[0] for each in started]
    assert said == ["there\n"] * 4
    engine = connect(url)
    assert differences(engine) == []
    engine.dispose()


def test_alembic_is_not_needed_where_nothing_is_to_be_done(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tagline.db'}"
    connect(url).dispose()
    code = f"import sys; {CONNECT}; sys.exit('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, url], cwd=ROOT, timeout=SECONDS)
    assert done.returncode == 0


def test_a_database_of_a_later_version_is_left_alone(url: str) -> None:
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InvalidInput, match="later version of Tagline \\(its step 9999\\)"):
        connect(url)
    with engine.connect() as connection:
        assert reached(connection) == "9999"
    engine.dispose()


def test_a_long_scope_fits(url: str) -> None:
    engine = connect(url)
    secret, _ = Tokens(engine).create("laptop", "endpoint:" + "a" * 63)
    found = Tokens(engine).check(secret)
    assert found
    assert found.endpoint == "a" * 63
    engine.dispose()
