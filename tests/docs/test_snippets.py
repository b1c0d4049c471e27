"""What the pages show is run, as it stands, against the app."""

import shutil
import subprocess
import sys

import pytest

from tests.conftest import Server
from tests.docs.pages import HERE, ROOT, Snippet, snippets

PYTHON = snippets("python")
# A machine without curl has nothing to try these with.
CURL = [each for each in snippets("sh") if each.code.startswith("curl") and shutil.which("curl")]


def run(*command: str) -> str:
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("snippet", PYTHON, ids=str)
def test_python_runs_and_prints(snippet: Snippet, server: Server) -> None:
    assert HERE in snippet.code
    assert run(sys.executable, "-c", snippet.against(server.url)).strip()


@pytest.mark.parametrize("snippet", CURL, ids=str)
def test_curl_gets_an_answer(snippet: Snippet, server: Server) -> None:
    assert HERE in snippet.code
    code = snippet.against(server.url).replace("curl ", "curl --silent --show-error --fail ")
    assert run("sh", "-c", code).strip()


def test_the_readme_calls_through_three_clients() -> None:
    code = "".join(each.code for each in PYTHON if each.page.name == "README.md")
    for client in ("huggingface_hub", "openai", "gradio_client"):
        assert f"from {client} import" in code
