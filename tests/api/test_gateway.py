"""`/endpoints/{name}`: the server's protocols over one endpoint."""

import json
from collections.abc import Iterator

import httpx
import openai
import pytest
from huggingface_hub import InferenceClient

from tests.api.endpoint_server import CHAT, Running, running
from tests.api.wire import SECONDS, error_of
from tests.conftest import CHATTER

ZERO = {"min_replicas": 0, "max_replicas": 2, "to_zero_after": 1000}
PUBLIC = {"access": {"level": "public"}}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("served"), proxied=False) as found:
        found.make("chat", scaling=ZERO, tags=["a"], **PUBLIC)
        yield found


def test_it_speaks_as_a_model_does(served: Running) -> None:
    body = {"inputs": "Go on", "parameters": {"max_new_tokens": 4}}
    answer = served.ask("POST", "/endpoints/chat", json=body)
    assert answer.status_code == 200
    assert answer.json() == [{"generated_text": "xxxx"}]
    assert answer.headers["x-compute-type"] == "cpu"
    named = served.ask("POST", "/endpoints/chat/pipeline/text-generation", json=body)
    assert named.json() == answer.json()


def test_it_chats_whatever_model_is_named(served: Running) -> None:
    for more in ({}, {"model": "tgi"}, {"model": "gpt-4o"}, {"model": CHATTER}):
        answer = served.ask("POST", "/endpoints/chat/v1/chat/completions", json=CHAT | more)
        assert answer.json()["choices"][0]["message"]["content"] == "xxx"
        assert answer.json()["model"] == CHATTER


def test_it_streams(served: Running) -> None:
    path = "/endpoints/chat/v1/chat/completions"
    answer = served.ask("POST", path, json=CHAT | {"stream": True})
    events = [line for line in answer.text.splitlines() if line]
    assert answer.headers["content-type"].startswith("text/event-stream")
    said = [json.loads(each[6:])["choices"][0]["delta"].get("content") for each in events[:-1]]
    assert "".join(filter(None, said)) == "xxx"
    assert events[-1] == "data: [DONE]"


def test_it_lists_its_one_model(served: Running) -> None:
    listed = served.ask("GET", "/endpoints/chat/v1/models").json()["data"]
    assert [each["id"] for each in listed] == [CHATTER]
    assert served.ask("GET", f"/endpoints/chat/v1/models/{CHATTER}").status_code == 200
    other = served.ask("GET", "/endpoints/chat/v1/models/tagline/iris")
    error_of(other, 404, f"This endpoint serves {CHATTER}, and no other model")


def test_its_health_and_what_it_is(served: Running) -> None:
    assert served.ask("GET", "/endpoints/chat/health").json() == {"status": "warm"}
    about = served.ask("GET", "/endpoints/chat/info").json()
    assert about["model_id"] == CHATTER
    assert about["max_concurrent_requests"] == 256


@pytest.mark.parametrize("path", ["//endpoints/chat//", "/endpoints//chat/", "/endpoints/chat/"])
def test_slashes_do_not_matter(served: Running, path: str) -> None:
    assert served.ask("POST", path, json={"inputs": "a"}).status_code == 200


def test_what_is_not_there(served: Running) -> None:
    error_of(served.ask("POST", "/endpoints/nope", json={}), 404, "no endpoint 'nope'")
    error_of(served.ask("GET", "/endpoints/chat/nope"), 404, "There is nothing at /nope")
    error_of(served.ask("GET", "/endpoints/chat/v1/chat/completions"), 405, "Send POST")
    error_of(served.ask("POST", "/endpoints/chat", content=b"{"), 400, "not valid JSON")
    body = {"inputs": "a", "parameters": {"nope": 1}}
    error_of(served.ask("POST", "/endpoints/chat", json=body), 422, "nope")


def test_real_clients(served: Running) -> None:
    url = f"{served.url}/endpoints/chat"
    hub = InferenceClient(url, timeout=SECONDS)
    assert hub.text_generation("Go on", max_new_tokens=2) == "xx"
    chunks = hub.text_generation("Go on", max_new_tokens=3, stream=True)
    assert list(chunks) == ["x", "x", "x"]
    said = InferenceClient(base_url=url, timeout=SECONDS).chat_completion(**CHAT)
    assert said.choices[0].message.content == "xxx"
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", timeout=SECONDS) as client:
        whole = client.chat.completions.create(model="tgi", **CHAT)
        assert whole.choices[0].message.content == "xxx"
        assert [each.id for each in client.models.list()] == [CHATTER]


