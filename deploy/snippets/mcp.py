"""The configuration of an MCP client, as an assistant's program reads it."""

import json

from deploy.snippets.ask import TOKEN, Ask, Snippet

SERVER = "tagline"


def snippet(ask: Ask) -> Snippet:
    """A server whose address names the one tool that does the task."""
    server = {"type": "http", "url": f"{ask.server}/mcp?tools={ask.endpoint}"}
    headers = {"headers": {"Authorization": f"Bearer ${{{TOKEN}}}"}} if ask.token else {}
    code = json.dumps({"mcpServers": {SERVER: {**server, **headers}}}, ensure_ascii=False, indent=2)
    return Snippet("json", f"{code}\n", tool=ask.endpoint)
