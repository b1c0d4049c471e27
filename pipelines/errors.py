"""Every error that a user may see, each with its HTTP status and a sentence saying what to do next.

TaglineError
├── MalformedBody      400  the body is not what its content type says
├── InvalidInput       422  a field is missing, unknown or out of bounds
│   ├── WrongShape     422  the body is not this task's at all (another task may fit)
│   └── WrongMedia     415  the body is of a media type that is not taken here
├── UnknownTask        404  no such pipeline tag
├── UnknownModel       404  no such model in any source
│   └── UnknownRevision 404  the model is known, but not at the revision asked for
├── UnknownRun         404  no such run is kept, or it is not this caller's to see
├── UnknownEndpoint    404  no endpoint of this name
├── NameTaken          409  there is an endpoint of this name
├── WrongState         400  an endpoint is not in the state that this needs
├── UnsupportedTask    400  the model exists but cannot do this task
├── Unauthorized       401  no token, or none that is good here
├── Forbidden          403  a rule of this server about who calls, and from where
├── RefusedModel       403  pickle, remote code, a rule of this server
│   └── GatedModel     403  a gated repository, whose terms the caller has not accepted
├── MissingPackage     422  the model needs a package that is not installed
├── BrokenModel        500  the model's own files cannot be read
├── ModelFailed        500  the model raised while it answered
├── TooLate            408  the body did not arrive in time
├── TooLarge           413  the body, or the model, exceeds a limit of this server
├── WorkerDied         502  the model's process ended while it loaded or answered
│   └── NotBegun       502  it ended before it had begun to answer this call
├── TooSlow            504  the answer took longer than this server allows
└── Unavailable        503  no room or no answer now; later may work
    ├── NoRoom         503  memory that others hold is wanted
    ├── Loading        503  the model is on its way, and the caller would not wait
    ├── TooManyCalls   429  one caller fills the line of a model, or has used what he may
    └── TooManyTries   429  one address sends wrong token after wrong token
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


class WrongMedia(InvalidInput):
    status = 415


class UnknownTask(TaglineError):
    status = 404


class UnknownModel(TaglineError):
    status = 404


class UnknownRevision(UnknownModel):
    pass


class UnknownRun(TaglineError):
    status = 404


class UnknownEndpoint(TaglineError):
    status = 404


class NameTaken(TaglineError):
    status = 409


class WrongState(TaglineError):
    status = 400


class UnsupportedTask(TaglineError):
    status = 400


class Unauthorized(TaglineError):
    status = 401


class Forbidden(TaglineError):
    status = 403


class RefusedModel(TaglineError):
    status = 403


class GatedModel(RefusedModel):
    pass


class MissingPackage(TaglineError):
    status = 422


class BrokenModel(TaglineError):
    status = 500


class ModelFailed(TaglineError):
    status = 500


class TooLate(TaglineError):
    status = 408


class TooLarge(TaglineError):
    status = 413


class WorkerDied(TaglineError):
    status = 502


class NotBegun(WorkerDied):
    pass


class NotTogether(TaglineError):
    """Of calls that run together, each must run by itself. No caller sees it."""


class TooSlow(TaglineError):
    status = 504


class Unavailable(TaglineError):
    status = 503

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NoRoom(Unavailable):
    pass


class Loading(Unavailable):
    """`retry_after` is the time that the load will take, as far as anybody knows."""


class TooManyCalls(Unavailable):
    status = 429


class TooManyTries(Unavailable):
    status = 429