def test_it_is_counted_by_its_own_name(served: Running) -> None:
    served.ask("POST", "/endpoints/chat", json={"inputs": "a"})
    served.ask("POST", "/endpoints/chat", json={"nope": "a"})
    told = served.ask("GET", "/metrics").text
    assert 'tagline_endpoint_requests_total{endpoint="chat",status="2xx"}' in told
    assert 'tagline_endpoint_requests_total{endpoint="chat",status="4xx"}' in told
    assert 'route="/endpoints/{name}",status="2xx"' in told
    assert 'route="/endpoints/{name}/v1/models",status="2xx"' in told


# Awake and asleep -------------------------------------------------------------------------------


def test_asleep_it_holds_a_call_or_says_when_to_come_back(served: Running) -> None:
    served.do(served.endpoints.scale_to_zero("chat", "a test"))
    served.until("chat", "scaledToZero")
    path, body = "/endpoints/chat", {"inputs": "a"}
    late = served.ask("POST", path, json=body, headers={"x-scale-up-timeout": "0"})
    assert late.status_code == 503
    assert late.json() == {
        "error": "Endpoint chat is not up yet (scaledToZero).", "estimated_time": 20.0
    }  # fmt: skip
    assert late.headers["retry-after"] == "20"
    served.until("chat", "running")  # it was woken by that
    served.do(served.endpoints.scale_to_zero("chat", "a test"))
    served.until("chat", "scaledToZero")
    assert served.ask("POST", path, json=body).status_code == 200
    bad = served.ask("POST", path, json=body, headers={"x-scale-up-timeout": "soon"})
    error_of(bad, 422, "number of seconds")
    patient = served.ask("POST", path, json=body, headers={"x-scale-up-timeout": "20"})
    assert patient.status_code == 200


def test_a_look_wakes_nobody(served: Running) -> None:
    served.do(served.endpoints.scale_to_zero("chat", "a test"))
    served.until("chat", "scaledToZero")
    for path in ("", "/health", "/info", "/v1/models"):
        served.ask("GET", f"/endpoints/chat{path}")
    assert served.endpoints.get("chat").status.state == "scaledToZero"


def test_paused_it_says_so(served: Running) -> None:
    served.make("off", **PUBLIC)
    served.do(served.endpoints.pause("off", "a test"))
    answer = served.ask("POST", "/endpoints/off", json={"inputs": "a"})
    error_of(answer, 503, "Endpoint off is paused")
    assert served.ask("GET", "/endpoints/off/health").status_code == 503
    served.do(served.endpoints.resume("off", "a test"))
    assert served.ask("POST", "/endpoints/off", json={"inputs": "a"}).status_code == 200
    served.do(served.endpoints.delete("off", "a test"))
    error_of(served.ask("POST", "/endpoints/off", json={}), 404, "no endpoint 'off'")


def test_a_call_that_takes_too_long(served: Running) -> None:
    served.make("brief", timeout=0.01, **PUBLIC)
    body = {"inputs": "a", "parameters": {"max_new_tokens": 500}}
    answer = served.ask("POST", "/endpoints/brief", json=body)
    error_of(answer, 504, "did not answer within its timeout")
    served.do(served.endpoints.delete("brief", "a test"))


def test_a_task_of_another_kind_is_refused(served: Running) -> None:
    body = {"inputs": "a", "parameters": {}}
    answer = served.ask("POST", "/endpoints/chat/pipeline/image-classification", json=body)
    assert answer.status_code == 400


def test_httpx_may_leave_early(served: Running) -> None:
    """A caller who leaves frees his replica."""
    with (
        httpx.Client(base_url=served.url, timeout=SECONDS) as client,
        client.stream(
            "POST", "/endpoints/chat/v1/chat/completions",
            json=CHAT | {"stream": True, "max_tokens": 5000},
        ) as answer,
    ):  # fmt: skip
        next(answer.iter_bytes())
    assert served.ask("POST", "/endpoints/chat", json={"inputs": "a"}).status_code == 200
