"""`python app.py endpoint`: makes, shows and changes endpoints of a running server, over its HTTP
API: one server is the one writer.
"""

import json
import os
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from cli.commands import Commands
from cli.doctor import TOKEN, address
from cli.endpoint_fields import body, fields, given
from cli.token import table
from endpoints.exports.files import FILES
from pipelines.errors import TaglineError, Unavailable
from pipelines.settings import Settings

PATH = "/v2/endpoint/here"  # any namespace is this server
HEAD = ("NAME", "STATE", "REPLICAS", "MODEL", "LEVEL", "ENGINE", "ADDRESS")
SECONDS = 60.0


def add(commands: Commands) -> None:
    parser = commands.add_parser(
        "endpoint",
        help="make, show and change endpoints of a running server",
        epilog=f"A server that asks for a token wants one of scope admin in {TOKEN}.",
    )
    parser.add_argument(
        "--url", help="the running server (default: the address that the settings name)"
    )
    verbs = parser.add_subparsers(
        dest="verb", required=True,
        metavar="create|list|show|update|pause|resume|scale-to-zero|restart|delete|logs|export",
    )  # fmt: skip
    make = verbs.add_parser("create", help="make an endpoint, which begins to come up")
    make.add_argument("name", metavar="NAME")
    make.add_argument("--model", required=True, help="org/name or org/name@revision")
    fields(make)
    make.set_defaults(run=asking(create))
    verbs.add_parser("list", help="show all endpoints").set_defaults(run=asking(show_all))
    change = named(verbs, "update", "change the fields that are given", update)
    change.add_argument("--model", help="org/name or org/name@revision")
    fields(change)
    named(verbs, "show", "show one endpoint whole, as JSON", show)
    named(verbs, "pause", "let nothing of it run until it is resumed", turn)
    named(verbs, "resume", "bring it up again, or try one anew that has failed", turn)
    named(verbs, "scale-to-zero", "let nothing of it run until it is called", turn)
    named(verbs, "delete", "end it for ever", delete)
    again = named(verbs, "restart", "put a new replica in the place of one", restart)
    again.add_argument("replica", metavar="REPLICA")
    look = named(verbs, "logs", "show what its replicas wrote", logs)
    look.add_argument("--replica", help="of this one alone")
    look.add_argument("--tail", type=int, default=50, metavar="LINES", help="(default: 50)")
    look.add_argument("--follow", action="store_true", help="and go on as more is written")
    write = named(verbs, "export", "write it as a file for another tool, to the terminal", export)
    write.add_argument("kind", choices=[*FILES])
    for each in verbs.choices.values():  # before the verb or behind it
        each.add_argument("--url", default=SUPPRESS, help="the running server")


def named(verbs: Commands, verb: str, about: str, do: Callable[..., int]) -> ArgumentParser:
    parser = verbs.add_parser(verb, help=about)
    parser.add_argument("name", metavar="NAME")
    parser.set_defaults(run=asking(do))
    return parser


# What is asked ----------------------------------------------------------------------------------


def asking(do: Callable[..., int]) -> Callable[[Namespace, Settings], int]:
    """`do` with a way to ask the server."""

    def run(asked: Namespace, settings: Settings) -> int:
        base = asked.url or address(settings)
        secret = os.environ.get(TOKEN)
        headers = {"authorization": f"Bearer {secret}"} if secret else {}
        try:
            with httpx.Client(base_url=base, headers=headers, timeout=SECONDS) as client:
                return do(asked, client)
        except httpx.ConnectError as error:
            raise Unavailable(f"No server answers at {base}. Start it, or say --url.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable(f"{base} broke off: {type(error).__name__} {error}") from error

    return run


def ask(client: httpx.Client, method: str, below: str = "", **given: Any) -> Any:
    """What the server answers; raises TaglineError with its own sentence."""
    answer = client.request(method, PATH + below, **given)
    if answer.is_error:
        raise TaglineError(sentence(answer))
    return answer.json()


def path(*names: str) -> str:
    """Below PATH, whatever stands in a name: a slash in one leads to no other endpoint."""
    return "".join(f"/{quote(each, safe='')}" for each in names)


def sentence(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return f"The server answered {answer.status_code}, and not as Tagline does."


# The verbs --------------------------------------------------------------------------------------


def create(asked: Namespace, client: httpx.Client) -> int:
    made = ask(client, "POST", json={"name": asked.name, **body(asked)})
    print(made["status"]["url"])
    print(f"Endpoint {asked.name} is {made['status']['state']}.", file=sys.stderr)
    return 0


def show_all(asked: Namespace, client: httpx.Client) -> int:
    rows = [cells(each) for each in ask(client, "GET")["items"]]
    print(table([HEAD, *rows]) if rows else "There is no endpoint. `endpoint create` makes one.")
    return 0


def show(asked: Namespace, client: httpx.Client) -> int:
    print(json.dumps(ask(client, "GET", path(asked.name)), indent=2, ensure_ascii=False))
    return 0


def update(asked: Namespace, client: httpx.Client) -> int:
    return tell(ask(client, "PUT", path(asked.name), json=body(asked)))


def turn(asked: Namespace, client: httpx.Client) -> int:
    return tell(ask(client, "POST", path(asked.name, asked.verb)))


def restart(asked: Namespace, client: httpx.Client) -> int:
    return tell(ask(client, "POST", path(asked.name, "replica", asked.replica, "restart")))


def delete(asked: Namespace, client: httpx.Client) -> int:
    ask(client, "DELETE", path(asked.name))
    print(f"Endpoint {asked.name} is deleted.")
    return 0


def logs(asked: Namespace, client: httpx.Client) -> int:
    query = given({"replica": asked.replica, "tail": asked.tail, "follow": asked.follow})
    where = PATH + path(asked.name, "logs")
    timeout = None if asked.follow else SECONDS
    with client.stream("GET", where, params=query, timeout=timeout) as answer:
        if answer.is_error:
            answer.read()
            raise TaglineError(sentence(answer))
        for text in answer.iter_text():
            print(text, end="", flush=True)
    return 0


def export(asked: Namespace, client: httpx.Client) -> int:
    answer = client.get(PATH + path(asked.name, "files", asked.kind))
    if answer.is_error:
        raise TaglineError(sentence(answer))
    print(answer.text, end="")
    return 0


def tell(each: Mapping[str, Any]) -> int:
    reason = each["status"]["message"]
    print(f"Endpoint {each['name']} is {each['status']['state']}{': ' * bool(reason)}{reason}")
    return 0


def cells(each: Mapping[str, Any]) -> Sequence[str]:
    status, spec = each["status"], each["tagline"]["spec"]
    return (
        each["name"],
        status["state"],
        f"{status['readyReplica']}/{status['targetReplica']}",
        spec["model"],
        spec["access"]["level"],
        spec["engine"],
        status.get("url") or "",
    )
