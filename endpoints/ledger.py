"""The database of a server's endpoints, opened when it is needed, and only by one server."""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from pipelines.errors import Unavailable
from pipelines.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from store.endpoints import EndpointStore, Entry, Record
    from store.lease import Lease

log = logging.getLogger(__name__)
T = TypeVar("T")
LEASE_SECONDS = 10.0


class Ledger:
    """All methods leave the event loop while the database works, and raise Unavailable where it
    does not answer, or where another server looks after these endpoints."""

    def __init__(self, settings: Settings, seconds: float = LEASE_SECONDS) -> None:
        self.settings, self.seconds = settings, seconds
        self.holder = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"
        self.engine: Engine | None = None
        self.store: EndpointStore | None = None
        self.lease: Lease | None = None
        self.held = False

    @property
    def exists(self) -> bool:
        """Whether there may be endpoints: a server that has none opens no database for them."""
        if self.settings.database is not None:
            return True
        return (self.settings.home.expanduser() / "tagline.db").exists()

    async def open(self) -> Sequence["Record"]:
        """What is kept, for the one server that looks after it."""
        return await asyncio.to_thread(self.find)

    def find(self) -> Sequence["Record"]:
        from store.database import connect
        from store.endpoints import EndpointStore
        from store.lease import Lease
        from store.sealing import vault

        if self.lease is None:
            self.engine = connect(self.settings.database_url)
            self.lease = Lease(self.engine, "endpoints", self.holder, self.seconds)
        self.take()
        assert self.engine
        if self.store is None:  # by the holder of the lease alone: it may make the key
            try:
                self.store = EndpointStore(self.engine, vault(self.settings))
            except Unavailable:  # another one may have the key
                self.held = False
                self.lease.release()
                raise
        return self.store.all()

    def take(self) -> None:
        assert self.lease
        self.held = self.lease.take()
        if not self.held:
            raise Unavailable(
                "Another server on this database looks after its endpoints. Ask that one, or stop "
                f"it and wait {self.seconds:g} seconds.",
                self.seconds,
            )

    async def renew(self) -> None:
        """Raises Unavailable, too, where another server has taken over."""
        await asyncio.to_thread(self.take)

    async def put(self, record: "Record", *entries: "Entry") -> None:
        await self.write(lambda store: store.put(record, *entries))

    async def delete(self, name: str, entry: "Entry") -> None:
        await self.write(lambda store: store.delete(name, entry))

    async def audit(self, name: str | None, limit: int) -> Sequence["Entry"]:
        return await self.write(lambda store: store.audit(name, limit))

    async def write(self, work: "Callable[[EndpointStore], T]") -> T:
        store = self.store
        if store is None or not self.held:
            await self.renew_or_open()
            store = self.store
        assert store
        return await asyncio.to_thread(work, store)

    async def renew_or_open(self) -> None:
        await (self.renew() if self.store else self.open())

    async def close(self) -> None:
        """Another server may take over at once."""
        if self.engine is not None:
            await asyncio.to_thread(self.let_go)

    def let_go(self) -> None:
        assert self.lease
        assert self.engine
        try:
            if self.held:
                self.lease.release()
        except Unavailable as error:  # it ends by itself
            log.warning("Another server may look after the endpoints only later: %s", error)
        self.engine.dispose()
