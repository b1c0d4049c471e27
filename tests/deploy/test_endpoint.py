"""The call that starts an Inference Endpoint, made by the real huggingface_hub against a stand-in
for the API of Inference Endpoints."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy import targets
from deploy.handler import endpoint
from deploy.handler.endpoint import CPUS, GPUS, Choice
from deploy.plan import Plan, plan
from pipelines.errors import InvalidInput
from tests.conftest import CHATTER, EMBEDDER, IRIS, SEER, environment
from tests.deploy.away import board
from tests.loopback import Loopback, Quiet

MODELS = board()
IDS = [model.id for model in MODELS.list()]
COMMIT = "0" * 39 + "1"
TOKEN = "hf_nobody"
SECONDS = 120
# No variable of the environment names the address, so the program is told before it begins.
RUN = """
import sys
from huggingface_hub import constants
constants.INFERENCE_ENDPOINTS_ENDPOINT = sys.argv[1]
exec(compile(open(sys.argv[2]).read(), sys.argv[2], "exec"))
"""


class Endpoints(Loopback):
    """Takes what the API of Inference Endpoints takes, and answers as it does."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        super().__init__(Handler, endpoints=self)


class Handler(Quiet):
    endpoints: Endpoints

    def do_GET(self) -> None:
        known = self.path == "/api/whoami-v2" and self.headers["authorization"] == f"Bearer {TOKEN}"
        self.say(200 if known else 404, {"name": "ann", "type": "user", "orgs": []})

    def do_POST(self) -> None:
        body = json.loads(self.body())
        if self.path != "/endpoint/ann" or self.headers["authorization"] != f"Bearer {TOKEN}":
            return self.say(404, {})
        self.endpoints.asked.append((self.path, body))
        now = "2026-11-01T00:00:00.000Z"
        status = {"state": "pending", "createdAt": now, "updatedAt": now}
        model = {"task": None, "revision": None} | body["model"]
        self.say(200, body | {"model": model, "status": status, "healthRoute": "/health"})


@pytest.fixture
def endpoints() -> Iterator[Endpoints]:
    running = Endpoints()
    yield running
    running.close()


def run(code: str, endpoints: Endpoints, home: Path) -> dict[str, Any]:
    """What the API was asked by the code, as its reader runs it."""
    (home / "create_endpoint.py").write_text(code)
    (home / "run.py").write_text(RUN)
    kept = environment(home, {"HF_TOKEN": TOKEN, "HF_ENDPOINT": endpoints.url})
    done = subprocess.run(
        [sys.executable, "run.py", endpoints.url, "create_endpoint.py"],
        cwd=home, env=kept, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ((_, body),) = endpoints.asked
    assert done.stdout.split()[0] == body["name"]
    return body


def pinned(id: str, **changes: Any) -> Plan:
    """As if the model had come from the Hub."""
    about = plan(MODELS, id, **changes)
    return replace(about, commit=COMMIT)


@pytest.mark.parametrize("flavour", [None, "l4x1"])
def test_the_call_of_a_handler(flavour: str | None, endpoints: Endpoints, tmp_path: Path) -> None:
    about = plan(MODELS, SEER, flavour=flavour)
    choice = Choice("ann/seer-endpoint", "eu-west-1", "private")
    body = run(endpoint.of_handler(about, choice).code, endpoints, tmp_path)
    gpu = flavour is not None
    assert body == {
        "name": "efficientnet-lite0",
        "type": "private",
        "provider": {"vendor": "aws", "region": "eu-west-1"},
        "compute": {
            "accelerator": "gpu" if gpu else "cpu",
            "instanceType": "nvidia-t4" if gpu else "intel-spr",
            "instanceSize": "x1",
            "scaling": {"minReplica": 0, "maxReplica": 1, "scaleToZeroTimeout": 15},
        },
        "model": {
            "repository": "ann/seer-endpoint",
            "revision": None,
            "framework": "custom",
            "image": {"huggingface": {}},
        },
    }


def test_the_call_of_a_model_as_it_is_on_the_hub(endpoints: Endpoints, tmp_path: Path) -> None:
    made = endpoint.of_hub(pinned(EMBEDDER))
    assert made
    model = run(made.code, endpoints, tmp_path)["model"]
    assert model == {
        "repository": EMBEDDER,
        "revision": COMMIT,
        "framework": "pytorch",
        "task": "sentence-similarity",
        "image": {"huggingface": {}},
    }


@pytest.mark.parametrize("id", IDS)
def test_the_file_beside_a_handler_is_the_call(id: str, tmp_path: Path) -> None:
    about = plan(MODELS, id)
    made = endpoint.of_handler(about)
    assert endpoint.SHORTEST <= len(made.arguments["name"]) <= endpoint.LONGEST
    assert made.arguments["repository"].startswith("YOUR_NAME/")
    compile(made.code, "create_endpoint.py", "exec")
    if id == IRIS:
        targets.write("handler", about, tmp_path / "made")
        assert (tmp_path / "made" / "create_endpoint.py").read_text() == made.code


def test_what_needs_a_handler_has_no_other_call() -> None:
    assert endpoint.of_hub(plan(MODELS, EMBEDDER)) is None  # no commit is known
    assert endpoint.of_hub(pinned(IRIS)) is None  # their image has no scikit-learn


def test_a_model_of_the_hub_brings_no_files(tmp_path: Path) -> None:
    targets.write("handler", pinned(CHATTER), tmp_path / "made")
    told = json.loads((tmp_path / "made" / "model.json").read_text())
    assert told["commit"] == COMMIT
    assert "model.safetensors" in told["files"]
    assert not (tmp_path / "made" / "models").exists()
    assert COMMIT in (tmp_path / "made" / "README.md").read_text()


@pytest.mark.parametrize(
    ("gb", "gpu", "found"),
    [
        (0.1, False, ("intel-spr", "x1")),
        (3, False, ("intel-spr", "x4")),
        (1000, False, ("intel-spr", "x16")),
        (10, True, ("nvidia-t4", "x1")),
        (30, True, ("nvidia-l40s", "x1")),
        (5000, True, ("nvidia-a100", "x8")),
    ],
)
def test_the_cheapest_instance_with_room(gb: float, gpu: bool, found: tuple[str, str]) -> None:
    assert endpoint.instance(int(gb * 2**30), gpu) == found


def test_instances_grow() -> None:
    for rows in (CPUS, GPUS):
        assert [row[0] for row in rows] == sorted({row[0] for row in rows})


@pytest.mark.parametrize(
    "choice",
    [Choice('a"),print(1),("/b'), Choice("a/b\n"), Choice(region="moon"), Choice(type="protected")],
)
def test_what_cannot_be_chosen(choice: Choice) -> None:
    with pytest.raises(InvalidInput):
        endpoint.of_handler(plan(MODELS, SEER), choice)
