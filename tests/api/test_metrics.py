"""What Prometheus reads: exactly what was called, and few labels whatever is called."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import httpx
import psutil
import pytest
from gradio_client import Client
from openai import OpenAI

from api.metrics import OTHER, Metrics
from benchmarks.family import workers
from pipelines.engine import past
from pipelines.engine.events import Crashed, Event, Evicted, Loaded
from pipelines.errors import TaglineError
from tests.api.seen import ODD, Counts, start, until
from tests.api.wire import CAT, SECONDS, hugging_face, post
from tests.conftest import CHATTER, EMBEDDER, SEER, Server
from tests.pipelines.engine.stage import CALL, MODEL, Stage, answer

EMBED = (("model", EMBEDDER), ("task", "feature-extraction"))
CALLS = ("calls_total", "call_seconds_count", "call_queue_seconds_count", "run_inputs_sum")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One of this module's own: what it counts is nobody else's."""
    running = start(tmp_path_factory.mktemp("metrics"))
    post(running, f"/models/{EMBEDDER}", json={"inputs": "warm"})
    yield running
    running.stop()


# What was called -------------------------------------------------------------------------------


def test_a_call_by_http(server: Server) -> None:
    before = Counts(server)
    assert post(server, f"/models/{EMBEDDER}", json={"inputs": ["one", "two"]}).is_success
    route = (("method", "POST"), ("route", "/models/{model_id:path}"), ("status", "2xx"))
    assert Counts(server).since(before, *CALLS, "http_requests_total", "tokens_read_total") == {
        ("calls_total", (EMBED[0], ("outcome", "answered"), EMBED[1])): 1,
        ("call_seconds_count", EMBED): 1,
        ("call_queue_seconds_count", EMBED): 1,
        ("run_inputs_sum", EMBED): 2,
        ("tokens_read_total", EMBED): 6,  # each is a word between two marks
        ("http_requests_total", route): 1,
        ("http_requests_total", (("method", "GET"), ("route", "/metrics"), ("status", "2xx"))): 1,
    }


def test_a_call_by_inference_client(server: Server) -> None:
    before = Counts(server)
    hugging_face(server, SEER).image_classification(CAT)
    seen = {"model": SEER, "task": "image-classification"}
    after = Counts(server)
    assert after.of("calls_total", **seen, outcome="answered") == 1
    assert after.of("model_load_seconds_count", model=SEER) == 1
    assert after.of("model_memory_bytes", model=SEER) > 0
    assert len(after.since(before, "calls_total")) == 1


def test_a_call_by_gradio_client(server: Server) -> None:
    client = Client(server.url, verbose=False, httpx_kwargs={"timeout": SECONDS})
    before = Counts(server)
    asked = {"model": EMBEDDER, "text": "one", "api_name": "/feature_extraction"}
    client.submit(**asked).result(timeout=SECONDS)
    client.close()
    after = Counts(server)
    labels = (EMBED[0], ("outcome", "answered"), EMBED[1])
    assert after.since(before, "calls_total") == {("calls_total", labels): 1}
    joined = {"method": "POST", "route": "/gradio_api/queue/join", "status": "2xx"}
    assert after.of("http_requests_total", **joined) == 1


def test_tokens_of_a_chat_are_those_of_its_usage(server: Server) -> None:
    client = OpenAI(base_url=f"{server.url}/v1", api_key="none", timeout=SECONDS)
    said = [{"role": "user", "content": "Hello"}]
    before, chat = Counts(server), {"model": CHATTER, "task": "conversational"}
    whole = client.chat.completions.create(model=CHATTER, messages=said, max_tokens=3)  # type: ignore
    after = Counts(server)
    assert whole.usage
    read, written = whole.usage.prompt_tokens, whole.usage.completion_tokens
    assert after.of("tokens_read_total", **chat) == read > 3
    assert after.of("tokens_written_total", **chat) == written == 3
    parts = list(
        client.chat.completions.create(model=CHATTER, messages=said, max_tokens=3, stream=True)  # type: ignore
    )
    assert parts
    assert until(lambda: Counts(server).of("calls_total", **chat, outcome="answered") == 2)
    last = Counts(server)
    assert last.of("tokens_read_total", **chat) == 2 * read
    assert last.of("tokens_written_total", **chat) == 2 * written
    assert last.of("streams_in_progress") == before.of("streams_in_progress") == 0


def test_a_stream_under_way_and_its_caller_s_leaving(server: Server) -> None:
    body = {"messages": [{"role": "user", "content": "Tell me all."}], "stream": True,
            "max_tokens": 1_000}  # fmt: skip
    chat = {"model": CHATTER, "task": "conversational"}
    url = f"{server.url}/models/{CHATTER}/v1/chat/completions"
    with httpx.stream("POST", url, json=body, timeout=SECONDS) as answer:
        assert next(answer.iter_bytes())
        assert Counts(server).of("streams_in_progress") == 1
    assert until(lambda: Counts(server).of("calls_total", **chat, outcome="left") == 1)
    assert until(lambda: Counts(server).of("streams_in_progress") == 0)


