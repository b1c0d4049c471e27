"""Runs that visitors chose to keep: each is found by an id that nobody can guess."""

import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256

import msgspec
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from pipelines.errors import Forbidden, TooLarge, UnknownRun
from pipelines.recent import Run, unpack
from store.database import answering
from store.run import Kept, Visitor
from store.tables import RunRow

MB = 1_000_000
ID_BYTES = 16
ID_LENGTH = 22  # of so many bytes in base64
UNKNOWN = (
    "No run is kept at this address: it was deleted, the address is not whole, or the run is "
    "private to the token that kept it."
)


class Runs:
    """At most `most` runs of together `most_bytes`. Every method may wait for the database, and
    raises Unavailable where it does not answer. Threads may share one.
    """

    def __init__(self, engine: Engine, most: int, most_bytes: float) -> None:
        self.engine, self.most, self.most_bytes = engine, most, most_bytes

    def keep(self, data: bytes, owner: int | None, shared: bool) -> tuple[str, str]:
        """The new run's id, and the key that deletes it, which is kept nowhere. `data` is a packed
        Run. Raises TooLarge where there is no room."""
        run, key = unpack(data), secrets.token_urlsafe(ID_BYTES)
        row = RunRow(
            id=secrets.token_urlsafe(ID_BYTES),
            created=datetime.fromtimestamp(run.created, UTC),
            owner=owner,
            shared=shared or owner is None,
            task=run.task,
            model=run.model,
            revision=run.revision,
            digest=digest(key),
            size=len(data),
            data=data,
        )
        id = row.id
        with answering(), Session(self.engine) as session, session.begin():
            self.check_room(session, len(data))
            session.add(row)
        return id, key

    def check_room(self, session: Session, more: int) -> None:
        count, size = session.execute(select(func.count(), func.sum(RunRow.size))).one()
        if count >= self.most or (size or 0) + more > self.most_bytes:
            raise TooLarge(
                f"This server keeps {self.most:,} runs and {self.most_bytes / MB:g} MB at most, "
                "and has no room left. Delete kept runs that are no longer needed, or raise "
                "TAGLINE_KEEP_RUNS and TAGLINE_KEEP_RUNS_MB."
            )

    def find(self, id: str, visitor: Visitor) -> Kept:
        """Raises UnknownRun, also for what is another token's own."""
        with answering(), Session(self.engine) as session:
            row = session.get(RunRow, id) if len(id) == ID_LENGTH else None
            if row is None or not may_see(row, visitor):
                raise UnknownRun(UNKNOWN)
            return Kept(row.id, row.shared, row.created, read(row.data))

    def share(self, id: str, visitor: Visitor, shared: bool) -> bool:
        """Lets everybody with the address see a run, or its owner alone: which of them it is now.
        What has no owner is always shared. Raises UnknownRun, Forbidden."""
        with self.changing(id, visitor) as (_, row):
            row.shared = shared or row.owner is None
            return row.shared

    def delete(self, id: str, visitor: Visitor) -> None:
        """Raises UnknownRun, Forbidden."""
        with self.changing(id, visitor) as (session, row):
            session.delete(row)

    @contextmanager
    def changing(self, id: str, visitor: Visitor) -> Iterator[tuple[Session, RunRow]]:
        with answering(), Session(self.engine) as session, session.begin():
            row = session.get(RunRow, id) if len(id) == ID_LENGTH else None
            mine = row is not None and may_change(row, visitor)
            if row is None or not (mine or may_see(row, visitor)):
                raise UnknownRun(UNKNOWN)
            if not mine:
                raise Forbidden("Only whoever kept this run, or an admin, may change or delete it.")
            yield session, row


def may_see(row: RunRow, visitor: Visitor) -> bool:
    return row.shared or (row.owner is not None and row.owner == visitor.token)


def may_change(row: RunRow, visitor: Visitor) -> bool:
    own = row.owner is not None and row.owner == visitor.token
    return own or visitor.admin or hmac.compare_digest(row.digest, digest(visitor.key))


def digest(key: str) -> bytes:
    """Of 128 random bits, which need no slow hash."""
    return sha256(key.encode()).digest()


def read(data: bytes) -> Run:
    try:
        return unpack(data)
    except msgspec.DecodeError as error:
        raise UnknownRun("This run was kept by another version of Tagline.") from error
