"""Every error that a user may see, each with its HTTP status and a sentence saying what to do next.

TaglineError
├── MalformedBody      400  the body is not what its content type says
├── InvalidInput       422  a field is missing, unknown or out of bounds
│   └── WrongShape     422  the body is not this task's at all (another task may fit)
├── UnknownTask        404  no such pipeline tag
├── UnknownModel       404  no such model in any source
├── UnsupportedTask    400  the model exists but cannot do this task
├── RefusedModel       403  pickle, remote code, a gated repository, a rule of this server
├── MissingPackage     422  the model needs a package that is not installed
├── BrokenModel        500  the model's own files cannot be read
├── ModelFailed        500  the model raised while it answered
├── TooLarge           413  the body, or the model, exceeds a limit of this server
├── WorkerDied         502  the model's process ended while it loaded or answered
├── TooSlow            504  the answer took longer than this server allows
└── Unavailable        503  no room or no answer now; later may work
    └── TooManyCalls   429  one caller fills the line of a model
"""


class TaglineError(Exception):
    """An error whose text is safe and meant to be read by the person who caused it."""

    status = 500
    retry_after: float | None = None  # seconds


class MalformedBody(TaglineError):
    status = 400


class InvalidInput(TaglineError):
    status = 422


class WrongShape(InvalidInput):
    pass


class UnknownTask(TaglineError):
    status = 404


class UnknownModel(TaglineError):
    status = 404


class UnsupportedTask(TaglineError):
    status = 400


class RefusedModel(TaglineError):
    status = 403


class MissingPackage(TaglineError):
    status = 422


class BrokenModel(TaglineError):
    status = 500


class ModelFailed(TaglineError):
    status = 500


class TooLarge(TaglineError):
    status = 413


class WorkerDied(TaglineError):
    status = 502


class TooSlow(TaglineError):
    status = 504


class Unavailable(TaglineError):
    status = 503

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooManyCalls(Unavailable):
    status = 429
