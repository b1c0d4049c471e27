"""One server of tiny models for all clients, and a record of what was tried."""

import json
from collections.abc import Generator, Iterator

import pytest

from tests.clients.table import HUB_NEVER, HUB_WORKS, RECORD, Case
from tests.conftest import Server
from tests.zoo.cage import HANDLED
from tests.zoo.tiny import Tiny, every

TRIED = pytest.StashKey[list[str]]()
TAGS = {*HUB_WORKS.values(), *(name.replace("_", "-") for name in HUB_NEVER), "text-to-audio"}


# What @huggingface/inference wants: classes that are numbers; by its id, a writer that cannot chat
CHOSEN = ("HistGradientBoostingClassifier", "gpt2")


@pytest.fixture(scope="session")
def tinies() -> dict[str, Tiny]:
    """The first tiny model of each task that a client has a method for."""
    found: dict[str, Tiny] = {}
    for tiny in every():
        if tiny.tag in TAGS and (tiny.tag not in found or tiny.architecture in CHOSEN):
            found[tiny.tag] = tiny
    return found


@pytest.fixture(scope="session")
def menagerie(
    tmp_path_factory: pytest.TempPathFactory, tinies: dict[str, Tiny]
) -> Iterator[Server]:
    """A server of a tiny model per task, and of the models on board."""
    home = tmp_path_factory.mktemp("menagerie")
    for tiny in tinies.values():
        tiny.build(home / "models" / "tiny" / tiny.name)
    models, trusted = str(home / "models"), ",".join(HANDLED)
    server = Server(home, TAGLINE_MODELS_DIR=models, TAGLINE_TRUSTED_CODE=trusted).wait()
    yield server
    server.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Notes each case of the table that passed."""
    report = yield
    case = item.callspec.params.get("case") if hasattr(item, "callspec") else None
    if isinstance(case, Case) and report.when == "call" and report.passed:
        item.config.stash.setdefault(TRIED, []).append(f"{case.client} {case}")
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Writes the record, unless this process saw a part of the tests alone."""
    if hasattr(session.config, "workerinput"):
        return
    if tried := session.config.stash.get(TRIED, []):
        RECORD.parent.mkdir(exist_ok=True)
        RECORD.write_text(json.dumps(sorted(tried), indent=1), encoding="utf-8")
