"""`python app.py token`: who may call a server that asks for a token."""

import re
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from cli.commands import Commands
from endpoints.spec import NAME
from pipelines.settings import Settings
from store.database import connect
from store.token import ENDPOINT, Scope, Token
from store.tokens import FRESH_SECONDS, Tokens

LIFE = "90d"  # of a token, unless its maker says another
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
HEAD = ("NAME", "SCOPE", "STATE", "CREATED", "EXPIRES", "LAST USED", "SECONDS A DAY")


def add(commands: Commands) -> None:
    parser = commands.add_parser("token", help="make, list and revoke API tokens")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="create|list|revoke")
    make = verbs.add_parser("create", help="make a token and show it, this once")
    make.add_argument("--name", required=True, help="whose it is, or what for")
    make.add_argument(
        "--scope", type=scope, default="read", metavar="SCOPE",
        help="read: calls and looks; admin: also loads, unloads and pins models, and manages "
        "endpoints; endpoint:NAME: calls that endpoint and nothing else (default: read)",
    )  # fmt: skip
    make.add_argument(
        "--expires", type=moment, default=LIFE, metavar="AFTER",
        help=f"after how long: 12h, 30d, 8w, or never (default: {LIFE})",
    )  # fmt: skip
    make.add_argument(
        "--quota", type=seconds, metavar="SECONDS", help="compute seconds a day (default: no bound)"
    )
    make.set_defaults(run=create)
    verbs.add_parser("list", help="show all tokens").set_defaults(run=show)
    end = verbs.add_parser("revoke", help="make a token good for nothing")
    end.add_argument("name", metavar="NAME")
    end.set_defaults(run=revoke)


def create(asked: Namespace, settings: Settings) -> int:
    """The token alone goes to stdout, so that a script can take it from there."""
    tokens = Tokens(connect(settings.database_url))
    secret, made = tokens.create(asked.name, asked.scope, asked.expires, asked.quota)
    print(secret)
    print(
        f"Token {made.name} (scope {made.scope}), good {until(made)}. It is shown this once; only "
        "a hash is kept.",
        file=sys.stderr,
    )
    return 0


def show(asked: Namespace, settings: Settings) -> int:
    rows = [cells(each) for each in Tokens(connect(settings.database_url)).all()]
    print(table([HEAD, *rows]) if rows else "There is no token yet. `token create` makes one.")
    return 0


def revoke(asked: Namespace, settings: Settings) -> int:
    Tokens(connect(settings.database_url)).revoke(asked.name)
    print(f"Token {asked.name} is revoked. Servers refuse it within {FRESH_SECONDS:g} seconds.")
    return 0


# Words ------------------------------------------------------------------------------------------


def scope(text: str) -> Scope:
    """Raises ArgumentTypeError for what is no scope."""
    if text in ("read", "admin") or re.fullmatch(ENDPOINT + NAME, text):
        return text
    raise ArgumentTypeError(f"{text!r} is no scope. Write read, admin, or endpoint:NAME.")


def moment(text: str) -> datetime | None:
    """When something ends that lasts as long as `text` says from now; None for never.

    Raises ArgumentTypeError.
    """
    if text == "never":
        return None
    match = re.fullmatch(r"([1-9][0-9]{0,4})([hdw])", text)
    if not match:
        raise ArgumentTypeError(f"{text!r} is no time. Write 12h, 30d, 8w, or never.")
    return datetime.now(UTC) + int(match[1]) * UNITS[match[2]]


def seconds(text: str) -> float:
    """Raises ArgumentTypeError for anything but a number above 0."""
    try:
        found = float(text)
    except ValueError:
        found = 0
    if not 0 < found < float("inf"):
        raise ArgumentTypeError(f"{text!r} is no number of seconds above 0. Write 3600.")
    return found


def cells(token: Token) -> Sequence[str]:
    return (
        token.name,
        token.scope,
        state(token),
        written(token.created),
        written(token.expires) or "never",
        written(token.last_used) or "never",
        f"{token.quota:g}" if token.quota else "no bound",
    )


def state(token: Token) -> str:
    if token.revoked:
        return "revoked"
    return "good" if token.is_good(datetime.now(UTC)) else "expired"


def until(token: Token) -> str:
    return f"until {written(token.expires)}" if token.expires else "until it is revoked"


def written(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC" if time else ""


def table(rows: Iterable[Sequence[str]]) -> str:
    """Columns as wide as their widest cell."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
