"""The manifests of a model, against the schemas of Kubernetes and against what the server has."""

import time
from pathlib import Path
from typing import Any

import httpx
import kubernetes_validate
import pytest
import yaml  # type: ignore[import-untyped]

from deploy import targets
from deploy.flavours import SIZES
from deploy.kubernetes import pods
from deploy.names import label
from deploy.plan import Plan, plan
from pipelines.engine.memory import MAIN_RESERVE, SERVER
from pipelines.errors import InvalidInput
from pipelines.hardware import quantity
from pipelines.settings import Settings
from pipelines.tiers import FLAVOURS
from tests.conftest import CHATTER, SEER, START_SECONDS, Server
from tests.deploy.away import board

VERSION = "1.37"
MODELS = board()
Manifests = dict[str, Any]


def written(about: Plan, folder: Path, **options: Any) -> Manifests:
    targets.write("kubernetes", about, folder, **options)
    return {each.stem: yaml.safe_load(each.read_text()) for each in folder.glob("*.yaml")}


def pod(made: Manifests) -> Any:
    return made["deployment"]["spec"]["template"]["spec"]


@pytest.mark.parametrize("replicas", [1, 4])
@pytest.mark.parametrize("flavour", [*SIZES, "zero-a10g", "h200x8"])
def test_the_schemas_of_kubernetes_take_it(flavour: str, replicas: int, tmp_path: Path) -> None:
    about = plan(MODELS, CHATTER, flavour=flavour)
    made = written(about, tmp_path, replicas=replicas)
    resources = made.pop("kustomization")["resources"]
    assert sorted(resources) == sorted(f"{name}.yaml" for name in made)
    for manifest in made.values():
        kubernetes_validate.validate(manifest, VERSION, strict=True)


