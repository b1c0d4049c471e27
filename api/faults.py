"""What clients call our errors: huggingface_hub raises a class of its own for each of these names.

Source: its `_parse_text_generation_error` and `hf_raise_for_status`.
"""

from collections.abc import Iterable
from typing import TypeVar

from pipelines.errors import (
    GatedModel,
    InvalidInput,
    Loading,
    MalformedBody,
    ModelFailed,
    TaglineError,
    TooLarge,
    TooSlow,
    Unavailable,
    UnknownModel,
    UnknownRevision,
    WorkerDied,
)

T = TypeVar("T")

# text-generation-inference's `error_type`; the first that fits. A model on its way has none, or
# the client would hide how long it takes.
TYPES: tuple[tuple[type[TaglineError], str | None], ...] = (
    (Loading, None),
    (Unavailable, "overloaded"),
    (WorkerDied, "incomplete_generation"),
    (TooSlow, "incomplete_generation"),
    (ModelFailed, "generation"),
    (InvalidInput, "validation"),
    (MalformedBody, "validation"),
    (TooLarge, "validation"),
)
# The Hub's `X-Error-Code`.
CODES: tuple[tuple[type[TaglineError], str], ...] = (
    (GatedModel, "GatedRepo"),
    (UnknownRevision, "RevisionNotFound"),
    (UnknownModel, "RepoNotFound"),
)


def error_type(error: Exception) -> str | None:
    """One of text-generation-inference's kinds of error, if it is one."""
    return named(TYPES, error)


def error_code(error: Exception) -> str | None:
    return named(CODES, error)


def named(names: Iterable[tuple[type[TaglineError], T]], error: Exception) -> T | None:
    return next((name for kind, name in names if isinstance(error, kind)), None)
