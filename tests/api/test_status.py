"""Where models stand, and loading them by hand, over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.api.wire import FLOWERS, SECONDS, error_of, post
from tests.conftest import EMBEDDER, IRIS, SEER, STARTERS, Serve, Server
from tests.pipelines.models.fake_hub import Hub


def get(server: Server, path: str) -> Any:
    return httpx.get(f"{server.url}{path}", timeout=SECONDS)


def admin(server: Server, what: str, model: str, **more: Any) -> Any:
    return post(server, f"/admin/{what}", json={"model": model, **more})


def state(server: Server, model: str) -> str:
    found: str = get(server, f"/status/{model}").json()["status"]["state"]
    return found


def test_alive_and_ready(server: Server) -> None:
    assert post(server, f"/models/{EMBEDDER}", json={"inputs": "Hello"}).status_code == 200
    found = get(server, "/health")
    assert found.json() == {"status": "ok", "ready": True, "tier": "cpu-basic"}
    assert get(server, "/health/ready").json() == {"ready": True}


def test_alive_before_it_is_ready(serve: Serve) -> None:
    running = serve().wait()
    first = get(running, "/health/ready")
    assert first.status_code in (200, 503)
    assert first.json() == {"ready": first.status_code == 200}
    assert post(running, f"/models/{EMBEDDER}", json={"inputs": "Hello"}).status_code == 200
    assert get(running, "/health/ready").status_code == 200


def test_a_model_by_hand(serve: Serve) -> None:
    running = serve().wait()
    cold = get(running, f"/status/{SEER}").json()
    assert (cold["loaded"], cold["state"]) == (False, "Loadable")
    assert (cold["compute_type"], cold["framework"]) == ("cpu", "transformers")
    assert cold["status"]["state"] == "cold"
    assert cold["fit"]["verdict"] == "fits"
    assert admin(running, "load", SEER).json()["state"] == "warm"
    warm = get(running, f"/status/{SEER}").json()
    assert (warm["loaded"], warm["state"]) == (True, "Loaded")
    assert warm["status"]["memory"] > 0
    assert warm["fit"]["verdict"] == "loaded"
    assert admin(running, "unload", SEER).json() == {"model": SEER, "state": "cold"}
    assert admin(running, "pin", SEER).json()["pinned"] is True
    assert admin(running, "pin", SEER, on=False).json()["pinned"] is False


def test_everything(serve: Serve) -> None:
    running = serve("--pinned", IRIS).wait()
    admin(running, "load", IRIS)
    found = get(running, "/status").json()
    assert found["device"] == "cpu"
    (only,) = found["models"]
    assert (only["model"], only["state"], only["pinned"]) == (IRIS, "warm", True)
    memory = found["memory"]
    assert memory["taken"] == only["memory"]
    assert memory["free"] <= memory["total"] - memory["taken"]


def test_a_model_that_can_never_fit(serve: Serve) -> None:
    running = serve(TAGLINE_MEMORY_GB="0.05").wait()
    found = get(running, f"/status/{EMBEDDER}").json()
    assert (found["loaded"], found["state"]) == (False, "TooBig")
    answer = post(running, f"/models/{EMBEDDER}", json={"inputs": "Hello"})
    error_of(answer, 413, EMBEDDER, "of memory", "Choose a smaller model", "TAGLINE_MEMORY_GB")
    assert get(running, "/health").status_code == 200


@pytest.mark.parametrize("what", ["load", "unload", "pin"])
def test_bad_words_by_hand(server: Server, what: str) -> None:
    error_of(admin(server, what, "no/such"), 404, "no/such")
    error_of(admin(server, what, "no such id"), 422, "not a model id")
    error_of(admin(server, what, IRIS, nonesuch=1), 422, "nonesuch", "allowed: model")
    error_of(post(server, f"/admin/{what}", json={}), 422, "model: field required", "org/name")
    error_of(post(server, f"/admin/{what}", json=[1]), 422, "JSON object", "org/name")
    error_of(post(server, f"/admin/{what}", content=b"{"), 400, "not valid JSON")


def test_a_task_that_the_model_has_not(server: Server) -> None:
    error_of(admin(server, "load", IRIS, task="text-ranking"), 400, "cannot do text-ranking")
    error_of(admin(server, "load", IRIS, task="nonesuch"), 404, "no task 'nonesuch'")


def test_a_model_on_its_way_and_one_that_is_too_large_to_fetch(serve: Serve) -> None:
    hub = Hub()
    files = {p.name: p.read_bytes() for p in (STARTERS / IRIS).iterdir() if p.is_file()}
    hub.add("someone/flowers", files, tag="tabular-classification")
    large = {"config.json": b"{}", "model.safetensors": b"0" * 60_000_000}
    hub.add("someone/large", large, tag="feature-extraction")
    asked, let_go = hub.paused("model.skops")
    online = {"TAGLINE_OFFLINE": "0", "TAGLINE_HUB": hub.url, "TAGLINE_MEMORY_GB": "0.05"}
    try:
        running = serve(**online).wait()
        refused = post(running, "/models/someone/large", json={"inputs": "Hello"})
        error_of(refused, 413, "someone/large needs at least", "not downloaded")
        assert not hub.asked("GET", "model.safetensors")
        error_of(get(running, "/status/someone/flowers"), 404, "someone/flowers")
        with ThreadPoolExecutor(1) as pool:
            body = {"inputs": {"data": FLOWERS}}
            asking = pool.submit(post, running, "/models/someone/flowers", json=body)
            assert asked.wait(30)
            now = get(running, "/status/someone/flowers").json()
            assert (now["loaded"], now["status"]["state"]) == (False, "downloading")
            assert now["status"]["total"] > 0
            let_go.set()
            asking.result(SECONDS)
        assert get(running, "/status/someone/flowers").status_code == 200
    finally:
        hub.close()


def test_an_unknown_model_has_no_status(server: Server) -> None:
    error_of(get(server, "/status/no/such"), 404, "no/such")


def test_a_strangers_name_for_this_machine_opens_nothing(server: Server) -> None:
    """A page of another site may point its own name at 127.0.0.1 and call itself."""
    stranger = {"host": "evil.example", "origin": "http://evil.example"}
    answer = post(server, "/admin/unload", json={"model": IRIS}, headers=stranger)
    error_of(answer, 403, "own machine")


def test_a_caller_whom_a_proxy_passes_on_is_not_of_this_machine(server: Server) -> None:
    answer = httpx.post(
        f"{server.url}/admin/unload",
        json={"model": IRIS},
        headers={"x-forwarded-for": "203.0.113.7"},
        timeout=SECONDS,
    )
    error_of(answer, 403, "own machine")


@pytest.mark.parametrize("what", ["load", "unload", "pin"])
def test_strangers_may_not(serve: Serve, what: str) -> None:
    running = serve("--level", "public").wait()
    error_of(admin(running, what, IRIS), 403, "public server")
    assert state(running, IRIS) == "cold"
