"""The tables of the database."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, LargeBinary, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A time in UTC: SQLite and MySQL keep no zone, and would give back another time."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: Moment}


class TokenRow(Base):
    """A token: `digest` is HMAC-SHA256 of its secret part, keyed by `salt`."""

    __tablename__ = "tokens"
    __table_args__ = {"sqlite_autoincrement": True}  # an id is never given twice

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), index=True)
    scope: Mapped[str] = mapped_column(String(80))
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    created: Mapped[datetime]
    expires: Mapped[datetime | None]
    last_used: Mapped[datetime | None]
    revoked: Mapped[datetime | None]
    quota: Mapped[float | None]


class KeyRow(Base):
    """A key that the server makes for itself, such as the one that signs cookies."""

    __tablename__ = "keys"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary(64))


class RunRow(Base):
    """A run that somebody chose to keep: `data` is a `pipelines.recent.Run` in msgpack, `size` its
    bytes, `digest` SHA-256 of the key that deletes it, `owner` the token's id where there are any.
    """

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    created: Mapped[datetime]
    owner: Mapped[int | None] = mapped_column(index=True)
    shared: Mapped[bool]
    task: Mapped[str] = mapped_column(String(100))
    model: Mapped[str] = mapped_column(String(300))
    revision: Mapped[str] = mapped_column(String(100))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    size: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary(1 << 30), deferred=True)


class EndpointRow(Base):
    """An endpoint: `spec` is JSON, `sealed` are its secrets under a key of the server."""

    __tablename__ = "endpoints"

    name: Mapped[str] = mapped_column(String(63), primary_key=True)
    spec: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary(1 << 24))
    version: Mapped[int]
    paused: Mapped[bool]
    asleep: Mapped[bool]
    state: Mapped[str] = mapped_column(String(20))
    created: Mapped[datetime]
    updated: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(100))


class AuditRow(Base):
    """Who did what with an endpoint. Rows are added, and never changed."""

    __tablename__ = "audit"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(100))
    what: Mapped[str] = mapped_column(String(40))
    endpoint: Mapped[str] = mapped_column(String(63), index=True)
    text: Mapped[str] = mapped_column(Text)


class LeaseRow(Base):
    """Which process may do what only one may do, and until when unless it renews that."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(63), primary_key=True)
    holder: Mapped[str] = mapped_column(String(100))
    until: Mapped[datetime]
