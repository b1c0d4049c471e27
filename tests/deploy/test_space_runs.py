"""Every model on board as a Space: exported, started from its folder with the packages that it
names and no others, and asked its own example by the Gradio client."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file

from deploy import targets
from deploy.plan import Plan, plan
from pipelines.kinds.outputs import output_kind
from pipelines.kinds.shapes import is_media
from pipelines.slots import slots
from tests.api.wire import SECONDS
from tests.conftest import IRIS, SEER, Server
from tests.deploy.away import Away, board
from tests.zoo.alike import alike

MODELS = [model.id for model in board().list()]
# What makes an answer short, and always the same.
BRIEF = {"max_new_tokens": 8, "do_sample": "no"}


def test_there_are_models_on_board() -> None:
    assert len(MODELS) >= 18


@pytest.fixture(scope="module")
def here(server: Server) -> Iterator[Client]:
    """A client of Tagline itself, with all models."""
    made = Client(server.url, verbose=False, httpx_kwargs={"timeout": SECONDS})
    yield made
    made.close()


def exported(folder: Path, model: str, **options: Any) -> Plan:
    found = plan(board(), model)
    targets.write("space", found, folder, **options)
    return found


@pytest.mark.parametrize("model", MODELS, ids=lambda id: id.replace("/", "|"))
def test_a_space_answers_its_own_example(here: Client, model: str, tmp_path: Path) -> None:
    found = exported(tmp_path / "space", model)
    running = Away(tmp_path / "space", tmp_path / "home")
    running.wait()
    try:
        client = Client(running.url, verbose=False, httpx_kwargs={"timeout": SECONDS})
        told = asked(client, found)
        client.close()
        expected = asked(here, found)
        if is_media(expected):
            assert alike(told, expected)
        else:
            assert output_kind(found.task.output).distance(told, expected) <= 1e-4
        serves_one_model(running, model)
    finally:
        assert running.stop() == 0
    assert "Traceback" not in running.log.read_text()


def asked(client: Client, found: Plan) -> Any:
    """The answer to the plan's first example; a file as what the engine gave."""
    example, known = found.examples[0], {slot.name for slot in slots(found.task.params)}
    row = {name: sent(value) for name, value in example.inputs.items()}
    brief = {name: value for name, value in BRIEF.items() if name in known}
    name = "/" + found.task.tag.replace("-", "_")
    given = row | example.parameters | (brief if not example.parameters else {})
    job = client.submit(model=found.model.id, api_name=name, **given)
    value = job.result(timeout=SECONDS)
    if isinstance(value, str) and Path(value).is_file():
        ending = Path(value).suffix
        return {"content": Path(value).read_bytes(), "mime": MIMES[ending]}
    return value[0] if found.task.listed else value


MIMES = {".png": "image/png", ".wav": "audio/wav", ".flac": "audio/flac"}


def sent(value: Any) -> Any:
    if isinstance(value, Path):
        return handle_file(str(value))
    if isinstance(value, list):
        return list(map(sent, value))
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return value


def plain(value: Any) -> Any:
    """A value within a value as JSON carries it: files in base64."""
    if isinstance(value, list | dict):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        made = {key: plain(each) for key, each in pairs}
        return made if isinstance(value, dict) else list(made.values())
    return base64.b64encode(value.read_bytes()).decode() if isinstance(value, Path) else value


def serves_one_model(running: Away, model: str) -> None:
    listed = httpx.get(f"{running.url}/v1/models", timeout=SECONDS).json()["data"]
    assert [each["id"] for each in listed] == [model]
    other = SEER if model != SEER else IRIS
    refused = httpx.post(f"{running.url}/models/{other}", json={"inputs": "x"}, timeout=SECONDS)
    assert refused.status_code == 403
    assert httpx.get(f"{running.url}/compare", timeout=SECONDS).status_code == 404
