"""Callers who wait for a model, who do not, and who want an answer only of what is loaded."""

import time
from typing import Any

import httpx
import pytest

from tests.api.wire import CAT, SECONDS, error_of, post
from tests.conftest import EMBEDDER, IRIS, SEER, Serve, Server

ASK = {"inputs": "hello"}


def call(server: Server, body: Any = ASK, model: str = EMBEDDER, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    path = f"/models/{model}/pipeline/feature-extraction"
    return post(server, path, json=body, headers=named)


def state(server: Server, model: str = EMBEDDER) -> str:
    return str(httpx.get(f"{server.url}/status/{model}", timeout=30).json()["state"])


def test_who_will_not_wait_is_told_how_long_it_takes(serve: Serve) -> None:
    server = serve().wait()
    cold = call(server, x_wait_for_model="0")
    assert cold.status_code == 503
    assert cold.json()["error"] == f"Model {EMBEDDER} is currently loading"
    assert cold.json()["estimated_time"] > 0
    assert int(cold.headers["retry-after"]) >= 1
    until = time.monotonic() + SECONDS
    while state(server) != "Loaded" and time.monotonic() < until:  # it goes on loading
        time.sleep(0.1)
    assert call(server, x_wait_for_model="false").status_code == 200


def test_the_body_s_options_say_the_same(serve: Serve) -> None:
    server = serve().wait()
    cold = call(server, {**ASK, "options": {"wait_for_model": False}})
    assert (cold.status_code, "estimated_time" in cold.json()) == (503, True)
    assert call(server, {**ASK, "options": {"wait_for_model": True}}).status_code == 200


def test_a_caller_may_wait_for_so_long(serve: Serve) -> None:
    server = serve().wait()
    assert call(server, x_scale_up_timeout="0").status_code == 503
    assert call(server, x_scale_up_timeout="100").status_code == 200


def test_an_answer_only_of_what_is_loaded(serve: Serve) -> None:
    server = serve().wait()
    cold = call(server, x_load_model="0")
    assert (cold.status_code, cold.json()) == (200, {"error": "not loaded yet"})
    assert state(server) == "Loadable"
    assert call(server).status_code == 200
    assert len(call(server, x_load_model="0").json()) == 384
    absent = call(server, model="no/such", x_load_model="0")
    assert absent.status_code == 404


@pytest.mark.parametrize(
    ("header", "value"),
    [("x-wait-for-model", "perhaps"), ("x-scale-up-timeout", "-1"), ("x-scale-up-timeout", "soon")],
)
def test_a_header_that_means_nothing(server: Server, header: str, value: str) -> None:
    error_of(call(server, **{header: value}), 422, header, value)


def test_options_that_mean_nothing_are_passed_over(server: Server) -> None:
    assert call(server, {**ASK, "options": {"use_cache": False, "magic": 1}}).status_code == 200
    assert call(server, {**ASK, "options": "none"}).status_code == 200


# Other ways to the same answer -----------------------------------------------------------------


def test_the_old_path(server: Server) -> None:
    old = post(server, f"/pipeline/feature-extraction/{EMBEDDER}", json=ASK)
    assert old.json() == call(server).json()
    assert post(server, f"/pipeline/sing/{EMBEDDER}", json=ASK).status_code == 404


def test_a_form_with_a_file(server: Server) -> None:
    raw = post(server, f"/models/{SEER}?top_k=2", content=CAT.read_bytes()).json()
    with CAT.open("rb") as file:
        sent = post(server, f"/models/{SEER}", files={"image": file}, data={"top_k": "2"})
    assert sent.json() == raw
    assert len(raw) == 2


def test_a_form_without_a_file(server: Server) -> None:
    bare = post(server, f"/models/{SEER}", files={"top_k": (None, "2")})
    error_of(bare, 422, "must hold one file; this one has 0")
    two = post(server, f"/models/{IRIS}", files=[("a", b"1"), ("b", b"2")])
    error_of(two, 422, "has 2")
