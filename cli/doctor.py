"""`python app.py doctor`: how things stand here, and whether the security level really holds."""

import os
from argparse import Namespace

import httpx

from cli import machine, proof
from cli.commands import Commands
from pipelines import settings as config
from pipelines.levels import is_everywhere
from pipelines.settings import Settings

TOKEN = "TAGLINE_TOKEN"


def add(commands: Commands) -> None:
    parser = commands.add_parser(
        "doctor",
        help="say how things stand, and try whether the security level holds",
        epilog=f"With a token in {TOKEN} it tries that too. The exit status is 1 if the level "
        "does not hold, 0 otherwise.",
    )
    parser.add_argument(
        "--url", help="the running server (default: the address that the settings name)"
    )
    parser.set_defaults(run=run)


def run(asked: Namespace, settings: Settings) -> int:
    os.environ.update(config.library_environment(settings))
    for finding in machine.look(settings):
        print(finding)
    return tried(asked.url or address(settings), settings)


def tried(url: str, settings: Settings) -> int:
    """1 if the server at `url` does not do what its level promises."""
    name = settings.level or "unnamed"
    print(f"\nThe level {name}, tried at {url}")
    findings = []
    try:
        for finding in proof.prove(url, settings, os.environ.get(TOKEN)):
            print(finding)
            findings.append(finding)
    except httpx.ConnectError:
        print("No server answers there, so nothing was tried. Start it, or say --url.")
        return 0
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        print(f"The server broke off: {type(error).__name__} {error}")
        return 1
    holds = all(each.good is not False for each in findings)
    print(f"The level {name} holds." if holds else f"The level {name} does NOT hold.")
    return 0 if holds else 1


def address(settings: Settings) -> str:
    """Where this machine finds the server."""
    host = "127.0.0.1" if is_everywhere(settings.host) else settings.host
    url = f"http://[{host}]" if ":" in host else f"http://{host}"
    return f"{url}:{settings.port}"
