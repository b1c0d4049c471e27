"""What goes wrong on the way to the Hub, in our own errors."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from pipelines.errors import RefusedModel, TaglineError, Unavailable, UnknownModel, UnknownRevision
from pipelines.models.names import Name

NO_ENTRY = (401, 403, 404)


class Denied(Exception):
    """The Hub does not show this model, or not its files, to whoever asked."""

    def __init__(self, gated: bool = False) -> None:
        super().__init__()
        self.gated = gated


@contextmanager
def asking(wanted: Name, hub: str) -> Iterator[None]:
    """Turns what a call to the Hub raises into our own errors, or Denied."""
    try:
        yield
    except (TaglineError, Denied):
        raise
    except HfHubHTTPError as error:
        raise refused(wanted, hub, error) from error
    except (httpx2.HTTPError, OSError) as error:
        raise unreachable(wanted, hub, error) from error
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable(
            f"{wanted} is not on this machine, and {hub} does not answer as the Hub does "
            f"({reason(error)}). The operator should check HF_ENDPOINT, and whether "
            "the network wants a sign-in."
        ) from error


def refused(wanted: Name, hub: str, error: HfHubHTTPError) -> Exception:
    """The Hub answered, but not with what was asked for."""
    if isinstance(error, RevisionNotFoundError):
        return UnknownRevision(
            f"The Hub has {wanted.id}, but no revision {wanted.revision!r} of it. Name a branch, a "
            f"tag or a commit that {hub}/{wanted.id}/commits lists, or leave '@...' out."
        )
    if isinstance(error, DisabledRepoError):
        return RefusedModel(f"The Hub has disabled {wanted}. Choose another model.")
    status = error.response.status_code
    if isinstance(error, RepositoryNotFoundError) or status in NO_ENTRY:
        return Denied(gated=isinstance(error, GatedRepoError))
    wait = error.response.headers.get("Retry-After", "")
    return Unavailable(
        f"The Hub answered {status} when asked for {wanted}. Try again in a minute.",
        retry_after=float(wait) if wait.isdigit() else 60.0,
    )


def unreachable(wanted: Name, hub: str, error: Exception) -> UnknownModel:
    """Nobody knows whether the model exists: it is not here, and that is all that can be said."""
    return UnknownModel(
        f"{wanted} is not on this machine and the Hub cannot be reached: {hub}: {reason(error)}. "
        "Choose a model that is here, or try again when the network is up. The operator can also "
        "put its files into a folder of TAGLINE_MODELS_DIR, as org/name."
    )


def reason(error: BaseException) -> str:
    """One line, without the full stop."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:200].rstrip(".")
