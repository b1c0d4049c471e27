"""What a library's exception means to the caller of a loaded model."""

import logging

from pipelines.errors import ModelFailed, TaglineError, Unavailable
from pipelines.loaders.safety import first_line

log = logging.getLogger(__name__)
# After these, CUDA refuses everything else in the same process.
POISON = ("CUDA error", "device-side assert", "cudaError", "CUBLAS_STATUS")


def failure(model: str, tag: str, error: Exception) -> TaglineError:
    """Our error for a library's; the traceback goes to the log. `model` is an id."""
    log.error("%s failed on %s", model, tag, exc_info=error)
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return Unavailable(f"{model} ran out of memory on this input. Send less at a time.", 10)
    if "model_kwargs" in str(error):
        # A client that reads this wording drops parameters and calls again, without end.
        return ModelFailed(f"{model} does not take one of these parameters.")
    return ModelFailed(f"{model} failed on this input: {first_line(error)}")


def poisons(error: Exception) -> bool:
    """Whether the process can compute nothing more after `error`."""
    return any(sign in str(error) for sign in POISON)
