"""`python app.py snippet MODEL`: code that calls a model, by the client that you name."""

import sys
from argparse import Namespace

from cli.commands import Commands
from cli.doctor import address
from deploy.snippets import clients, first
from deploy.snippets.ask import Ask
from deploy.snippets.clients import CLIENTS
from deploy.snippets.places import place
from pipelines import registry
from pipelines.models.resolve import Models
from pipelines.settings import Settings


def add(commands: Commands) -> None:
    parser = commands.add_parser(
        "snippet",
        help="write code that asks a model what its first example asks",
        epilog="The code goes to standard output, what it needs beside it to standard error.",
    )
    parser.add_argument("name", metavar="MODEL", help="org/name, or org/name@revision")
    parser.add_argument("--client", required=True, choices=list(CLIENTS), help="what calls it")
    parser.add_argument("--task", help="a pipeline tag (default: the model's own)")
    parser.add_argument("--server", help="the server's address (default: what the settings name)")
    parser.add_argument("--token", action="store_true", help="the server asks for a token")
    parser.add_argument("--stream", action="store_true", help="have the answer piece by piece")
    parser.set_defaults(run=run)


def run(asked: Namespace, settings: Settings) -> int:
    """Raises TaglineError for an unknown model, or what the client cannot ask of it."""
    snippet = clients.write(asked.client, ask_of(asked, settings))
    print(snippet.code.rstrip())
    for file in snippet.files:
        print(f"It reads {file.name}, which is here: {file.path}", file=sys.stderr)
    if snippet.tool:
        print(f"The tool is called {snippet.tool}.", file=sys.stderr)
    return 0


def ask_of(asked: Namespace, settings: Settings) -> Ask:
    model = Models(settings).find(asked.name)
    task = registry.choose(model, asked.task)
    server = (asked.server or address(settings)).rstrip("/")
    where = place(model, asked.name, told=True)
    more = {"token": asked.token, "stream": asked.stream, "place": where}
    return first.ask(task, model, asked.name, server, **more)
