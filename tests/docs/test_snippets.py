"""What the pages show is run, as it stands, against the app."""

import shutil
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.cli.terminal import command
from tests.conftest import CHATTER, EMBEDDER, Server
from tests.docs.pages import HERE, ROOT, Snippet, snippets

PYTHON = snippets("python")
# A machine without curl has nothing to try these with.
ENDPOINTS = {"words": EMBEDDER, "chat": CHATTER}  # as the pages call them
CURL = [each for each in snippets("sh") if each.code.startswith("curl") and shutil.which("curl")]


def run(*command: str) -> str:
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def ready(request: pytest.FixtureRequest, server: Server) -> Iterator[Server]:
    """The server, with the endpoints that the snippet calls."""
    code = request.node.callspec.params["snippet"].code
    for left in httpx.get(f"{server.url}/v2/endpoint/me", timeout=60).json()["items"]:
        endpoint(server, "delete", left["name"])  # by another test on this server
    called = [name for name in ENDPOINTS if f"/endpoints/{name}" in code]
    for name in called:
        endpoint(server, "create", name, "--model", ENDPOINTS[name], "--access", "public")
    yield server
    for name in called:
        endpoint(server, "delete", name)


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    """What the pages write as tgl_..."""
    made = command(server.log.parent, "token", "create", "--name", "pages", "--scope", "admin")
    return made.stdout.strip()


def endpoint(server: Server, *words: str) -> None:
    run(sys.executable, "app.py", "endpoint", "--url", server.url, *words)


@pytest.mark.parametrize("snippet", PYTHON, ids=str)
def test_python_runs_and_prints(snippet: Snippet, ready: Server, token: str) -> None:
    assert HERE in snippet.code
    code = snippet.against(ready.url).replace("tgl_...", token)
    assert run(sys.executable, "-c", code).strip()


@pytest.mark.parametrize("snippet", CURL, ids=str)
def test_curl_gets_an_answer(snippet: Snippet, ready: Server) -> None:
    assert HERE in snippet.code
    code = snippet.against(ready.url).replace("curl ", "curl --silent --show-error --fail ")
    assert run("sh", "-c", code).strip()


def test_the_readme_calls_through_three_clients() -> None:
    code = "".join(each.code for each in PYTHON if each.page.name == "README.md")
    for client in ("huggingface_hub", "openai", "gradio_client"):
        assert f"from {client} import" in code
