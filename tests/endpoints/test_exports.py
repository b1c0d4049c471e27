"""Endpoints as files: each is read by what will read it, or by its own grammar and schema."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import kubernetes_validate
import promql_parser
import pytest
import yaml  # type: ignore[import-untyped]
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from api.endpoint_gauges import EndpointGauges
from api.metrics import Metrics
from endpoints.engines import Deployment
from endpoints.exports import grafana, prometheus
from endpoints.exports.rayservice import rayservice_yaml
from endpoints.exports.serve import serve_yaml
from endpoints.held import Endpoint
from endpoints.ray.arguments import read as read_arguments
from endpoints.replica import build
from endpoints.spec import read
from endpoints.status import Status
from pipelines.errors import Unavailable
from pipelines.model import Model
from pipelines.settings import Limits
from tests.pipelines.engine.stage import Stage

MODEL = Model("org/words", Path("/nowhere"), "c" * 40, "text-classification", "transformers")
KUBERNETES = "1.33"
# What RayService has, as far as it is written here: required fields, and all others by name.
RAYSERVICE = {"serveConfigV2", "rayClusterConfig"}
RAYCLUSTER = {
    "rayVersion", "authOptions", "enableInTreeAutoscaling", "headGroupSpec", "workerGroupSpecs",
}  # fmt: skip
GROUP = {"groupName", "replicas", "minReplicas", "maxReplicas", "rayStartParams", "template"}


def deployment(**more: Any) -> Deployment:
    said = {
        "name": "words", "model": f"{MODEL.id}@{'c' * 40}", "engine": "ray",
        "scaling": {"min_replicas": 1, "max_replicas": 3}, "env": {"A": "b\nc"},
        "secrets": ["KEY"],
        "hardware": {"cpus": 2, "memory_gb": 3, "gpus": 0.5, "labels": {"hw": "small"}},
    }  # fmt: skip
    model = more.pop("found", MODEL)
    return Deployment(read({**said, **more}), 7, model, secrets={"KEY": "hush-hush"})


def test_serve_config_is_what_a_replica_is_built_from() -> None:
    text = serve_yaml([deployment(), deployment(name="other")], Limits())
    config = yaml.safe_load(text)
    assert [each["name"] for each in config["applications"]] == ["ep-words", "ep-other"]
    args = read_arguments(config["applications"][0]["args"])
    assert (args.model, args.revision, args.secrets, args.sealed) == (
        MODEL.id, "c" * 40, ("KEY",), "",
    )  # fmt: skip
    assert build.__module__ + ":build" == config["applications"][0]["import_path"]
    assert "KEY" in text.split("proxy_location")[0]


def as_serve(deployment: Deployment) -> str:
    return serve_yaml([deployment], Limits())


def as_kuberay(deployment: Deployment) -> str:
    return rayservice_yaml(deployment, Limits())


@pytest.mark.parametrize("make", [as_serve, as_kuberay])
def test_no_secret_is_in_a_file(make: Any) -> None:
    text = make(deployment())
    assert "hush-hush" not in text
    assert not re.search(r"&id\d|\*id\d", text)
    with pytest.raises(Unavailable, match="still looked for"):
        make(deployment(found=None))


def test_rayservice_has_the_fields_that_kuberay_knows() -> None:
    manifest = yaml.safe_load(rayservice_yaml(deployment(), Limits()))
    assert (manifest["apiVersion"], manifest["kind"]) == ("ray.io/v1", "RayService")
    assert set(manifest["spec"]) == RAYSERVICE
    cluster = manifest["spec"]["rayClusterConfig"]
    assert set(cluster) == RAYCLUSTER
    assert cluster["authOptions"] == {"mode": "token"}
    [group] = cluster["workerGroupSpecs"]
    assert set(group) == GROUP
    assert (group["minReplicas"], group["replicas"], group["maxReplicas"]) == (1, 1, 4)
    for each in (cluster["headGroupSpec"], group):
        assert all(isinstance(value, str) for value in each["rayStartParams"].values())
    inner = yaml.safe_load(manifest["spec"]["serveConfigV2"])
    assert inner["applications"][0]["deployments"][0]["ray_actor_options"]["num_gpus"] == 0.5


def test_its_pods_are_valid_in_kubernetes() -> None:
    cluster = yaml.safe_load(rayservice_yaml(deployment(), Limits()))["spec"]["rayClusterConfig"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, **group["template"]}
        kubernetes_validate.validate(pod, KUBERNETES, strict=True)
        broken = {**pod, "spec": {**pod["spec"], "containers": [{"nome": "x"}]}}
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(broken, KUBERNETES, strict=True)
    worker = cluster["workerGroupSpecs"][0]["template"]["spec"]["containers"][0]
    assert worker["resources"]["limits"] == {"cpu": "2", "memory": "5Gi", "nvidia.com/gpu": "1"}
    secret = worker["env"][1]["valueFrom"]["secretKeyRef"]
    assert (worker["env"][1]["name"], secret) == ("KEY", {"name": "words", "key": "KEY"})


# Prometheus and Grafana -------------------------------------------------------------------------


def test_prometheus_is_told_hosts_and_ports() -> None:
    text = prometheus.discovery(
        ["http://10.0.0.5:7860", "https://demo.example.org", "http://[::1]"]
    )
    groups = json.loads(text)
    assert [each["targets"] for each in groups] == [
        ["10.0.0.5:7860"], ["demo.example.org:443"], ["[::1]:80"],
    ]  # fmt: skip
    assert groups[1]["labels"] == {"job": "tagline", "__scheme__": "https"}
    with pytest.raises(ValueError, match="no address"):
        prometheus.discovery(["demo.example.org"])


def queries() -> list[str]:
    panels = json.loads(grafana.grafana())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def names(query: str) -> set[str]:
    """Metrics of a query, found in its syntax tree."""
    plain = query.replace("$__rate_interval", "5m").replace("$endpoint", "words")
    tree = promql_parser.parse(plain)
    return set(re.findall(r"\btagline_\w+", tree.prettify()))


@pytest.mark.parametrize("query", queries())
def test_each_query_parses_and_asks_for_our_metrics(query: str) -> None:
    assert names(query)


def test_a_broken_query_would_not_parse() -> None:
    with pytest.raises(ValueError, match="."):
        names("sum by (tagline_x")


def test_panels_do_not_lie_on_each_other() -> None:
    board = json.loads(grafana.grafana())
    places = [(each["gridPos"]["x"], each["gridPos"]["y"]) for each in board["panels"]]
    assert len(set(places)) == len(places) == 6
    assert len({each["id"] for each in board["panels"]}) == 6


class Listed:
    """In the place of a service that has one endpoint."""

    def list(self) -> list[Endpoint]:
        at = datetime.now(UTC)
        return [Endpoint(deployment().spec, Status("running"), 1, at, at, "ada")]


async def test_every_metric_is_one_that_the_server_tells(stage: Stage) -> None:
    """Those of `/metrics`, of a server with one endpoint that was called."""
    metrics = Metrics(stage.engine(9))
    metrics.registry.register(EndpointGauges(Listed()))  # type: ignore[arg-type]
    metrics.endpoint("words", 200, 0.1)
    families = text_string_to_metric_families(generate_latest(metrics.registry).decode())
    told = {sample.name for family in families for sample in family.samples}
    assert {name for query in queries() for name in names(query)} <= told
