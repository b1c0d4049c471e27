"""Endpoints as they are kept, and the log of who did what with them, to which is only added."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.fernet import InvalidToken
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from pipelines.errors import Unavailable
from store.database import answering
from store.sealing import Vault, names_of
from store.tables import AuditRow, EndpointRow


@dataclass(frozen=True)
class Record:
    """`spec` is JSON; `secrets` are the values, which lie sealed in the database. `version` grows
    with each change that replaces replicas; `state` is the last that was seen."""

    name: str
    spec: str
    version: int
    created: datetime
    updated: datetime
    by: str
    paused: bool = False
    asleep: bool = False
    state: str = "pending"
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Entry:
    """A line of the log: `who` did `what` with an endpoint, or what became of it."""

    at: datetime
    who: str
    what: str
    endpoint: str
    text: str = ""


class EndpointStore:
    """Every method may wait for the database, and raises Unavailable where it does not answer.
    Threads may share one. `vault` has the key for secrets."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self.engine, self.vault = engine, vault
        self.seal = vault.key(engine)

    def all(self) -> list[Record]:
        """By name."""
        with answering(), Session(self.engine) as session:
            rows = session.scalars(select(EndpointRow).order_by(EndpointRow.name)).all()
            return [self.record(row) for row in rows]

    def put(self, record: Record, *entries: Entry) -> None:
        """Writes it, new or changed, and what is to be said of it, or nothing of both."""
        with answering(), Session(self.engine) as session, session.begin():
            session.merge(self.row(record))
            session.add_all(map(row_of, entries))

    def delete(self, name: str, entry: Entry) -> None:
        with answering(), Session(self.engine) as session, session.begin():
            if row := session.get(EndpointRow, name):
                session.delete(row)
            session.add(row_of(entry))

    def audit(self, name: str | None = None, limit: int = 100) -> Sequence[Entry]:
        """The newest first."""
        rows = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
        if name is not None:
            rows = rows.where(AuditRow.endpoint == name)
        with answering(), Session(self.engine) as session:
            return [
                Entry(row.at, row.who, row.what, row.endpoint, row.text)
                for row in session.scalars(rows)
            ]

    def row(self, record: Record) -> EndpointRow:
        sealed = self.seal.encrypt(json.dumps(dict(record.secrets)).encode())
        return EndpointRow(
            name=record.name, spec=record.spec, sealed=sealed, version=record.version,
            paused=record.paused, asleep=record.asleep, state=record.state,
            created=record.created, updated=record.updated, by=record.by,
        )  # fmt: skip

    def record(self, row: EndpointRow) -> Record:
        return Record(
            row.name, row.spec, row.version, row.created, row.updated, row.by, row.paused,
            row.asleep, row.state, self.opened(row),
        )  # fmt: skip

    def opened(self, row: EndpointRow) -> dict[str, str]:
        try:
            found: dict[str, str] = json.loads(self.seal.decrypt(row.sealed))
            return found
        except InvalidToken as error:
            if not names_of(row.spec):
                return {}
            raise Unavailable(
                f"The secrets of endpoint {row.name} were sealed with another key than that in "
                f"{self.vault}. Bring that key back, or delete the endpoint's row and create it "
                "again."
            ) from error


def row_of(entry: Entry) -> AuditRow:
    return AuditRow(
        at=entry.at, who=entry.who[:100], what=entry.what, endpoint=entry.endpoint,
        text=entry.text,
    )  # fmt: skip
