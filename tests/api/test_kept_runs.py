"""Keeping runs over HTTP: what is taken, who may see and delete it, and what a restart loses."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import build
from api.kept_runs import KEY
from api.layers import layers, within
from pipelines.errors import UnknownRun
from pipelines.inference import Inference
from pipelines.recent import Run, unpack
from pipelines.settings import Settings
from store.database import connect
from store.run import Visitor
from store.shelf import Shelf
from store.tokens import Tokens
from tests.api.guard.servers import bearer
from tests.api.local import SETTINGS, inference, listening
from tests.api.wire import CAT, SECONDS, error_of
from tests.conftest import EMBEDDER, SEER

INPUTS = {"source_sentence": "a", "sentences": ["b"]}
RUN = Run("sentence-similarity", EMBEDDER, "rev", INPUTS, {}, [0.5], 0.1, "cpu", created=1.5e9)


@dataclass(frozen=True)
class Served:
    url: str
    inference: Inference
    settings: Settings

    def ask(self, method: str, path: str, who: str = "", **given: Any) -> httpx.Response:
        headers = {**(bearer(who) if who else {}), **given.pop("headers", {})}
        return httpx.request(method, self.url + path, headers=headers, timeout=SECONDS, **given)

    def find(self, id: str, token: int | None = None) -> Run:
        return Shelf(self.settings).runs.find(id, Visitor(token)).run


@contextmanager
def served(home: Path, **settings: Any) -> Iterator[Served]:
    """The routes behind the guard, with a database of their own."""
    chosen = SETTINGS.model_copy(update={"home": home, **settings})
    made = inference(None)
    app: Any = within(build(made, chosen), layers(made, chosen, []))
    with listening(app) as url:
        yield Served(url, made, chosen)


@pytest.fixture(scope="module")
def open_(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("open")) as found:
        yield found


@pytest.fixture
def tokens(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Secrets by names: the tokens 1, 2 and 3."""
    engine = connect(f"sqlite:///{tmp_path / 'tagline.db'}")
    made = Tokens(engine)
    yield {name: made.create(name, "admin" if name == "admin" else "read")[0]
           for name in ("owner", "other", "admin")}  # fmt: skip
    engine.dispose()


def kept(served: Served, who: str = "", owner: int | None = None, **more: Any) -> dict[str, Any]:
    run = served.inference.recent.put(RUN, owner)
    answer = served.ask("POST", "/kept", who, json={"run": run, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


# Keeping ----------------------------------------------------------------------------------------


def test_a_restart_keeps_what_is_kept(tmp_path: Path) -> None:
    with served(tmp_path) as found:
        made = kept(found)
    assert made["link"] == f"/?run={made['id']}"
    assert not made["private"]
    with served(tmp_path) as again:
        assert again.find(made["id"]) == RUN
        assert again.inference.recent.bytes == 0


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"run": "nonesuch"}, 404, ["no longer holds", "Run it again"]),
        ({}, 422, ["run"]),
        ({"run": 5}, 422, ["run"]),
        ({"run": "x" * 301}, 422, ["run"]),
        ({"run": "x", "result": "<script>"}, 422, ["result"]),
        ([], 422, ["JSON object"]),
        ({"run": "x" * 200_000}, 413, ["larger"]),
    ],
)
def test_only_what_the_server_computed_is_kept(
    open_: Served, body: Any, status: int, words: list[str]
) -> None:
    error_of(open_.ask("POST", "/kept", json=body), status, *words)


def test_when_there_is_no_room(tmp_path: Path) -> None:
    with served(tmp_path, keep_runs=1) as found:
        made = kept(found)
        run = found.inference.recent.put(RUN)
        answer = found.ask("POST", "/kept", json={"run": run})
        error_of(answer, 413, "no room", "TAGLINE_KEEP_RUNS")
        assert found.ask("DELETE", made["link"].replace("/?run=", "/kept/"),
                         headers={KEY: made["key"]}).status_code == 204  # fmt: skip
        assert found.ask("POST", "/kept", json={"run": run}).status_code == 201


def test_a_server_that_keeps_none(tmp_path: Path) -> None:
    with served(tmp_path, keep_runs=0) as found:
        run = found.inference.recent.put(RUN)
        error_of(found.ask("POST", "/kept", json={"run": run}), 403, "keeps no runs")
        assert not (tmp_path / "tagline.db").exists()


def test_another_site_keeps_nothing(open_: Served) -> None:
    run = open_.inference.recent.put(RUN)
    headers = {"origin": "https://example.org"}
    error_of(open_.ask("POST", "/kept", json={"run": run}, headers=headers), 403)


# Deleting ---------------------------------------------------------------------------------------


