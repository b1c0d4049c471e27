"""JavaScript's clients against an endpoint that wants a token."""

import json
import subprocess
from pathlib import Path

from tests.api.endpoint_server import running
from tests.clients.test_javascript import INSTALLED, SECONDS
from tests.clients.test_javascript import packages as packages


def test_two_clients_call_an_endpoint(tmp_path: Path) -> None:
    with running(tmp_path, proxied=False) as served:
        served.make("chat", access={"level": "protected"})
        token, _ = served.tokens.create("laptop", "endpoint:chat")
        done = subprocess.run(
            ["node", "endpoint.mjs", f"{served.url}/endpoints/chat", token],
            cwd=INSTALLED, capture_output=True, text=True, timeout=SECONDS,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    refused = [told.pop(f"{name} without")["error"] for name in ("hub", "openai")]
    assert all("token" in each.lower() for each in refused), refused
    assert told == {
        "hub": {"value": "xxxx"},
        **dict.fromkeys(("hub chat", "hub stream", "openai", "openai stream"), {"value": "xxx"}),
    }
