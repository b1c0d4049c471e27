"""`python app.py`: serves, or does one of the commands beside it."""

import os
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from contextlib import suppress

from pydantic import ValidationError

from pipelines import settings as config
from pipelines.errors import TaglineError
from pipelines.settings import Settings

COMMANDS = ("token", "doctor", "snippet", "export", "push", "duplicate", "endpoint")


def main(argv: Sequence[str], serve: Callable[[Settings], None]) -> None:
    """Does what `argv` (without the program's name) says, and ends the process."""
    # SIGTERM is a container's stop; a shell starts background jobs with SIGINT ignored.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    try:
        if argv and argv[0] in COMMANDS:
            sys.exit(run(argv))
        with suppress(KeyboardInterrupt):
            serve(config.read(argv))
    except KeyboardInterrupt:
        sys.exit(130)
    except ValidationError as error:
        sys.exit("\n".join(config.sentence(each) for each in error.errors()))
    except (TaglineError, ValueError, OSError) as error:
        sys.exit(str(error))
    os._exit(0)  # a thread that still computes would hold the interpreter until it is done


def run(argv: Sequence[str]) -> int:
    """A command, and its exit status. What it does not know itself is a setting."""
    from cli import doctor, endpoint, export, snippet, token

    parser = ArgumentParser(
        prog="python app.py",
        epilog="The settings of the server may follow, as --home, or stand in TAGLINE_HOME.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="|".join(COMMANDS))
    token.add(commands)
    doctor.add(commands)
    snippet.add(commands)
    export.add(commands)
    endpoint.add(commands)
    asked, others = parser.parse_known_args(argv)
    status: int = asked.run(asked, config.read(others))
    return status
