"""What `doctor` says of this machine without asking a server."""

import platform
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import httpx

from cli.findings import Finding
from pipelines.engine.memory import pools
from pipelines.errors import TaglineError
from pipelines.hardware import detect, probe
from pipelines.models.offer import in_words
from pipelines.models.resolve import Models
from pipelines.settings import Settings
from store.database import connect
from store.tokens import Tokens

PACKAGES = ("gradio", "torch", "transformers", "diffusers", "sentence-transformers",
            "huggingface_hub", "fastapi", "SQLAlchemy")  # fmt: skip
SECONDS = 5.0
SOURCES = {
    "starter": "on board",
    "folder": "from folders",
    "cache": "from your Hugging Face cache",
    "download": "downloaded",
    "local": "named by --model",
}
HANDS = {
    "local": "callers on this machine",
    "nobody": "nobody",
    "admin": "tokens of scope admin",
    "everybody": "whoever has a token",
}


def look(settings: Settings) -> Iterator[Finding]:
    """A line about each thing that a server here depends on."""
    yield Finding(level(settings))
    if settings.sign_in:
        yield tokens(settings)
    yield from hardware(settings)
    yield disk(settings)
    yield models(settings)
    yield hub(settings)
    yield Finding(packages())


def level(settings: Settings) -> str:
    rules = settings.rules
    return (
        f"Level {settings.level or 'not named: this machine alone'}. "
        f"Address {settings.host}, port {settings.port}. "
        f"{'A token is asked for' if rules.sign_in else 'No token is asked for'}; "
        f"rate limits are {'on' if rules.rate_limits else 'off'}; "
        f"models that are not listed are {'' if settings.downloads_open else 'not '}downloaded; "
        f"by hand load, unload and pin: {HANDS[rules.hands]}."
    )


def tokens(settings: Settings) -> Finding:
    try:
        found = Tokens(connect(settings.database_url)).all()
    except TaglineError as error:
        return Finding(f"Tokens: {error}", False)
    good = sum(each.is_good(datetime.now(UTC)) for each in found)
    hint = "" if good else " Make one: python app.py token create --name NAME --scope admin"
    return Finding(f"Tokens: {good} good of {len(found)}.{hint}", None if good else False)


def hardware(settings: Settings) -> Iterator[Finding]:
    try:
        found = detect(probe(), settings.device, settings.dtype)
    except ValueError as error:
        yield Finding(f"Hardware: {error}", False)
        return
    room = ", ".join(map(in_words, pools(found, settings.memory_gb)))
    yield Finding(f"Hardware {found.tier}. {found.reason}")
    yield Finding(f"Memory for models: {room}, of {in_words(found.memory)} that may be used.")


def disk(settings: Settings) -> Finding:
    home = settings.home.expanduser().resolve()
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    return Finding(
        f"Disk: {in_words(free)} free at {home}; downloads may take {settings.cache_gb:g} GB."
    )


def models(settings: Settings) -> Finding:
    found = Counter(model.source for model in Models(settings).list())
    what = ", ".join(f"{count} {SOURCES.get(source, source)}" for source, count in found.items())
    hint = "" if found["starter"] else " `make setup` builds those that come on board."
    return Finding(f"Models here: {what or 'none'}.{hint}")


def hub(settings: Settings) -> Finding:
    if settings.offline:
        return Finding("Hub: never asked (offline).")
    try:
        status = httpx.get(f"{settings.hub}/api/models?limit=1", timeout=SECONDS).status_code
    except httpx.HTTPError as error:
        return Finding(f"Hub: {settings.hub} does not answer ({type(error).__name__}).")
    return Finding(f"Hub: {settings.hub} answers ({status}).")


def packages() -> str:
    found = [f"Python {platform.python_version()}", *filter(None, map(package, PACKAGES))]
    return f"Packages: {', '.join(found)}."


def package(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"{name} missing"
