"""The database: an SQLite file below TAGLINE_HOME, or whatever the settings name by its URL."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from pipelines.errors import InvalidInput, MissingPackage, Unavailable
from store.migrate import upgrade

log = logging.getLogger(__name__)
BUSY_SECONDS = 5  # how long SQLite waits for another process that writes
EXAMPLE = "sqlite:////data/tagline.db or postgresql+psycopg://user:password@host/name"


def connect(url: str) -> Engine:
    """The database at `url`, with its tables as they are to be.

    Raises InvalidInput for what is no such URL or of a later version, MissingPackage where its
    driver is not installed, Unavailable where it does not answer.
    """
    engine = open_engine(parse(url))
    try:
        with answering():
            upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def answering() -> Iterator[None]:
    """Raises Unavailable where the database fails: what cannot be looked up is never allowed."""
    try:
        yield
    except SQLAlchemyError as error:
        log.error("The database failed: %s", error)
        raise Unavailable(
            "The database does not answer, so this cannot be decided. Try again shortly; the "
            "server's log has the reason.",
            retry_after=BUSY_SECONDS,
        ) from error


def parse(url: str) -> URL:
    try:
        found = make_url(url)
    except ArgumentError as error:
        raise InvalidInput(f"TAGLINE_DATABASE is no database's URL. Write {EXAMPLE}.") from error
    if is_sqlite(found) and found.database in (None, "", ":memory:"):
        raise InvalidInput(f"TAGLINE_DATABASE must name a file, or nothing is kept: {EXAMPLE}.")
    return found


def open_engine(url: URL) -> Engine:
    try:
        engine = create_engine(url, **options(url))
    except NoSuchModuleError as error:
        raise InvalidInput(
            f"TAGLINE_DATABASE: SQLAlchemy knows no database {url.drivername}. Write {EXAMPLE}."
        ) from error
    except ModuleNotFoundError as error:
        raise MissingPackage(
            f"TAGLINE_DATABASE: {url.drivername} needs the package {error.name}. Install it, or "
            "name another driver, or leave the setting out for SQLite."
        ) from error
    if is_sqlite(url):
        prepare(Path(str(url.database)))
        event.listen(engine, "connect", tune)
    return engine


def options(url: URL) -> dict[str, Any]:
    if is_sqlite(url):
        return {"connect_args": {"timeout": BUSY_SECONDS}}
    return {"pool_pre_ping": True}  # a connection that was dropped is replaced, not an error


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def prepare(path: Path) -> None:
    """Makes the file before SQLite does, for its owner alone; SQLite's other files follow it.

    One that is there is not opened: to close it again would end the locks that connections of this
    process hold on it, and another process would take the write-ahead log from under them.
    Source: https://www.sqlite.org/howtocorrupt.html, 2.2. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def tune(connection: Any, _: object) -> None:
    """With a write-ahead log readers never wait for a writer."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
