"""The configuration of an MCP client: its one tool does the task with the same arguments."""

import asyncio
import base64
import json
import os
from typing import Any

import pytest

from deploy.snippets import mcp
from deploy.snippets.ask import TOKEN, Ask
from pipelines.registry import TASKS
from tests.deploy.snippets.conftest import Bench

SECONDS = 240


async def called(about: dict[str, Any], arguments: dict[str, Any]) -> tuple[list[str], Any]:
    """The names of the tools, and the answer of the only one."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    headers = {name: os.path.expandvars(value) for name, value in about.get("headers", {}).items()}
    async with (
        streamablehttp_client(about["url"], headers=headers) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        names = [tool.name for tool in (await session.list_tools()).tools]
        return names, await session.call_tool(names[0], arguments)


def encoded(file: Any) -> str:
    return base64.b64encode(file.path.read_bytes()).decode()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("tag", TASKS)
def test_the_tool_answers(bench: Bench, tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "tgl_any")
    ask: Ask = bench.ask(tag)
    snippet = mcp.snippet(ask)
    about = json.loads(snippet.code)["mcpServers"]["tagline"]
    arguments = {"model": ask.name, **ask.row(encoded), **ask.parameters}
    names, answer = asyncio.run(asyncio.wait_for(called(about, arguments), SECONDS))
    assert names == [snippet.tool]
    assert not answer.isError, answer.content
    assert answer.content
