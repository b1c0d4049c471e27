"""What callers hear when the engine cannot serve them."""

from pipelines.errors import NotBegun, TooSlow, Unavailable, WorkerDied
from pipelines.model import Model

CLOSING = "The server is shutting down. Send the call again when it is back."


def closing() -> Unavailable:
    return Unavailable(CLOSING, 5)


def farewell(model: Model, reason: str) -> Unavailable:
    """For those who are still here when a model leaves for this `reason`."""
    if reason == CLOSING:
        return closing()
    return Unavailable(f"{model.id} was unloaded. Send the call again.", 1)


def full(model: str, count: int) -> str:
    return (
        f"{model} is busy: {count} calls stand in line, as many as this server lets wait. Try "
        "again later, or raise TAGLINE_MAX_WAITING."
    )


def still_loading(model: Model, seconds: float) -> Unavailable:
    return Unavailable(
        f"{model.id} is still loading after {seconds:.0f} s. It goes on loading; try again later, "
        "or raise TAGLINE_LOAD_SECONDS.",
        30,
    )


def not_loaded(model: Model, seconds: float) -> TooSlow:
    return TooSlow(f"{model.id} was not loaded within {seconds:g} s.")


def too_slow(model: Model, seconds: float) -> TooSlow:
    return TooSlow(
        f"{model.id} did not answer within {seconds:g} s, the most that one call may take. Ask for "
        "less, or raise TAGLINE_CALL_SECONDS."
    )


def died(model: Model) -> WorkerDied:
    return WorkerDied(f"The process of {model.id} ended unexpectedly. Send the call again.")


def not_begun(model: Model) -> NotBegun:
    return NotBegun(f"The process of {model.id} ended before it began. Send the call again.")


def died_twice(model: Model) -> WorkerDied:
    return WorkerDied(
        f"The process of {model.id} ended while it answered. Send the call again; if that helps no "
        "more, send less at a time, or another model."
    )
