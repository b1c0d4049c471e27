"""A live server of a model for every task, and what came of every snippet there."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.snippets import clients
from deploy.snippets.ask import Ask, Snippet
from pipelines.errors import InvalidInput, TaglineError, UnsupportedTask
from tests.conftest import ROOT, Server
from tests.deploy.snippets import cases
from tests.deploy.snippets.cases import Question
from tests.deploy.snippets.never import NEVER, NOT_SO

PACKAGES = ROOT / ".venv" / "clients" / "node_modules"
SECONDS = 1_800  # of all snippets of a client, on a machine that does much else
NEAR = {"hub": "huggingface_hub", "requests": "requests", "openai": "openai",
        "gradio": "gradio_client"}  # fmt: skip
LIBRARIES = ("torch", "transformers", "diffusers", "sentence_transformers", "sklearn", "PIL.Image")
Outcome = dict[str, Any]


class Bench:
    """Asks every question through every client, each client's at once when first wanted."""

    def __init__(self, home: Path, server: Server, questions: dict[str, Question]) -> None:
        self.home, self.server, self.questions = home, server, questions
        self.told = cache(self.run)
        self.expected = cache(self.answer)

    def ask(self, tag: str, stream: bool = False) -> Ask:
        asked = self.questions[tag]
        return Ask(
            asked.task, asked.model, asked.inputs, asked.parameters, self.server.url,
            stream=stream, place=str(asked.model.path),
        )  # fmt: skip

    def answer(self, tag: str) -> Any:
        """What the engine answers, by plain HTTP: JSON, or a file."""
        import base64

        ask = self.ask(tag)
        body = ask.body(lambda file: base64.b64encode(file.path.read_bytes()).decode())
        got = httpx.post(ask.url, json=body, timeout=SECONDS)
        assert got.status_code == 200, got.text[:500]
        mime = got.headers["content-type"].partition(";")[0]
        return got.json() if mime.endswith("json") else {"content": got.content, "mime": mime}

    def snippet(self, client: str, tag: str, stream: bool) -> Snippet | None:
        try:
            return clients.write(client, self.ask(tag, stream))
        except TaglineError:
            return None

    def run(self, client: str, stream: bool = False) -> dict[str, Outcome]:
        """The outcome of every task that the client has, by its tag."""
        made = {tag: self.snippet(client, tag, stream) for tag in self.questions}
        jobs = {tag: self.job(client, tag, each, stream) for tag, each in made.items() if each}
        by = {"python": in_python, "javascript": in_javascript, "shell": in_shell}
        language = next(each.language for each in made.values() if each)
        runs: Callable[[str, Sequence[Any]], list[Outcome]] = by[language]
        return dict(zip(jobs, runs(client, list(jobs.values())), strict=True))

    def job(self, client: str, tag: str, snippet: Snippet, stream: bool) -> dict[str, Any]:
        """The snippet in a folder of its own, beside the files that it expects."""
        folder = self.home / "runs" / f"{client}{'-stream' * stream}" / tag
        folder.mkdir(parents=True)
        for file in snippet.files:
            shutil.copy(file.path, folder / file.name)
        script = folder / "snippet.mjs"
        script.write_text(snippet.code, encoding="utf-8")
        return {"code": snippet.code, "file": str(script), "folder": str(folder), "env": {}}

    def folder(self, client: str, tag: str, stream: bool = False) -> Path:
        return self.home / "runs" / f"{client}{'-stream' * stream}" / tag


def in_python(client: str, jobs: Sequence[Any]) -> list[Outcome]:
    modules = LIBRARIES if client == "local" else (NEAR[client],)
    return piped([sys.executable, "-m", "tests.deploy.snippets.runner", *modules], jobs, ROOT)


def in_javascript(client: str, jobs: Sequence[Any]) -> list[Outcome]:
    if shutil.which("node") is None or not PACKAGES.is_dir():
        pytest.skip("Node 20 or later with npm is needed for the JavaScript clients.")
    link = Path(jobs[0]["folder"]).parents[1] / "node_modules"
    if not link.exists():
        link.symlink_to(PACKAGES)
    runner = link.parent / "runner.mjs"
    shutil.copy(Path(__file__).parent / "runner.mjs", runner)
    return piped(["node", str(runner)], jobs, link.parent)


def in_shell(client: str, jobs: Sequence[Any]) -> list[Outcome]:
    return [shell(job) for job in jobs]


def shell(job: Any) -> Outcome:
    done = subprocess.run(
        ["sh", "-c", job["code"]], cwd=job["folder"], capture_output=True, text=True,
        timeout=SECONDS,
    )  # fmt: skip
    return {"printed": [done.stdout]} if done.returncode == 0 else {"error": done.stderr}


def piped(command: list[str], jobs: Sequence[Any], folder: Path) -> list[Outcome]:
    # Offline, huggingface_hub's client would refuse even this machine.
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("HF_", "TAGLINE_"))}
    known = {**kept, "HF_HOME": str(Path(jobs[0]["folder"]).parents[1] / "hf")}
    done = subprocess.run(
        command, cwd=folder, input=json.dumps(jobs), capture_output=True, text=True,
        timeout=SECONDS, env=known,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told: list[Outcome] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    home = tmp_path_factory.mktemp("snippets")
    questions = cases.every(home)
    server = Server(home, TAGLINE_MODELS_DIR=str(home / "models")).wait()
    yield Bench(home, server, questions)
    server.stop()


@pytest.fixture(scope="session")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The same for other models of some tasks, by their names."""
    home = tmp_path_factory.mktemp("beside")
    questions = cases.beside(home)
    folders = ":".join(str(home / name / "models") for name in questions)
    server = Server(home, TAGLINE_MODELS_DIR=folders).wait()
    yield Bench(home, server, questions)
    server.stop()


def refused(bench: Bench, client: str, tag: str) -> bool:
    """Whether there is no such snippet; then the code says so for the reason in the table."""
    ask = bench.ask(tag)
    if tag in NEVER.get(client, {}):
        with pytest.raises(UnsupportedTask):
            clients.write(client, ask)
        assert client not in clients.offered(ask)
        return True
    if words := NOT_SO.get(client, {}).get(tag):
        with pytest.raises(InvalidInput, match=words):
            clients.write(client, ask)
        return True
    return False
