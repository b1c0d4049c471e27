"""API tokens: who may call a server that asks for one, and what he may do.

A token reads `tgl_<number>_<64 hex digits>`: the number finds its row, and the digits are 256
random bits. Since nobody can guess those, one salted HMAC-SHA256 guards them as well as a slow hash
guards a password (NIST SP 800-63B, 5.1.2.2, of look-up secrets), and costs a request nothing.
"""

import hmac
import logging
import re
import secrets
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Engine, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from pipelines.errors import InvalidInput
from store.database import answering
from store.tables import TokenRow
from store.token import ENDPOINT, PREFIX, Scope, Token

__all__ = ["PREFIX", "Scope", "Token", "Tokens"]

log = logging.getLogger(__name__)
SHAPE = re.compile(PREFIX + r"([0-9]{1,9})_([0-9a-f]{64})")
FRESH_SECONDS = 2.0  # how long another process's revocation may stay unseen
USED_SECONDS = 60.0  # how often a token's use is written down, at most
NAME = re.compile(r"[\w.@+-][\w.@+ -]{0,99}")


@dataclass(frozen=True)
class Known:
    """A row as it was `seen`, in monotonic seconds."""

    token: Token
    salt: bytes
    digest: bytes
    seen: float


class Tokens:
    """The tokens in a database. Every method may wait for it, and raises Unavailable where it does
    not answer. Threads may share one.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.known: dict[int, Known] = {}

    def create(
        self,
        name: str,
        scope: Scope,
        expires: datetime | None = None,
        quota: float | None = None,
    ) -> tuple[str, Token]:
        """A new token's secret, which is kept nowhere, and what is kept.

        Raises InvalidInput for a name that is no name, or that another good token has.
        """
        if not NAME.fullmatch(name):
            raise InvalidInput("A token's name has up to 100 letters, digits, spaces and . _ @ + -")
        if any(each.name == name and each.is_good(now()) for each in self.all()):
            raise InvalidInput(
                f"There is a token {name} already. Choose another name, or revoke it."
            )
        salt, secret = secrets.token_bytes(16), secrets.token_hex(32)
        row = TokenRow(name=name, scope=scope, created=now(), expires=expires, quota=quota)
        row.salt, row.digest = salt, digest(salt, secret)
        with answering(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.add(row)
        return f"{PREFIX}{row.id}_{secret}", token(row)

    def check(self, secret: str) -> Token | None:
        """Whose secret this is; None for none, or for a token that is expired or revoked.

        A revocation by another process is seen within FRESH_SECONDS, one by this at once. An
        unknown number costs the same work as a wrong secret.
        """
        match = SHAPE.fullmatch(secret)
        if match is None:
            return None
        known = self.look_up(int(match[1]))
        same = hmac.compare_digest(digest(known.salt, match[2]), known.digest)
        if not same or known is NOBODY or not known.token.is_good(now()):
            return None
        return self.used(known)

    def find(self, number: int) -> Token | None:
        """The token of that number, if it is good: for who has shown it before."""
        known = self.look_up(number)
        good = known is not NOBODY and known.token.is_good(now())
        return self.used(known) if good else None

    def all(self) -> list[Token]:
        """Every token that there ever was, the oldest first."""
        with answering(), Session(self.engine) as session:
            return [token(row) for row in session.scalars(select(TokenRow).order_by(TokenRow.id))]

    def revoke(self, name: str) -> None:
        """From now on the token is good for nothing. Raises InvalidInput where there is none."""
        live = select(TokenRow).where(TokenRow.name == name, TokenRow.revoked.is_(None))
        with answering(), Session(self.engine) as session, session.begin():
            found = session.scalars(live).all()
            for row in found:
                row.revoked = now()
        if not found:
            raise InvalidInput(f"No token {name} to revoke. `python app.py token list` shows all.")
        self.known.clear()

    def look_up(self, number: int) -> Known:
        """Asks the database if that was not done just now. Only what exists is remembered, so that
        a new token is good at once, and strangers cannot fill the memory.
        """
        known = self.known.get(number)
        if known and time.monotonic() - known.seen < FRESH_SECONDS:
            return known
        self.known.pop(number, None)
        seen = time.monotonic()
        with answering(), Session(self.engine) as session:
            row = session.get(TokenRow, number)
        if row is None:
            return NOBODY
        self.known[number] = Known(token(row), row.salt, row.digest, seen)
        return self.known[number]

    def used(self, known: Known) -> Token:
        """Notes the time. That failing (a full disk, a long write elsewhere) refuses nobody."""
        moment, before = now(), known.token.last_used
        if before and moment - before < timedelta(seconds=USED_SECONDS):
            return known.token
        seen = replace(known.token, last_used=moment)
        self.known[seen.id] = replace(known, token=seen)
        try:
            self.write_use(seen.id, moment)
        except SQLAlchemyError as error:
            log.warning("The use of token %s could not be noted: %s", seen.name, error)
        return seen

    def write_use(self, number: int, moment: datetime) -> None:
        """Unless another process has just done it."""
        long_ago = TokenRow.last_used < moment - timedelta(seconds=USED_SECONDS)
        row = update(TokenRow).where(
            TokenRow.id == number, or_(TokenRow.last_used.is_(None), long_ago)
        )
        with Session(self.engine) as session, session.begin():
            session.execute(row.values(last_used=moment))


def token(row: TokenRow) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        scope=row.scope if row.scope == "admin" or row.scope.startswith(ENDPOINT) else "read",
        created=row.created,
        expires=row.expires,
        last_used=row.last_used,
        revoked=row.revoked,
        quota=row.quota,
    )


def digest(salt: bytes, secret: str) -> bytes:
    return hmac.new(salt, secret.encode(), sha256).digest()


def now() -> datetime:
    return datetime.now(UTC)


NOBODY = Known(Token(0, "", "read", datetime.min), bytes(16), bytes(32), 0.0)
