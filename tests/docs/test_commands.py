"""What the pages have a reader type: every line is run, or is named here with what else runs it."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cli.main import COMMANDS, run
from pipelines import settings
from pipelines.errors import TaglineError
from tests.conftest import IRIS, STARTERS, Server
from tests.deploy import fake_spaces
from tests.docs.pages import Snippet, snippets

APP = ["python", "app.py"]
# What begins so is run elsewhere, or wants a machine that no test has.
ELSEWHERE = {
    "curl": "tests/docs/test_snippets.py",
    "make": "what runs the tests",
    "pip install": "what every environment of the tests is made by",
    "cd": "tests/deploy/test_space_runs.py, test_docker.py, test_handler.py: what comes after it",
    "docker": "tests/deploy/test_docker.py does its steps: no engine",
    "kubectl": "tests/deploy/test_kubernetes.py holds its files against the schemas: no cluster",
    "python create_endpoint.py": "tests/deploy/test_endpoint.py, against a stand-in",
    "git": "a machine of a Ray cluster", "python3": "a machine of a Ray cluster",
    "(umask": "a machine of a Ray cluster", ".venv/bin/ray": "a machine of a Ray cluster",
    "scp": "a machine of a Ray cluster", "AT=": "a machine of a Ray cluster",
    ".venv/bin/python app.py": "tests/cluster: it wants a cluster",
}  # fmt: skip
RAY = "--engine ray"  # of a line that wants a cluster; tests/cluster has one


def lines() -> Iterator[tuple[Snippet, str]]:
    for snippet in snippets("sh"):
        if snippet.code.startswith("curl"):  # one call, over several lines, which is run as it is
            continue
        for line in snippet.code.replace("\\\n", " ").splitlines():
            if words := line.partition("  #")[0].strip():
                yield snippet, words


def split(line: str) -> tuple[dict[str, str], list[str]]:
    """The variables that are set before the command, and its words."""
    words = shlex.split(line)
    at = next((n for n, word in enumerate(words) if "=" not in word), len(words))
    return dict(word.split("=", 1) for word in words[:at]), words[at:]


LINES = list(lines())
OURS = [line for _, line in LINES if split(line)[1][:2] == APP]
TYPED = [line for line in OURS if set(split(line)[1][2:3]) & set(COMMANDS)]
SERVED = [line for line in OURS if line not in TYPED]


def test_no_line_is_of_another_kind() -> None:
    others = [
        f"{snippet}: {line}" for snippet, line in LINES
        if line not in OURS and not line.startswith((*ELSEWHERE, "export ", "-d"))
    ]  # fmt: skip
    assert others == []


@pytest.mark.parametrize("line", SERVED)
def test_a_server_s_settings_are_read(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variables, words = split(line.partition("&&")[0])
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    read = settings.read(words[2:])
    if "--level" in words:
        assert read.level == words[words.index("--level") + 1]
    if "--model" in words:
        assert read.model == words[words.index("--model") + 1]
    if origins := variables.get("TAGLINE_ALLOW_ORIGINS"):
        assert list(read.allow_origins) == origins.split()


@pytest.fixture(scope="module")
def hub() -> Iterator[fake_spaces.Spaces]:
    made = fake_spaces.Spaces()
    made.users["hf_good"] = "you"
    yield made
    made.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[Path]:
    """A folder that all commands are typed in, one after the other, as a reader does; the server
    has no endpoints before, and none after."""
    clear(server)
    yield tmp_path_factory.mktemp("typed")
    clear(server)


def clear(server: Server) -> None:
    for left in httpx.get(f"{server.url}/v2/endpoint/me", timeout=60).json()["items"]:
        httpx.delete(f"{server.url}/v2/endpoint/me/{left['name']}", timeout=60).raise_for_status()


@pytest.mark.parametrize("line", dict.fromkeys(TYPED))
def test_a_command_does_what_it_says(
    line: str, desk: Path, hub: fake_spaces.Spaces, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables, words = split(line)
    command = typed(words[2:], server)
    for name, value in {
        "TAGLINE_HOME": str(desk / "home"), "TAGLINE_STARTERS_DIR": str(STARTERS),
        "TAGLINE_OFFLINE": "1", "HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_good", **variables,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    if command[0] in ("push", "duplicate"):  # these two ask the Hub
        monkeypatch.delenv("TAGLINE_OFFLINE")
    monkeypatch.chdir(desk)
    if RAY in line:
        command[command.index("words")] = "far"  # another line made that one
        with pytest.raises(TaglineError, match="ray is not set up"):
            run(command)
        return
    assert run(command) == 0


def typed(command: list[str], server: Server) -> list[str]:
    """With the server of the tests in place of a reader's own."""
    words = [IRIS if word == "org/name" else word for word in command if word != "--follow"]
    if words[0] in ("endpoint", "doctor"):
        return [words[0], "--url", server.url, *words[1:]]
    return words
