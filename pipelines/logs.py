"""The log of the server and of its workers: lines of text or of JSON on stderr.

Nothing that callers sent stands in it. Of an exception the places in the code are told and not its
words, which may quote an input; of a library's message its first line, before values are put into
it; of a warning its kind. Only at level `debug` everything is told.
"""

import io
import logging
import os
import sys
import traceback
from functools import partial
from logging.handlers import RotatingFileHandler
from typing import Any

from structlog import processors, stdlib
from structlog.typing import EventDict, WrappedLogger

from pipelines import tracing
from pipelines.settings import LogFormat, LogLevel

FORMAT, LEVEL = "TAGLINE_LOG_FORMAT", "TAGLINE_LOG_LEVEL"  # variables that workers read
OURS = ("pipelines", "store", "runs", "endpoints", "api", "components")
# What a line of ours may carry beside its words; a library's extras are its own affair.
FIELDS = (
    "method", "route", "status", "seconds", "caller", "task", "model", "calls", "outcome",
    "queue_seconds", "compute_seconds", "reason",
)  # fmt: skip
MOST_FRAMES = 20
MOST_BYTES = 1_000_000  # of a file before another is begun; one is kept beside it
log = logging.getLogger(__name__)


def configure(format: LogFormat, level: LogLevel | None) -> None:
    """Sets up logging for this process. Without a `level` it is `warning` for text, which a person
    reads, and `info` for JSON. Libraries say no less than a warning unless it is `debug`."""
    level = level or ("info" if format == "json" else "warning")
    words = level == "debug"
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(format, words))
    logging.raiseExceptions = False  # a log that cannot be written must not write about that
    logging.captureWarnings(True)
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.DEBUG if words else logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())


def formatter(format: LogFormat, words: bool = False) -> logging.Formatter:
    """Lines of text or of JSON; not all `words` are for everybody."""
    return stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            stdlib.add_logger_name,
            stdlib.add_log_level,
            stdlib.ExtraAdder(FIELDS),
            processors.TimeStamper("iso"),
            Discretion(words),
            identify,
        ],
        processors=[
            stdlib.ProcessorFormatter.remove_processors_meta,
            processors.JSONRenderer(ensure_ascii=False) if format == "json" else text,
        ],
    )


def keep(path: str) -> None:
    """Writes what this process says from now on into a file as well, a JSON object a line, what the
    model's own code prints too. stderr gets no more than before."""
    for name in OURS:
        logger = logging.getLogger(name)
        for each in logging.root.handlers:
            each.addFilter(partial(no_more, name, logger.level))
        logger.setLevel(min(logger.level or logging.INFO, logging.INFO))
    log.setLevel(logging.DEBUG)  # what is printed
    file = RotatingFileHandler(path, maxBytes=MOST_BYTES, backupCount=1, encoding="utf-8")
    file.setFormatter(formatter("json"))
    logging.root.addHandler(file)


def no_more(name: str, level: int, record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] != name or record.levelno >= level


def variables(format: LogFormat, level: LogLevel | None) -> dict[str, str]:
    """What tells a worker how to log."""
    return {FORMAT: format, LEVEL: level or ""}


def as_told() -> None:
    """Sets up a worker's log by the `variables` that its server left it."""
    format: Any = os.environ.get(FORMAT) or "text"
    level: Any = os.environ.get(LEVEL) or None
    configure(format, level)


def adopt(name: str) -> None:
    """Takes a library's own handlers away, so that its lines come as all others."""
    for logger in [logging.getLogger(each) for each in (name, *children(name))]:
        logger.handlers.clear()
        logger.propagate = True


def children(name: str) -> list[str]:
    return [each for each in logging.root.manager.loggerDict if each.startswith(f"{name}.")]


# What is said in a line -------------------------------------------------------------------------


class Discretion:
    """Takes out of a line what may quote an input, unless all `words` are wanted."""

    def __init__(self, words: bool) -> None:
        self.words = words

    def __call__(self, logger: WrappedLogger, name: str, line: EventDict) -> EventDict:
        error = (line.pop("exc_info", None) or (None, None))[1]
        line.pop("stack_info", None)
        if not (self.words or line["logger"].partition(".")[0] in OURS):
            line["event"] = template(line)
        if error:
            line["exception"] = told(error, self.words)
        return line


def template(line: EventDict) -> str:
    """A library's message without the values in it; where a warning arose, and of what kind."""
    if line["logger"] == "py.warnings":
        return ": ".join(str(line["event"]).split(": ")[:2])
    return str(line["_record"].msg).partition("\n")[0]


def told(error: BaseException, words: bool) -> list[str]:
    """Where and as what an exception was raised, the last cause first."""
    whole = traceback.TracebackException.from_exception(error, compact=True)
    return lines(whole, words)


def lines(error: traceback.TracebackException, words: bool) -> list[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = lines(cause, words) if cause else []
    kind = error.exc_type.__qualname__ if error.exc_type else "exception"
    frames = [f"{each.filename}:{each.lineno} in {each.name}" for each in error.stack]
    return [*before, f"{kind}: {error}" if words else kind, *frames[-MOST_FRAMES:]]


def identify(logger: WrappedLogger, name: str, line: EventDict) -> EventDict:
    if request := tracing.request_id():
        line["request_id"] = request
    return line


def text(logger: WrappedLogger, name: str, line: EventDict) -> str:
    """`time LEVEL what happened name=value ...`, then an exception's lines."""
    head = f"{line.pop('timestamp')} {line.pop('level').upper()} {line.pop('event')}"
    line.pop("logger")
    below = line.pop("exception", [])
    fields = [f"{name}={value}" for name, value in line.items()]
    return "\n    ".join([" ".join([head, *fields]), *below])


# What libraries print ---------------------------------------------------------------------------


class Prints(io.TextIOBase):
    """In place of stdout or stderr, for what libraries print by themselves: an exception that is
    being printed is logged as others are, and other words at level `debug` alone, since nobody
    knows what they tell."""

    def write(self, text: str) -> int:
        error = sys.exception()
        if error is None or not text.startswith("Traceback"):
            log.debug("printed: %s", text) if text.strip() else None
        elif not getattr(error, "logged", False):  # the causes of one are printed before it
            error.logged = True  # type: ignore[attr-defined]
            log.error("A library failed.", exc_info=error)
        return len(text)
