"""Servers that ask for a token, and tokens for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from store.database import connect
from store.tokens import Tokens
from tests.api.wire import SECONDS
from tests.conftest import Server

UNLIMITED = {"TAGLINE_RATE_LIMIT": "off"}  # these tests ask a lot
PROXIED = {"TAGLINE_TRUSTED_PROXIES": "127.0.0.1"}  # so that `at` is believed
FRIEND = "https://friend.example.org"  # another site, whose pages may call


@dataclass(frozen=True)
class Guarded:
    """A server with two tokens: one that may call, and one of its operator."""

    server: Server
    tokens: Tokens
    secret: str
    admin: str

    @property
    def url(self) -> str:
        return self.server.url

    def ask(self, path: str, method: str = "GET", **given: Any) -> httpx.Response:
        return httpx.request(method, self.url + path, timeout=SECONDS, **given)


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def at(address: str) -> dict[str, str]:
    """What a proxy on this machine says of a caller at `address`."""
    return {"x-forwarded-for": address}


@contextmanager
def guarded(home: Path, *flags: str, **variables: str) -> Iterator[Guarded]:
    """A server of a level that asks for a token, on loopback."""
    folder = home / "home"
    folder.mkdir(parents=True)
    tokens = Tokens(connect(f"sqlite:///{folder / 'tagline.db'}"))
    secret, _ = tokens.create("caller", "read")
    admin, _ = tokens.create("operator", "admin")
    server = Server(home, "--host", "127.0.0.1", *flags, **UNLIMITED, **PROXIED, **variables)
    try:
        yield Guarded(server.wait(), tokens, secret, admin)
    finally:
        server.stop()
        tokens.engine.dispose()