def test_a_validator_that_finds_faults(tmp_path: Path) -> None:
    made = written(plan(MODELS, SEER), tmp_path)
    pod(made)["containers"][0]["resorces"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(made["deployment"], VERSION, strict=True)


def test_the_parts_find_each_other(tmp_path: Path) -> None:
    made = written(plan(MODELS, CHATTER), tmp_path, replicas=3)
    labels = made["deployment"]["spec"]["template"]["metadata"]["labels"]
    for selector in (
        made["deployment"]["spec"]["selector"]["matchLabels"],
        made["service"]["spec"]["selector"],
        made["disruption"]["spec"]["selector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()
    container = pod(made)["containers"][0]
    told, hidden = container["envFrom"]
    assert told["configMapRef"]["name"] == made["configmap"]["metadata"]["name"]
    assert hidden["secretRef"]["name"] == made["secret"]["metadata"]["name"]
    assert (
        made["autoscaler"]["spec"]["scaleTargetRef"]["name"]
        == made["deployment"]["metadata"]["name"]
    )
    assert {mount["name"] for mount in container["volumeMounts"]} == {
        volume["name"] for volume in pod(made)["volumes"]
    }
    assert made["autoscaler"]["spec"]["maxReplicas"] == 3
    assert "volume" not in made


def test_one_pod_has_a_disk_that_stays(tmp_path: Path) -> None:
    made = written(plan(MODELS, CHATTER), tmp_path)
    claim = pod(made)["volumes"][0]["persistentVolumeClaim"]["claimName"]
    assert claim == made["volume"]["metadata"]["name"]
    assert made["deployment"]["spec"]["strategy"] == {"type": "Recreate"}
    assert made["deployment"]["spec"]["replicas"] == 1
    assert {"autoscaler", "disruption"} & made.keys() == set()


def test_it_asks_what_the_server_answers(server: Server, tmp_path: Path) -> None:
    """Paths that are routes, settings that are known, a port that is the server's."""
    made = written(plan(MODELS, SEER), tmp_path)
    container = pod(made)["containers"][0]
    for name in ("startup", "liveness", "readiness"):
        address = server.url + container[f"{name}Probe"]["httpGet"]["path"]
        until = time.monotonic() + START_SECONDS  # ready when the libraries are imported
        while (answer := httpx.get(address, timeout=60)).status_code == 503:
            assert time.monotonic() < until
            time.sleep(0.2)
        assert answer.status_code == 200
    told = made["configmap"]["data"]
    known = {f"TAGLINE_{name.upper()}" for name in Settings.model_fields}
    assert {name for name in told if name.startswith("TAGLINE_")} <= known
    assert set(made["secret"]["stringData"]) <= known
    assert set(made["secret"]["stringData"].values()) == {""}
    settings = Settings(level=told["TAGLINE_LEVEL"], host=told["TAGLINE_HOST"])
    assert settings.sign_in
    assert container["ports"][0]["containerPort"] == Settings(host="127.0.0.1").port


def test_nothing_is_allowed_that_is_not_needed(tmp_path: Path) -> None:
    """What Kubernetes calls the restricted profile of Pod Security, and a root that stays."""
    found = pod(written(plan(MODELS, SEER), tmp_path))
    assert found["automountServiceAccountToken"] is False
    assert found["securityContext"]["runAsNonRoot"] is True
    assert found["securityContext"]["runAsUser"] == 1000
    assert found["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert found["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize("id", [CHATTER, SEER])
def test_the_model_fits_into_what_is_asked_for(id: str) -> None:
    about = plan(MODELS, id, flavour="cpu-basic")
    limits = pods.resources(about)["limits"]
    whole = quantity(limits["memory"])
    assert whole
    assert whole * (1 - MAIN_RESERVE) - SERVER >= about.need
    assert whole - (about.need + SERVER) / (1 - MAIN_RESERVE) <= pods.STEP << 20
    assert pods.GPU not in limits


@pytest.mark.parametrize(
    ("flavour", "gpus"),
    [("cpu-basic", 0), ("t4-small", 1), ("l4x4", 4), ("a100x8", 8), ("zero-a10g", 1)],
)
def test_gpus_by_the_flavour(flavour: str, gpus: int) -> None:
    about = plan(MODELS, CHATTER, flavour=flavour)
    assert pods.resources(about)["limits"].get(pods.GPU) == (str(gpus) if gpus else None)
    assert bool(pods.tolerations(about)) == bool(gpus)


def test_every_flavour_has_its_gpus() -> None:
    assert all((pods.gpus(name) > 0) != name.startswith("cpu-") for name in FLAVOURS)


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("openai/whisper-tiny.en", "whisper-tiny-en"),
        ("own/7B__model..x", "model-7b-model-x"),
        ("own/_", "model"),
        ("own/" + "long-" * 15 + "name", None),
    ],
)
def test_names_are_labels(id: str, name: str | None) -> None:
    found = label(id)
    assert name in (None, found)
    assert len(found) <= 63
    assert found[0].isalpha()
    assert found.replace("-", "").isalnum()
    assert found == found.lower()
    assert found[-1] != "-"


def test_two_long_names_stay_apart() -> None:
    one, other = (label(f"own/{'x' * 80}{end}", 20) for end in "ab")
    assert one != other
    assert len(one) == len(other) == 20


@pytest.mark.parametrize("image", ["a b", "x\ny: z", "-x", "registry/name:tag:tag", "$(id)", ""])
def test_a_name_that_is_no_image(image: str, tmp_path: Path) -> None:
    about = plan(MODELS, SEER)
    if not image:
        assert pod(written(about, tmp_path, image=image))["containers"][0]["image"]
        return
    with pytest.raises(InvalidInput, match="is no name of an image"):
        targets.write("kubernetes", about, tmp_path / "made", image=image)


@pytest.mark.parametrize(
    "image", ["registry.example.com:5000/team/name:1.2", "name", f"a/b@sha256:{'0' * 64}"]
)
def test_an_image_of_ones_own(image: str, tmp_path: Path) -> None:
    made = written(plan(MODELS, SEER), tmp_path, image=image)
    assert pod(made)["containers"][0]["image"] == image


@pytest.mark.parametrize("replicas", [0, 101])
def test_how_many_may_run(replicas: int, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is not from 1 to 100"):
        targets.write("kubernetes", plan(MODELS, SEER), tmp_path / "made", replicas=replicas)


def test_the_readme_names_what_it_is_about(tmp_path: Path) -> None:
    made = written(plan(MODELS, CHATTER), tmp_path, replicas=2)
    text = (tmp_path / "README.md").read_text()
    assert f"deployment/{made['deployment']['metadata']['name']}" in text
    assert f"python app.py export docker {CHATTER} image" in text
    assert "TAGLINE_DATABASE" in text
