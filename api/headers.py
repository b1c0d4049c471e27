"""Response headers of the classic Inference API, and leave for browsers to read them."""

import uuid
from collections.abc import Iterable
from typing import Any, TypeVar

from fastapi import Request, Response

from api.amounts import amounts
from pipelines.engine.call import Answer
from pipelines.model import Model
from pipelines.models.names import is_commit
from pipelines.task import Task

EXPOSED = ", ".join(
    [
        "x-compute-type",
        "x-compute-time",
        "x-compute-characters",
        "x-compute-images",
        "x-compute-audio-length",
        "x-sha",
        "x-request-id",
        "x-hf-warning",
        "x-error-code",
        "x-compute-backend",
        "x-compute-together",
        "x-error-message",
        "retry-after",
        "ratelimit",
        "ratelimit-policy",
    ]
)
CACHE = "cache"  # the device of an answer that was kept from before
R = TypeVar("R", bound=Response)
MOST_WARNING = 500  # characters
MOST_WARNINGS = 10  # headers: some clients read no answer with a hundred


def compute(device: str, seconds: float | None = None) -> dict[str, str]:
    """`x-compute-type`, which is `cpu`, `gpu` or `cache`, and `x-compute-time` in seconds, which a
    kept answer has not: widgets know it by that."""
    kind = {"x-compute-type": device if device in ("cpu", CACHE) else "gpu"}
    if seconds is None or device == CACHE:
        return kind
    return kind | {"x-compute-time": f"{seconds:.3f}"}


def computed(answer: Answer) -> dict[str, str]:
    """What it cost; `x-compute-backend`, by what it was computed, if not by plain torch; and
    `x-compute-together`, how many calls went through the model in that run, if more than one."""
    told = compute(answer.device, answer.seconds)
    if answer.backend:
        told["x-compute-backend"] = answer.backend
    if answer.together > 1:
        told["x-compute-together"] = str(answer.together)
    return told


def asked(request: Request, model: Model, task: Task, inputs: Iterable[Any]) -> None:
    """Notes what is asked of which model: a good answer tells it in its headers (`sign`)."""
    commit = {"x-sha": model.revision} if is_commit(model.revision) else {}
    request.state.asked = amounts(task, inputs) | commit


def warn(response: R, notices: Iterable[str]) -> R:
    """Adds an `x-hf-warning: topic; sentence` each, which huggingface_hub shows once per topic."""
    told = list(notices)
    more = [f"And {len(told) - MOST_WARNINGS} warnings more."] if len(told) > MOST_WARNINGS else []
    for sentence in [*told[:MOST_WARNINGS], *more]:
        plain = one_line(sentence)
        response.headers.append("x-hf-warning", f"{plain.partition(' ')[0]}; {plain}")
    return response


def one_line(sentence: str) -> str:
    """A sentence as a header can carry it: one short line of ASCII."""
    printable = "".join(c if c.isprintable() else " " for c in sentence)
    return printable.encode("ascii", "replace").decode()[:MOST_WARNING]


def sign(response: Response, request: Request) -> Response:
    """Tells of a good answer what was asked, and lets scripts of other pages read our headers."""
    if response.status_code < 400:
        response.headers.update(getattr(request.state, "asked", {}))
    response.headers["access-control-expose-headers"] = EXPOSED
    return response


def new_id() -> str:
    return uuid.uuid4().hex
