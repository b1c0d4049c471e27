"""What somebody must know who starts a server that asks for tokens, and has none."""

import sys
from datetime import UTC, datetime

from cli.token import LIFE, moment, until
from pipelines.settings import Settings
from store.database import connect
from store.tokens import Tokens

NAME = "first"
NONE_YET = "This server asks for a token, and there is none yet."


def greet(settings: Settings) -> None:
    if words := welcome(settings, sys.stdout.isatty()):
        print(words, flush=True)


def welcome(settings: Settings, terminal: bool) -> str:
    """Nothing to say where some token is good. Otherwise, at a `terminal`, the first token, as
    Jupyter does; elsewhere how to make one, since what a service prints is kept in logs.
    """
    tokens = Tokens(connect(settings.database_url))
    if any(each.is_good(datetime.now(UTC)) for each in tokens.all()):
        return ""
    if not terminal:
        return f"{NONE_YET} Make one: python app.py token create --name NAME --scope admin"
    secret, made = tokens.create(NAME, "admin", moment(LIFE))
    return (
        f"{NONE_YET} Here is one of scope admin, shown this once and good {until(made)}:\n\n"
        f"    {secret}\n\n"
        "To make others, or to revoke it: python app.py token --help"
    )
