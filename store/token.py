"""What is known of an API token. Apart from the database, which only some servers need."""

from dataclasses import dataclass
from datetime import datetime

Scope = str  # "read", "admin", or "endpoint:NAME", which is good for that endpoint alone
ENDPOINT = "endpoint:"
PREFIX = "tgl_"  # by which people and programs recognise one


@dataclass(frozen=True)
class Token:
    """What is known of a token; never the token itself. Times are in UTC.

    `quota` is the compute seconds a day that its calls may take, None without a bound.
    """

    id: int
    name: str
    scope: Scope
    created: datetime
    expires: datetime | None = None
    last_used: datetime | None = None
    revoked: datetime | None = None
    quota: float | None = None

    @property
    def endpoint(self) -> str | None:
        """The one endpoint that it is good for; None for a token of the whole server."""
        return self.scope.removeprefix(ENDPOINT) if self.scope.startswith(ENDPOINT) else None

    def is_good(self, now: datetime) -> bool:
        return not self.revoked and (self.expires is None or now < self.expires)