def test_calls_that_come_to_nothing(server: Server) -> None:
    before = Counts(server)
    assert post(server, f"/models/{EMBEDDER}", json={"inputs": 1}).status_code == 422
    assert post(server, f"/models/{ODD}", json={"inputs": "fail"}).status_code == 500
    odd = (("model", ODD), ("outcome", "failed"), ("task", "text-classification"))
    assert Counts(server).since(before, "calls_total") == {("calls_total", odd): 1}


# What becomes of models ------------------------------------------------------------------------


def test_an_eviction(server: Server) -> None:
    post(server, "/admin/load", json={"model": SEER})
    before = Counts(server)
    post(server, "/admin/unload", json={"model": SEER})
    after = Counts(server)
    grown = after.since(before, "model_evictions_total")
    assert grown == {("model_evictions_total", (("model", SEER),)): 1}
    assert after.of("model_memory_bytes", model=SEER) == 0
    assert after.of("memory_taken_bytes") < before.of("memory_taken_bytes")


def test_a_killed_worker(server: Server) -> None:
    post(server, "/admin/load", json={"model": EMBEDDER})
    before = Counts(server)
    killed = [each.pid for each in workers(server.process.pid)]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert killed
    assert until(lambda: not any(map(psutil.pid_exists, killed)))
    mine = ("model_crashes_total", (("model", EMBEDDER),))
    assert until(lambda: mine in Counts(server).since(before, "model_crashes_total"))
    found = Counts(server).since(before, "model_crashes_total", "model_quarantines_total")
    assert found[mine] == 1
    assert sum(found.values()) <= len(killed)  # one that looks for a faster way is no model
    assert not any(name == "model_quarantines_total" for name, _ in found)


async def test_a_model_that_dies_until_it_is_put_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "MOST_CRASHES", 2)
    stage = Stage()
    stage.poison = "die"
    metrics = Metrics(engine := stage.engine())
    for _ in range(3):
        with suppress(TaglineError):
            await answer(engine, CALL(text="die"))
    await engine.close()
    name = {"model": MODEL.id}
    # The first call is tried twice; the second meets the end of patience, the third the closed door
    assert metrics.registry.get_sample_value("tagline_model_crashes_total", name) == 3
    assert metrics.registry.get_sample_value("tagline_model_quarantines_total", name) == 1


@pytest.mark.parametrize(
    "event",
    [Crashed(MODEL, False, "words"), Evicted(MODEL, "idle", "words"), Loaded(MODEL, 1.0, "words")],
    ids=lambda event: type(event).__name__,
)
async def test_the_model_of_an_endpoint_is_not_everybodys_to_know(event: Event) -> None:
    metrics = Metrics(engine := Stage().engine())
    assert metrics.hidden() == set()
    metrics.hear(event)
    assert metrics.hidden() == {MODEL.id}
    await engine.close()


# Labels ----------------------------------------------------------------------------------------


def test_a_flood_of_names_adds_no_label(server: Server) -> None:
    def flood(start: int) -> None:
        for n in range(start, start + 5):
            httpx.request(f"M{n}", f"{server.url}/nonesuch-{n}/x?y={n}", timeout=SECONDS)
            post(server, f"/models/no/model-{n}", json={"inputs": "x"})
            post(server, f"/models/{EMBEDDER}/pipeline/task-{n}", json={"inputs": "x"})
            httpx.get(f"{server.url}/gradio_api/file=nonesuch-{n}", timeout=SECONDS)

    flood(0)
    before = Counts(server)
    flood(100)
    after = Counts(server)
    assert set(after.values) == set(before.values)
    assert sum(after.since(before, "http_requests_total").values()) == 21  # and one look at them
    assert not any("nonesuch" in label or "model-" in label for label in after.labels("route"))
    assert "other" in after.labels("method")


async def test_models_beyond_the_most_are_one() -> None:
    engine = Stage().engine()
    metrics = Metrics(engine, most_models=2)
    for name in ("a", "b", "c", "d", "a"):
        await answer(engine, CALL(name))
    await engine.close()
    counts = {
        each.labels["model"]: each.value
        for family in metrics.registry.collect()
        for each in family.samples
        if each.name == "tagline_calls_total"
    }
    assert counts == {"org/a": 2, "org/b": 1, OTHER: 2}


async def test_one_visitor_s_model_has_no_name() -> None:
    engine = Stage().engine()
    metrics = Metrics(engine)
    await answer(engine, replace(CALL(), model=replace(MODEL, owner="somebody")))
    await engine.close()
    models = {s.labels.get("model") for f in metrics.registry.collect() for s in f.samples}
    assert models == {None, "a private model"}
