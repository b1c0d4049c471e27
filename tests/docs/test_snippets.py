"""What the pages show is run, as it stands, against the app."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from endpoints import prices
from pipelines.registry import TASKS
from tests.cli.terminal import command
from tests.conftest import CHATTER, EMBEDDER, Server
from tests.docs.pages import FENCE, HERE, PAGES, ROOT, Snippet, snippets

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


# What is read by other programs -------------------------------------------------------------------

MCP = [each for each in snippets("json") if each.page.name == "mcp.md"]


def test_every_language_is_tried_somewhere() -> None:
    """Besides these: `sh` in test_commands.py, `html` in tests/components/test_demo.py."""
    tried = {"python", "sh", "json", "toml", "html"}
    found = {name for page in PAGES for name, _ in FENCE.findall(page.read_text("utf-8"))}
    assert found <= tried
    assert len(snippets("json")) == len(MCP)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("snippet", MCP, ids=str)
def test_an_assistant_finds_the_tools_by_its_configuration(
    snippet: Snippet, server: Server
) -> None:
    """By the address alone where a program of npm stands between."""
    given = json.loads(snippet.against(server.url))
    [about] = next(iter(given.values())).values()
    address = about.get("url") or about["args"][-1]
    assert address.startswith(server.url)
    assert len(asyncio.run(asyncio.wait_for(tools(address), 60))) == len(TASKS)


async def tools(address: str) -> list[str]:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with (
        streamablehttp_client(address) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        return [tool.name for tool in (await session.list_tools()).tools]


@pytest.mark.parametrize("snippet", snippets("toml"), ids=str)
def test_a_table_of_prices_is_read(snippet: Snippet, tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(snippet.code, encoding="utf-8")
    read = prices.read(file)
    assert read.per_hour["l4x1"] == 0.21
