"""`python app.py export`, `push` and `duplicate`: a model taken elsewhere."""

import asyncio
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.commands import Commands
from deploy import options, targets
from deploy.options import Option
from deploy.plan import Plan, plan
from deploy.push import Spaces, Wish
from pipelines.errors import Unauthorized, UnknownModel
from pipelines.models.resolve import Models
from pipelines.settings import Settings

# What the options of the targets mean.
HELP = {
    "zero": "for ZeroGPU",
    "mount": "the model is mounted from beside the image, not in it",
    "cuda": "for an NVIDIA GPU",
    "image": "the container's image, as in registry.example.com/team/name:1",
    "replicas": "how many pods may run at a time (default: 1)",
}


def add(commands: Commands) -> None:
    parser = commands.add_parser("export", help="write a model as a folder that runs elsewhere")
    kinds = parser.add_subparsers(dest="target", required=True, metavar="|".join(targets.TARGETS))
    for target in targets.TARGETS:
        one = kinds.add_parser(target, help=f"as {target}")
        add_model(one)
        one.add_argument("folder", type=Path, metavar="FOLDER", help="where to; made if need be")
        one.add_argument("--force", action="store_true", help="write over what is in it")
        for option in options.of(target):
            add_option(one, option)
        one.set_defaults(run=export)
    add_push(commands.add_parser("push", help="put a model on the Hub as a Space", epilog=TOKEN))
    add_duplicate(commands.add_parser("duplicate", help="copy a Space on the Hub", epilog=TOKEN))


TOKEN = "The token is taken from HF_TOKEN, and wants the right to write."


def add_model(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="MODEL", help="an id (org/name), or a folder (./my-model)")
    parser.add_argument("--task", metavar="TAG", help="one of its tasks (default: its own)")
    parser.add_argument("--hardware", metavar="NAME", help="of a Space, such as t4-small")


def add_option(parser: ArgumentParser, option: Option) -> None:
    flag, about = f"--{option.name}", HELP[option.name]
    if option.kind == "flag":
        parser.add_argument(flag, action="store_true", help=about)
    else:
        kind = int if option.kind == "number" else str
        parser.add_argument(flag, type=kind, default=option.default, metavar="VALUE", help=about)


def add_push(parser: ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument("space", metavar="SPACE", help="you/name")
    parser.add_argument("--zero", action="store_true", help="for ZeroGPU")
    parser.add_argument("--update", action="store_true", help="into a Space that is there already")
    add_wish(parser)
    parser.set_defaults(run=push)


def add_duplicate(parser: ArgumentParser) -> None:
    parser.add_argument("source", metavar="FROM", help="owner/name")
    parser.add_argument("space", metavar="TO", help="you/name")
    parser.add_argument("--hardware", metavar="NAME", help="such as t4-small")
    add_wish(parser)
    parser.set_defaults(run=duplicate)


def add_wish(parser: ArgumentParser) -> None:
    parser.add_argument("--private", action="store_true", help="nobody else sees it")
    parser.add_argument(
        "--sleep", type=int, metavar="SECONDS", help="sleep when nobody came for so long; -1: never"
    )
    for name, about in (("secret", "nobody reads it again"), ("variable", "everybody may read it")):
        parser.add_argument(
            f"--{name}", type=pair, action="append", default=[], metavar="NAME=VALUE", help=about
        )


# What they do -----------------------------------------------------------------------------------


def export(asked: Namespace, settings: Settings) -> int:
    chosen = {each.name: getattr(asked, each.name) for each in options.of(asked.target)}
    found = planned(asked, settings)
    targets.write(asked.target, found, asked.folder, asked.force, **chosen)
    print(f"{found.name} is in {asked.folder}, as {asked.target}. Its README.md says how to go on.")
    return 0


def push(asked: Namespace, settings: Settings) -> int:
    spaces = hub(settings)
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        targets.write("space", planned(asked, settings), folder, zero=asked.zero)
        print(spaces.push(folder, asked.space, wish(asked), asked.update))
    return 0


def duplicate(asked: Namespace, settings: Settings) -> int:
    print(hub(settings).duplicate(asked.source, asked.space, wish(asked)))
    return 0


def planned(asked: Namespace, settings: Settings) -> Plan:
    """Of a model that is here, or that the Hub has: then it is downloaded first."""
    models = Models(settings.model_copy(update={"model": asked.name}))
    name = models.shown or asked.name
    try:
        models.find(name, token(settings))
    except UnknownModel:
        asyncio.run(fetched(models, name, token(settings)))
    return plan(models, name, asked.task, token(settings), asked.hardware)


async def fetched(models: Models, name: str, secret: str | None) -> None:
    try:
        await models.resolve(name, secret, freely=True)
    finally:
        await models.close()


def wish(asked: Namespace) -> Wish:
    return Wish(
        asked.private, asked.hardware, asked.sleep, dict(asked.secret), dict(asked.variable)
    )


def hub(settings: Settings) -> Spaces:
    if not (found := token(settings)):
        raise Unauthorized(f"No token of the Hub is given. {TOKEN}")
    return Spaces(settings.hub, found)


def token(settings: Settings) -> str | None:
    return settings.hf_token.get_secret_value() if settings.hf_token else None


def pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        # The value may be a secret: it is not repeated.
        raise ArgumentTypeError("write NAME=VALUE, the name in letters, digits and _")
    return name, value
