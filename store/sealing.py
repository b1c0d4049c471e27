"""The key that seals the secrets of endpoints. It lies apart from what it seals: in a file of its
own, or in a variable. Earlier versions kept it in the database; from there it is moved.
"""

import base64
import json
import logging
import os
import secrets
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from pipelines.errors import Unavailable
from pipelines.settings import Settings
from store.database import answering
from store.keys import BYTES, find
from store.tables import EndpointRow, KeyRow

log = logging.getLogger(__name__)
OLD = "endpoints"  # the row of the table of keys that had it
VARIABLE = "TAGLINE_SECRETS_KEY"
HOW = 'python -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"'


@dataclass(frozen=True)
class Vault:
    """Where the key is: `said` is its text where a variable holds it, else `file` does. `chosen`
    says that the operator named the place."""

    file: Path
    said: str | None = field(default=None, repr=False)
    chosen: bool = False

    def key(self, engine: Engine) -> Fernet:
        """The key, which is made where nothing was sealed yet. Raises Unavailable where there is
        none for what was sealed, where it is no key, or cannot be read or written."""
        with answering():
            old = find(engine, OLD)
            mine = self.known()
            if mine is None and old is not None and self.is_far(engine):
                log.warning(
                    "The key of secrets lies in the database beside them. Set %s, or "
                    "TAGLINE_SECRETS_KEY_FILE to a lasting place, and it is moved there.", VARIABLE
                )  # fmt: skip
                return Fernet(text_of(old))
            if mine is None:
                if old is None and is_used(engine):
                    raise Unavailable(self.lost())
                mine = text_of(old or secrets.token_bytes(BYTES))
                self.write(mine)
            if old is not None:
                move(engine, Fernet(text_of(old)), Fernet(mine))
                log.info("The key of secrets no longer lies in the database, but in %s.", self)
        return Fernet(mine)

    def is_far(self, engine: Engine) -> bool:
        """Whether the database may outlast this server's own folder, of which nobody said that the
        key is to lie there."""
        return engine.dialect.name != "sqlite" and not self.chosen

    def known(self) -> bytes | None:
        if self.said is not None:
            return checked(self.said, VARIABLE)
        try:
            text = self.file.read_text(encoding="ascii")
            mode = self.file.stat().st_mode
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise Unavailable(f"The key {self.file} cannot be read: {error}.") from error
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            log.warning("Others may read the key %s. Take that away: chmod 600.", self.file)
        return checked(text, str(self.file))

    def write(self, text: bytes) -> None:
        """For its owner alone, and whole or not at all."""
        half = self.file.with_name(f"{self.file.name}.new")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            half.unlink(missing_ok=True)
            with os.fdopen(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
                out.write(text + b"\n")
                out.flush()
                os.fsync(out.fileno())
            half.replace(self.file)
        except OSError as error:
            raise Unavailable(
                f"The key of secrets cannot be written to {self.file}: {error}. Set {VARIABLE} "
                "instead."
            ) from error

    def lost(self) -> str:
        return (
            f"Endpoints have secrets, and the key that sealed them is not in {self.file}. Bring "
            f"that file back, or set {VARIABLE} to what stood in it."
        )

    def __str__(self) -> str:
        return VARIABLE if self.said is not None else str(self.file)


def vault(settings: Settings) -> Vault:
    said = settings.secrets_key.get_secret_value() if settings.secrets_key else None
    file = (settings.secrets_key_file or settings.home / "endpoints.key").expanduser()
    return Vault(file, said, chosen=bool(said or settings.secrets_key_file))


def text_of(key: bytes) -> bytes:
    return base64.urlsafe_b64encode(key)


def checked(text: str, where: str) -> bytes:
    """Raises Unavailable for what is no key of 32 bytes."""
    with suppress(ValueError):
        Fernet(found := text.strip().encode())
        return found
    raise Unavailable(f"{where} holds no key. Make one by: {HOW}")


def is_used(engine: Engine) -> bool:
    """Whether any endpoint has secrets."""
    with Session(engine) as session:
        return any(map(names_of, session.scalars(select(EndpointRow.spec))))


def names_of(spec: str) -> Sequence[str]:
    """Of the secrets of an endpoint, whose specification this is."""
    found: Sequence[str] = json.loads(spec).get("secrets", ())
    return found


def move(engine: Engine, old: Fernet, new: Fernet) -> None:
    """Seals everything with the new key, and takes the old one out of the database: out of the
    pages of its file too, where it is SQLite."""
    with Session(engine) as session, session.begin():
        small = engine.dialect.name == "sqlite"
        if small:
            session.connection().exec_driver_sql("PRAGMA secure_delete=ON")
        for row in session.scalars(select(EndpointRow)):
            with suppress(InvalidToken):  # it was sealed with the new one
                row.sealed = new.encrypt(old.decrypt(row.sealed))
        session.delete(session.get_one(KeyRow, OLD))
    if small:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
