"""`python app.py snippet`: the code on standard output, ready to be piped into a file."""

import ast
import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.terminal import command
from tests.conftest import CHATTER, EMBEDDER, SEER


def snippet(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return command(home, "snippet", *words)


def test_curl_and_the_files_beside_it(tmp_path: Path) -> None:
    done = snippet(tmp_path, SEER, "--client", "curl", "--token", "--server", "http://h:1/")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        f"curl http://h:1/models/{SEER}/pipeline/image-classification \\\n"
        '  -H "Authorization: Bearer $API_TOKEN" \\\n'
        "  -H 'Content-Type: image/jpeg' \\\n"
        "  --data-binary @cat.jpg\n"
    )
    assert done.stderr.startswith("It reads cat.jpg, which is here: /")


def test_another_task_and_the_settings_own_address(tmp_path: Path) -> None:
    words = ("--client", "openai", "--task", "feature-extraction", "--port", "4321")
    done = snippet(tmp_path, EMBEDDER, *words)
    ast.parse(done.stdout)
    assert "http://127.0.0.1:4321/v1" in done.stdout
    assert "client.embeddings.create(" in done.stdout


def test_streaming_and_mcp(tmp_path: Path) -> None:
    assert "stream=True" in snippet(tmp_path, CHATTER, "--client", "hub", "--stream").stdout
    done = snippet(tmp_path, CHATTER, "--client", "mcp", "--task", "summarization")
    url = json.loads(done.stdout)["mcpServers"]["tagline"]["url"]
    assert url == "http://127.0.0.1:7860/mcp?tools=summarization"
    assert "The tool is called summarization." in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("no/such", "--client", "curl"), "no/such is not on this machine"),
        ((SEER, "--client", "openai"), "OpenAI has no route for image-classification."),
        ((SEER, "--client", "curl", "--stream"), "piece by piece"),
        ((SEER, "--client", "curl", "--task", "fill-mask"), "cannot do fill-mask"),
        ((SEER, "--client", "telnet"), "invalid choice: 'telnet'"),
    ],
)
def test_what_cannot_be_written_is_said(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    done = snippet(tmp_path, *words)
    assert done.returncode != 0
    assert told in done.stderr
    assert done.stdout == ""
