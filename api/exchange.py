"""One request and its answer, as the log and the counts know it."""

import hashlib
import hmac
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Scope

from api import callers
from pipelines.engine.events import Finished
from pipelines.tracing import Request

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
UNMATCHED = "unmatched"  # the route of a path that leads nowhere
HUNG_UP = 499  # nginx's status for a client that left before the answer began


@dataclass
class Exchange:
    """Fills as the request goes through the server. `finished` are its calls of models."""

    scope: Scope
    request: Request
    status: int = HUNG_UP
    finished: list[Finished] = field(default_factory=list)
    start: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """So far."""
        return time.perf_counter() - self.start

    @property
    def method(self) -> str:
        """The caller may send any word here."""
        sent = str(self.scope["method"])
        return sent if sent in METHODS else "other"

    @property
    def route(self) -> str:
        """The template of the path, never the path: that is the caller's own words."""
        return getattr(self.scope.get("route"), "path", UNMATCHED) or "/"

    def line(self, salt: bytes) -> dict[str, Any]:
        """What the log has of it."""
        return {
            "method": self.method,
            "route": self.route,
            "status": self.status,
            "seconds": round(self.seconds, 4),
            "caller": name_of(self.scope, salt),
            **costs(self.finished),
        }


current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


def under_way() -> Exchange | None:
    """The one that this task works for; Gradio's tasks outlive the request that began them."""
    found = current.get()
    return found if found and not found.request.over else None


def costs(finished: list[Finished]) -> dict[str, Any]:
    """The model and task of one call or several, and what all of them took."""
    if not finished:
        return {}
    last = finished[-1]
    return {
        "task": last.call.task.tag,
        "model": last.call.model.shown,
        "calls": len(finished),
        "outcome": last.outcome,
        "queue_seconds": round(sum(each.waited for each in finished), 4),
        "compute_seconds": round(sum(each.computed for each in finished), 4),
    }


def name_of(scope: Scope, salt: bytes) -> str:
    """The caller's token by its id, or its address in a form that only tells callers apart: an
    address is personal, and there are too few of them for a hash without a secret."""
    caller = callers.of(scope)
    if caller.token:
        return caller.name
    return f"address:{hmac.new(salt, caller.address.encode(), hashlib.sha256).hexdigest()[:12]}"
