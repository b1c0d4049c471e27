"""Keys that the server makes for itself."""

import secrets

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from store.database import answering
from store.tables import KeyRow

BYTES = 32


def signing_key(engine: Engine) -> bytes:
    """32 bytes that sign the cookie of the sign-in page: made once, then always the same, in every
    process on this database. Raises Unavailable.
    """
    return key(engine, "session")


def key(engine: Engine, name: str) -> bytes:
    with answering():
        return find(engine, name) or make(engine, name)


def find(engine: Engine, name: str) -> bytes | None:
    with Session(engine) as session:
        row = session.get(KeyRow, name)
        return row.value if row else None


def make(engine: Engine, name: str) -> bytes:
    value = secrets.token_bytes(BYTES)
    try:
        with Session(engine) as session, session.begin():
            session.add(KeyRow(name=name, value=value))
    except IntegrityError:  # another process was first
        return find(engine, name) or value
    return value
