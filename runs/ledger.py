"""The results of a run: one SQLite file, a row for each row that was answered or failed."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from threading import Lock
from typing import Any, Literal

Filter = Literal["all", "wrong", "failed"]
PATIENCE = 30.0  # seconds that a writer waits for another
PIECE = 1_000  # rows that are read at a time
WHERE: dict[Filter, str] = {"all": "1", "wrong": "right = 0", "failed": "error IS NOT NULL"}


@dataclass(frozen=True)
class Result:
    """What became of a row. `shown` is its input in short, `ranked` and `value` are JSON; `right`
    is 1 or 0, None where there is nothing to compare; `seconds` is how long the model worked."""

    number: int
    shown: str
    label: str | None = None
    predicted: str | None = None
    score: float | None = None
    right: int | None = None
    error: str | None = None
    seconds: float | None = None
    ranked: str | None = None
    value: str | None = None

    @property
    def candidates(self) -> list[tuple[str, float]]:
        return [(str(name), float(score)) for name, score in json.loads(self.ranked or "[]")]


COLUMNS = ", ".join(field.name for field in fields(Result))
TABLE = """
CREATE TABLE IF NOT EXISTS results (
  number INTEGER PRIMARY KEY, shown TEXT NOT NULL, label TEXT, predicted TEXT, score REAL,
  right INTEGER, error TEXT, seconds REAL, ranked TEXT, value TEXT);
CREATE INDEX IF NOT EXISTS wrong ON results (right) WHERE right = 0;
CREATE INDEX IF NOT EXISTS failed ON results (number) WHERE error IS NOT NULL;
"""


@dataclass(frozen=True)
class Counts:
    """`judged` rows had a label to compare with, of which `right` were right."""

    done: int = 0
    failed: int = 0
    judged: int = 0
    right: int = 0


class Ledger:
    """May be used from any thread; `writing` keeps a connection for many writes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=PATIENCE)) as connection:
            connection.executescript(TABLE)
            yield connection

    @contextmanager
    def writing(self) -> Iterator["Writer"]:
        found = sqlite3.connect(self.path, timeout=PATIENCE, check_same_thread=False)
        with closing(Writer(found)) as writer:
            connection = writer.connection
            # With a write-ahead log each row is safe from a killed process at once.
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.executescript(TABLE)
            yield writer

    def counts(self) -> Counts:
        with self.reading() as connection:
            row = connection.execute(
                "SELECT count(*), count(error), count(right), coalesce(sum(right), 0) FROM results"
            ).fetchone()
        return Counts(*row)

    def page(self, which: Filter, words: str, offset: int, amount: int) -> list[Result]:
        where, given = chosen(which, words)
        with self.reading() as connection:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM results WHERE {where} ORDER BY number LIMIT ? OFFSET ?",
                (*given, amount, offset),
            ).fetchall()
        return [as_result(row) for row in rows]

    def matching(self, which: Filter, words: str) -> int:
        where, given = chosen(which, words)
        with self.reading() as connection:
            found = connection.execute(f"SELECT count(*) FROM results WHERE {where}", given)
            return int(found.fetchone()[0])

    def each(self) -> Iterator[Result]:
        """All results by number, a few at a time."""
        last = -1
        while rows := self.after(last):
            yield from rows
            last = rows[-1].number

    def after(self, number: int) -> list[Result]:
        with self.reading() as connection:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM results WHERE number > ? ORDER BY number LIMIT {PIECE}",
                (number,),
            ).fetchall()
        return [as_result(row) for row in rows]


class Writer:
    """One connection for many threads, one at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection, self.lock = connection, Lock()

    def close(self) -> None:
        with self.lock:
            self.connection.close()

    def write(self, results: Sequence[Result]) -> None:
        marks = ", ".join("?" * len(fields(Result)))
        with self.lock, self.connection:
            self.connection.executemany(
                f"INSERT OR REPLACE INTO results ({COLUMNS}) VALUES ({marks})",
                [astuple(each) for each in results],
            )

    def has(self, number: int) -> bool:
        with self.lock:
            found = self.connection.execute("SELECT 1 FROM results WHERE number = ?", (number,))
            return found.fetchone() is not None

    def forget_failed(self) -> int:
        """Takes the failed rows out, to be tried again; how many they were."""
        with self.lock, self.connection:
            gone = self.connection.execute("DELETE FROM results WHERE error IS NOT NULL")
            return gone.rowcount


def chosen(which: Filter, words: str) -> tuple[str, tuple[str, ...]]:
    if not words.strip():
        return WHERE[which], ()
    escaped = words.strip().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    texts = ("shown", "label", "predicted", "error")
    any_of = " OR ".join(f"{name} LIKE ? ESCAPE '\\'" for name in texts)
    return f"{WHERE[which]} AND ({any_of})", (f"%{escaped}%",) * len(texts)


def as_result(row: tuple[Any, ...]) -> Result:
    return Result(*row)
