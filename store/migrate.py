"""Brings the tables of a database to what this version of Tagline has."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from pipelines.errors import InvalidInput

FOLDER = Path(__file__).parent / "migrations"
LOCK = 7_746_301  # of Postgres' advisory locks: any number that nobody else takes


def steps() -> list[str]:
    """The revisions there are, by the names of their files: Alembic itself is slow to import."""
    files = (FOLDER / "versions").glob("v[0-9]*_*.py")
    return sorted(file.name[1:].partition("_")[0] for file in files)


def upgrade(engine: Engine) -> None:
    """Does nothing for a database that is as it should be. Two processes may come at once.

    Raises InvalidInput for a database that a later version has changed.
    """
    with engine.connect() as connection:
        if reached(connection) == steps()[-1]:
            return
    with locked(engine) as connection:
        before = reached(connection)
        if before not in (None, *steps()):
            raise InvalidInput(
                f"The database is of a later version of Tagline (its step {before}). Start that "
                "version, or name another database with TAGLINE_DATABASE."
            )
        run(connection)


def reached(connection: Connection) -> str | None:
    """The last step that was done."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


@contextmanager
def locked(engine: Engine) -> Iterator[Connection]:
    """One transaction, alone with the database."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        yield connection
        connection.commit()


def run(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