def test_the_key_deletes(open_: Served) -> None:
    made = kept(open_)
    path = f"/kept/{made['id']}"
    for headers in ({}, {KEY: "wrong"}):
        error_of(open_.ask("DELETE", path, headers=headers), 403, "Only whoever kept")
    assert open_.ask("DELETE", path, headers={KEY: made["key"]}).status_code == 204
    error_of(open_.ask("DELETE", path, headers={KEY: made["key"]}), 404, "deleted")
    with pytest.raises(UnknownRun):
        open_.find(made["id"])


@pytest.mark.parametrize(
    "path", ["/kept/nonesuch", "/kept/%00", "/kept/..%2f..", "/kept/" + "x" * 22]
)
@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_what_is_not_kept(open_: Served, method: str, path: str) -> None:
    given: dict[str, Any] = {"json": {"shared": True}} if method == "PATCH" else {}
    error_of(open_.ask(method, path, **given), 404)


# Tokens -----------------------------------------------------------------------------------------


def test_it_is_private_to_its_token_until_it_is_shared(
    tmp_path: Path, tokens: dict[str, str]
) -> None:
    with served(tmp_path, level="protected") as found:
        error_of(found.ask("POST", "/kept", json={"run": "x"}), 401)
        run = found.inference.recent.put(RUN, 1)
        error_of(found.ask("POST", "/kept", tokens["other"], json={"run": run}), 404)
        made = kept(found, tokens["owner"], 1)
        path = f"/kept/{made['id']}"
        assert made["private"]
        assert found.find(made["id"], 1) == RUN
        with pytest.raises(UnknownRun):
            found.find(made["id"], 2)
        shared = {"json": {"shared": True}}
        error_of(found.ask("PATCH", path, tokens["other"], **shared), 404)
        error_of(found.ask("DELETE", path, tokens["other"]), 404)
        assert found.ask("PATCH", path, tokens["owner"], **shared).json()["private"] is False
        assert found.find(made["id"], 2) == RUN
        error_of(found.ask("DELETE", path, tokens["other"]), 403)
        assert found.ask("DELETE", path, tokens["owner"]).status_code == 204


def test_an_admin_deletes_and_one_may_share_at_once(tmp_path: Path, tokens: dict[str, str]) -> None:
    with served(tmp_path, level="protected") as found:
        made = kept(found, tokens["owner"], 1, shared=True)
        assert not made["private"]
        assert found.find(made["id"], 2) == RUN
        assert found.ask("DELETE", f"/kept/{made['id']}", tokens["admin"]).status_code == 204


def test_what_was_private_stays_so_where_nobody_signs_in(
    tmp_path: Path, tokens: dict[str, str]
) -> None:
    with served(tmp_path, level="protected") as found:
        made = kept(found, tokens["owner"], 1)
    with served(tmp_path) as open_, pytest.raises(UnknownRun):
        open_.find(made["id"])


# Handed over ------------------------------------------------------------------------------------


def test_inputs_are_handed_over(open_: Served) -> None:
    data = CAT.read_bytes()
    inputs = {"image": f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"}
    body = {"model": SEER, "task": "image-classification", "inputs": inputs,
            "parameters": {"top_k": 2}}  # fmt: skip
    answer = open_.ask("POST", "/recent", json=body)
    assert answer.status_code == 201
    assert answer.json()["link"] == f"/?again={answer.json()['id']}"
    run = unpack(open_.inference.recent.get(answer.json()["id"]) or b"")
    assert run.inputs == {"image": data}
    assert run.parameters == {"top_k": 2}
    assert run.result is None


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"task": "nonesuch"}, 404, ["no task"]),
        ({"inputs": {"source_sentence": "a"}}, 422, ["sentences"]),
        ({"inputs": {"source_sentence": "a", "sentences": ["b"], "html": "<b>"}}, 422, ["html"]),
        ({"parameters": {"nonesuch": 1}}, 422, ["nonesuch"]),
        ({"inputs": "text"}, 422, ["inputs"]),
        ({"result": [1]}, 422, ["result"]),
        ({"model": ""}, 422, ["model"]),
        ({"model": "x" * 301}, 422, ["model"]),
    ],
)
def test_only_inputs_of_the_task_are_handed_over(
    open_: Served, changed: dict[str, Any], status: int, words: list[str]
) -> None:
    body = {"model": EMBEDDER, "task": "sentence-similarity", "inputs": RUN.inputs}
    assert open_.ask("POST", "/recent", json=body).status_code == 201
    error_of(open_.ask("POST", "/recent", json=body | changed), status, *words)


def test_too_much_is_not_handed_over(tmp_path: Path) -> None:
    with served(tmp_path, max_body_mb=0.001) as found:
        body = {
            "model": "m",
            "task": "sentence-similarity",
            "inputs": {"source_sentence": "a" * 2000},
        }
        error_of(found.ask("POST", "/recent", json=body), 413, "larger")
        found.inference.recent.most = 10
        body = {"model": "m", "task": "sentence-similarity", "inputs": RUN.inputs}
        error_of(found.ask("POST", "/recent", json=body), 413, "too large")
