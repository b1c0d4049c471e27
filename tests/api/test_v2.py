"""`/v2` by huggingface_hub's own client, its one constant pointed here, and by hand."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import HfApi, InferenceEndpoint, constants
from huggingface_hub._inference_endpoints import InferenceEndpointScalingMetric as Metric
from huggingface_hub.errors import HfHubHTTPError

from tests.api.endpoint_server import Running, running
from tests.api.wire import SECONDS, error_of
from tests.conftest import CHATTER, EMBEDDER

CLOUD: dict[str, Any] = {
    "framework": "pytorch", "accelerator": "cpu", "instance_size": "x2",
    "instance_type": "intel-icl", "region": "us-east-1", "vendor": "aws", "namespace": "me",
    "type": "public",
}  # fmt: skip
ONE = "/v2/endpoint/me/chat"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("v2"), proxied=False) as found:
        yield found


@pytest.fixture
def api(served: Running, monkeypatch: pytest.MonkeyPatch) -> HfApi:
    monkeypatch.setattr(constants, "INFERENCE_ENDPOINTS_ENDPOINT", f"{served.url}/v2")
    return HfApi(endpoint=served.url, token=False)


@pytest.fixture
def chat(served: Running, api: HfApi) -> Iterator[InferenceEndpoint]:
    made = api.create_inference_endpoint("chat", repository=CHATTER, **CLOUD)
    made.wait(timeout=SECONDS, refresh_every=1)
    yield made
    served.do(served.endpoints.delete("chat", "a test"))


def names(served: Running) -> list[str]:
    return [each.spec.name for each in served.endpoints.list()]


# The real client --------------------------------------------------------------------------------


def test_create_and_ask(chat: InferenceEndpoint, served: Running) -> None:
    assert (chat.status, chat.type, chat.repository) == ("running", "public", CHATTER)
    assert chat.url == f"{served.url}/endpoints/chat"
    assert chat.client.text_generation("Go on", max_new_tokens=2) == "xx"
    assert chat.raw["status"]["createdBy"]["name"] == "this machine"


def test_list_and_get(chat: InferenceEndpoint, api: HfApi) -> None:
    assert [each.name for each in api.list_inference_endpoints("me")] == ["chat"]
    found = api.get_inference_endpoint("chat", namespace="me")
    assert (found.name, found.status, found.created_at) == ("chat", "running", chat.created_at)
    with pytest.raises(HfHubHTTPError, match="no endpoint 'nope'"):
        api.get_inference_endpoint("nope", namespace="me")


def test_update(chat: InferenceEndpoint, served: Running, api: HfApi) -> None:
    chat.update(min_replica=0, max_replica=3, scale_to_zero_timeout=20)
    spec = served.endpoints.get("chat").spec
    assert (spec.scaling.min_replicas, spec.scaling.max_replicas) == (0, 3)
    assert spec.scaling.to_zero_after == 1200
    assert (chat.raw["compute"]["scaling"]["scaleToZeroTimeout"], spec.model) == (20, CHATTER)
    chat.update(min_replica=1)
    assert served.endpoints.get("chat").spec.scaling.to_zero_after is None
    api.update_inference_endpoint("chat", namespace="me", env={"A": "b"}, secrets={"KEY": "hush"})
    chat.fetch()
    assert chat.raw["model"]["env"] == {"A": "b"}
    assert chat.raw["model"]["secrets"] == {"KEY": "***"}
    assert "hush" not in str(chat.raw)
    assert dict(served.endpoints.one("chat").record.secrets) == {"KEY": "hush"}
    chat.update(repository=EMBEDDER)
    chat.wait(timeout=SECONDS, refresh_every=1)
    assert chat.repository == EMBEDDER


def test_pause_and_resume(chat: InferenceEndpoint, api: HfApi) -> None:
    assert chat.pause().status == "paused"
    assert chat.url is None
    chat.resume()
    chat.wait(timeout=SECONDS, refresh_every=1)
    assert chat.resume(running_ok=True).status == "running"
    with pytest.raises(HfHubHTTPError, match="already running"):
        api.resume_inference_endpoint("chat", namespace="me", running_ok=False)


def test_scale_to_zero(chat: InferenceEndpoint) -> None:
    assert chat.scale_to_zero().status == "scaledToZero"
    until = time.monotonic() + SECONDS
    while chat.fetch().raw["tagline"]["replicas"] and time.monotonic() < until:
        time.sleep(0.1)
    assert (chat.status, chat.raw["status"]["readyReplica"]) == ("scaledToZero", 0)
    assert chat.client.text_generation("Go on", max_new_tokens=2) == "xx"


def test_delete(served: Running, api: HfApi) -> None:
    made = api.create_inference_endpoint("brief", repository=CHATTER, **CLOUD)
    made.delete()
    assert "brief" not in names(served)
    said = served.ask("GET", "/v2/audit/me").json()["items"]
    brief = [each["what"] for each in said if each["endpoint"] == "brief"]
    assert (brief[0], brief[-1]) == ("delete", "create")


def test_hardware(api: HfApi) -> None:
    found = api.list_inference_endpoints_hardware(namespace="me")
    assert [each.vendor for each in found] == ["local"]
    assert found[0].num_cpus
    made = {"instance_type": found[0].instance_type, "vendor": found[0].vendor}
    assert made["vendor"] == "local"


@pytest.mark.parametrize(
    ("kind", "file", "words"),
    [
        ("ray-serve", "chat-serve.yaml", "import_path: endpoints.replica:build"),
        ("kuberay", "chat-rayservice.yaml", "kind: RayService"),
        ("prometheus", "tagline-targets.json", "127.0.0.1:"),
        ("grafana", "tagline-endpoints.json", "tagline_endpoint_requests_total"),
    ],
)
def test_files_for_other_tools(
    served: Running, chat: InferenceEndpoint, kind: str, file: str, words: str
) -> None:
    answer = served.ask("GET", f"{ONE}/files/{kind}")
    assert answer.status_code == 200
    assert file in answer.headers["content-disposition"]
    assert words in answer.text


def test_a_file_that_is_none(served: Running, chat: InferenceEndpoint) -> None:
    assert "ray-serve, kuberay" in error_of(served.ask("GET", f"{ONE}/files/helm"), 422)
    assert served.ask("GET", "/v2/endpoint/me/none/files/grafana").status_code == 404
    away = served.ask("GET", f"{ONE}/files/kuberay", at="203.0.113.1", headers={"host": "x.org"})
    assert away.status_code in (401, 403)


def test_prices_are_those_of_the_table(tmp_path: Path) -> None:
    table = 'currency = "€"\nsource = "our bill"\n[per_hour]\ncpu-basic = 0.25\n'
    (tmp_path / "prices.toml").write_text(table, encoding="utf-8")
    with running(tmp_path, prices=tmp_path / "prices.toml") as served:
        told = served.ask("GET", "/v2/provider/me").json()
        (one,) = told["vendors"][0]["regions"][0]["computes"]
        known = one["instanceType"] == "cpu-basic"
        assert (one["pricePerHour"], one["priced"]) == (0.25 if known else 0.0, known)
        assert (told["currency"], told["source"]) == ("€", "our bill")


def test_scaling_that_is_said(api: HfApi, served: Running) -> None:
    api.create_inference_endpoint(
        "scaled", repository=CHATTER, min_replica=0, max_replica=2, scaling_threshold=3,
        scaling_metric=Metric.PENDING_REQUESTS, task="text-generation", tags=["a", "b"],
        revision="main", **CLOUD,
    )  # fmt: skip
    spec = served.endpoints.get("scaled").spec
    assert (spec.scaling.target, spec.scaling.to_zero_after, spec.task) == (
        3, 900, "text-generation",
    )  # fmt: skip
    assert (spec.tags, spec.model) == (("a", "b"), CHATTER)
    served.do(served.endpoints.delete("scaled", "a test"))


# By hand ----------------------------------------------------------------------------------------

GOOD: dict[str, Any] = {"name": "chat", "model": {"repository": CHATTER}, "type": "public"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Not A Name"}, "name: String should match"),
        ({"name": None}, "name: field required"),
        ({"model": {}}, "model: field required"),
        ({"model": {"repository": "../etc"}}, "is not a model id"),
        ({"type": "secret"}, "type: is one of public"),
        ({"type": []}, "type: is one of public"),
        ({"compute": {"instanceType": [], "scaling": {"minReplica": -1}}}, "min_replicas"),
        ({"nope": 1}, "body does not know nope"),
        ({"privateService": {"accountId": "1"}}, "privateService: there is no such thing"),
        ({"model": {"repository": CHATTER, "image": {"custom": {}}}}, "runs no containers"),
        ({"model": {"repository": CHATTER, "command": ["sh"]}}, "runs no containers"),
        ({"model": {"repository": CHATTER, "nope": 1}}, "model does not know nope"),
        ({"model": {"repository": CHATTER, "env": {"LD PATH": "x"}}}, "no name for a variable"),
        ({"model": {"repository": CHATTER, "secrets": {"A": 1}}}, "must be an object of texts"),
        ({"compute": {"accelerator": "gpu", "instanceSize": "x4"}}, "cannot give 4 GPUs"),
        ({"compute": {"instanceType": "h200"}}, "cannot give tier h200"),
        ({"compute": {"scaling": {"minReplica": 3, "maxReplica": 1}}}, "Raise max_replicas"),
        ({"compute": {"scaling": {"minReplica": -1}}}, "scaling.min_replicas"),
        ({"compute": {"scaling": {"measure": {"hardwareUsage": 80}}}}, "pendingRequests"),
        ({"compute": {"scaling": {"scaleToZeroTimeout": True}}}, "number of minutes"),
        ({"compute": {"scaling": []}}, "compute.scaling: must be an object"),
        ({"tagline": []}, "tagline: must be an object"),
        ({"compute": []}, "compute: must be an object"),
        ({"provider": {"vendor": "ray"}}, "ray is not set up on this server"),
        ({"tagline": {"nope": 1}}, "nope: Extra inputs are not permitted"),
        ({"tagline": {"secrets": ["KEY"]}}, "give a value for KEY"),
        ({"tagline": {"access": {"level": "public", "networks": ["::/0"]}}}, "for private ones"),
        ({"tagline": {"access": {"level": "private", "networks": ["x"]}}}, "access.networks"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_endpoint(served: Running, change: dict[str, Any], words: str) -> None:
    body = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    error_of(served.ask("POST", "/v2/endpoint/me", json=body), 422, words)
    assert names(served) == []


def test_a_name_that_is_taken(served: Running, chat: InferenceEndpoint) -> None:
    error_of(served.ask("POST", "/v2/endpoint/me", json=GOOD), 409, "endpoint chat already")


def test_a_name_stays(served: Running, chat: InferenceEndpoint) -> None:
    error_of(served.ask("PUT", ONE, json={"name": "other"}), 422, "an endpoint keeps its name")


def test_its_own_fields(served: Running) -> None:
    ours = {"max_batch": 4, "access": {"level": "private", "networks": ["10.0.0.0/8"]}}
    made = served.ask("POST", "/v2/endpoint/me", json={**GOOD, "tagline": ours})
    assert made.status_code == 201
    assert made.json()["type"] == "private"
    assert made.json()["tagline"]["spec"]["access"]["networks"] == ["10.0.0.0/8"]
    changed = served.ask("PUT", ONE, json={"tagline": {"max_batch": 8}})
    assert changed.json()["tagline"]["spec"]["max_batch"] == 8
    assert changed.json()["tagline"]["version"] == 1  # no replica is replaced for that
    served.ask("DELETE", ONE)


def test_a_replica_is_restarted(served: Running, chat: InferenceEndpoint) -> None:
    before = chat.fetch().raw["tagline"]["replicas"][0]["id"]
    assert served.ask("POST", f"{ONE}/replica/{before}/restart").status_code == 200
    until = time.monotonic() + SECONDS
    while before in str(chat.fetch().raw) and time.monotonic() < until:
        time.sleep(0.1)
    assert [each["state"] for each in chat.raw["tagline"]["replicas"]] == ["running"]
    error_of(served.ask("POST", f"{ONE}/replica/{before}/restart"), 404, "no replica")


def test_numbers_and_events(served: Running, chat: InferenceEndpoint) -> None:
    told = served.ask("GET", f"{ONE}/metrics").json()
    assert told["now"]["replicas"] == 1
    events = served.ask("GET", f"{ONE}/events").json()["items"]
    assert {"create", "running", "replica"} <= {each["what"] for each in events}
    assert [each["at"] for each in events] == sorted((e["at"] for e in events), reverse=True)
    assert served.ask("GET", f"{ONE}/events?limit=1").json()["items"] == events[:1]


def test_numbers_and_logs_of_one_that_is_paused(served: Running, chat: InferenceEndpoint) -> None:
    chat.pause()
    told = served.ask("GET", f"{ONE}/metrics")
    assert (told.status_code, told.json()["now"]) == (200, {})
    assert served.ask("GET", f"{ONE}/logs").status_code == 200


def test_what_is_not_there(served: Running) -> None:
    for method, path in (("GET", ONE), ("PUT", ONE), ("DELETE", ONE), ("POST", f"{ONE}/pause"),
                         ("GET", f"{ONE}/logs"), ("GET", f"{ONE}/metrics")):  # fmt: skip
        given: dict[str, Any] = {"json": {}} if method == "PUT" else {}
        error_of(served.ask(method, path, **given), 404, "no endpoint 'chat'")
    error_of(served.ask("GET", "/v2/nope"), 404, "There is nothing at")


def test_only_from_this_machine_where_no_level_is_named(served: Running) -> None:
    for headers in ({"x-forwarded-for": "203.0.113.1"}, {"host": "rebound.example.org"}):
        answer = httpx.get(f"{served.url}/v2/endpoint/me", headers=headers, timeout=SECONDS)
        error_of(answer, 401, "token of scope admin")
