"""The handler of every model on board, loaded as the toolkit of Inference Endpoints loads it,
against what the server answers; and a server that runs one itself."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from packaging.requirements import Requirement

from deploy import targets
from deploy.plan import plan
from pipelines import samples
from pipelines.pictures import PNG
from pipelines.samples import Sample
from tests.conftest import IRIS, LISTENER, SAMPLES, SEER, Serve, Server, environment
from tests.deploy.away import board, fence
from tests.zoo.alike import alike

SECONDS = 240
MODELS = board()
IDS = [model.id for model in MODELS.list()]
SCRIPT = Path(__file__).parent / "toolkit.py"
VOICE, DRAWER = "tagline/hibari-tts", "tagline/digits-diffusion"
Ask = Callable[..., dict[str, Any]]


class Toolkit:
    """A process that has seen nothing of ours, and only the packages that a folder requires."""

    def __init__(self, folder: Path, home: Path) -> None:
        home.mkdir()
        kept = environment(home, {"PYTHONPATH": fence(folder, home), "HF_HUB_OFFLINE": "1"})
        kept = {name: value for name, value in kept.items() if not name.startswith("TAGLINE_")}
        self.log = home / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", str(SCRIPT)],
                cwd=home, env=kept, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                text=True,
            )  # fmt: skip

    def ask(self, folder: Path, body: Any, how: str = "json") -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(
            json.dumps({"folder": str(folder), "body": body, "how": how}) + "\n"
        )
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.log.read_text()[-4000:]
        found: dict[str, Any] = json.loads(line)
        return found

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Asks the handler in a folder; those of the same requirements share a process to fork from."""
    known: dict[str, Toolkit] = {}

    def asking(folder: Path, body: Any, how: str = "json") -> dict[str, Any]:
        needs = (folder / "requirements.txt").read_text()
        if needs not in known:
            known[needs] = Toolkit(folder, tmp_path_factory.mktemp("toolkit") / "home")
        return known[needs].ask(folder, body, how)

    yield asking
    for each in known.values():
        each.close()


def exported(id: str, folder: Path, tag: str | None = None) -> Path:
    targets.write("handler", plan(MODELS, id, tag), folder)
    return folder


def body_of(sample: Sample) -> dict[str, Any]:
    """As a caller sends it: files in base64."""
    raw = samples.as_raw(sample.inputs)
    inputs = json.loads(json.dumps(raw, default=lambda data: base64.b64encode(data).decode()))
    single = len(inputs) == 1 and not isinstance(next(iter(inputs.values())), list)
    return {
        "inputs": next(iter(inputs.values())) if single else inputs,
        "parameters": sample.parameters,
    }


def by_server(server: Server, id: str, tag: str, body: Any) -> Any:
    answer = httpx.post(f"{server.url}/models/{id}/pipeline/{tag}", json=body, timeout=SECONDS)
    assert answer.status_code == 200, answer.text
    mime = answer.headers["content-type"]
    if mime == "application/json":
        return answer.json()
    return {"content": answer.content, "mime": mime}


def opened(value: Any) -> Any:
    """An answer of a handler with its files as the server sends them."""
    if isinstance(value, dict) and value.keys() == {"png"}:
        return {"content": base64.b64decode(value["png"]), "mime": PNG}
    if isinstance(value, dict) and value.keys() == {"blob", "content-type"}:
        return {"content": base64.b64decode(value["blob"]), "mime": value["content-type"]}
    return value


@pytest.mark.parametrize("id", IDS)
def test_a_handler_answers_as_the_server(id: str, server: Server, ask: Ask, tmp_path: Path) -> None:
    about = plan(MODELS, id)
    folder = exported(id, tmp_path / "repository")
    body = body_of(about.examples[0])
    found = ask(folder, body)
    assert "error" not in found, found
    expected = by_server(server, id, about.task.tag, body)
    assert alike(opened(found["value"]), expected)


@pytest.mark.parametrize(
    ("id", "how", "file"), [(SEER, "image", "cat.jpg"), (LISTENER, "audio", "speech.flac")]
)
def test_a_handler_takes_files_as_the_toolkit_hands_them_over(
    id: str, how: str, file: str, server: Server, ask: Ask, tmp_path: Path
) -> None:
    folder = exported(id, tmp_path / "repository")
    body = {"inputs": base64.b64encode((SAMPLES / file).read_bytes()).decode()}
    found = ask(folder, body, how)
    assert "error" not in found, found
    expected = by_server(server, id, plan(MODELS, id).task.tag, body)
    assert alike(found["value"], expected)


def test_another_task_and_what_it_refuses(server: Server, ask: Ask, tmp_path: Path) -> None:
    tag = "image-feature-extraction"
    folder = exported(SEER, tmp_path / "repository", tag)
    body = {"inputs": base64.b64encode((SAMPLES / "cat.jpg").read_bytes()).decode()}
    assert alike(ask(folder, body)["value"], by_server(server, SEER, tag, body))
    refused = ask(folder, {"inputs": "x", "parameters": {"top_k": 3}})
    assert refused["error"] == "inputs.image: is neither bytes nor base64."
    refused = ask(folder, body | {"parameters": {"nothing": 3}})
    assert "nothing" in refused["error"]
    assert ask(folder, {})["error"].startswith("The body lacks 'inputs'.")


def test_a_folder_holds_no_server(tmp_path: Path) -> None:
    folder = exported(IRIS, tmp_path / "repository")
    lines = (folder / "requirements.txt").read_text().splitlines()
    names = {Requirement(line).name for line in lines}
    assert names & {"gradio", "fastapi-offline", "torch", "transformers"} == set()
    assert {"scikit-learn", "skops", "pydantic"} <= names
    assert not list(folder.rglob("__pycache__"))
    assert {path.name for path in folder.iterdir()} == {
        "LICENSE", "README.md", "create_endpoint.py", "handler.py", "model.json", "models",
        "pipelines", "requirements.txt",
    }  # fmt: skip
    sums = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=folder / "models", capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert sums.returncode == 0


def test_a_server_runs_an_exported_handler(serve: Serve, server: Server, tmp_path: Path) -> None:
    """As any model with code of its own that its operator trusts."""
    names = {SEER: "own/seer", VOICE: "own/voice", DRAWER: "own/drawer", IRIS: "own/iris"}
    for id, name in names.items():
        exported(id, tmp_path / "models" / name)
    running = serve(
        TAGLINE_MODELS_DIR=str(tmp_path / "models"), TAGLINE_TRUSTED_CODE=",".join(names.values())
    ).wait()
    for id, name in names.items():
        about = plan(MODELS, id)
        body = body_of(about.examples[0])
        if id == DRAWER:
            body["parameters"] = {"seed": 7}
        found = by_server(running, name, about.task.tag, body)
        assert alike(found, by_server(server, id, about.task.tag, body)), id
