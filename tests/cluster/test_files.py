"""What is written for Ray is what Ray's own schema takes, without a cluster."""

from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from endpoints.exports.rayservice import rayservice
from endpoints.exports.serve import serve_yaml
from endpoints.ray.application import check_labels
from pipelines.errors import InvalidInput
from pipelines.settings import Limits
from tests.endpoints.test_exports import deployment

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Ray's own
LABELS = [
    ("hw", "big"), ("hw", "!small"), ("ray.io/zone", "!in(a, b-2)"), ("hw", "in(a,b)"),
    ("free", ""), ("hw", "(a)"), ("hw", "!"), ("hw", "in()"), ("hw", "big one"), ("h w", "big"),
    ("-/hw", "big"), ("a/b/c", "big"), ("hw", "x" * 64), ("x" * 64, "big"),
    ("", "big"), ("hw", "-big"),
]  # fmt: skip


def schema() -> Any:
    from ray.serve.schema import ServeDeploySchema

    return ServeDeploySchema


def test_the_file_for_serve_deploy() -> None:
    config = yaml.safe_load(serve_yaml([deployment(), deployment(name="other")], Limits()))
    assert len(schema().model_validate(config).applications) == 2


def test_the_config_within_a_rayservice() -> None:
    inner = rayservice(deployment(), Limits())["spec"]["serveConfigV2"]
    assert schema().model_validate(yaml.safe_load(inner)).applications[0].name == "ep-words"


@pytest.mark.parametrize(("name", "value"), LABELS)
def test_labels_are_refused_where_ray_would(name: str, value: str) -> None:
    from ray._private.label_utils import validate_label_selector

    try:
        check_labels({name: value})
    except InvalidInput:
        assert validate_label_selector({name: value})
    else:
        assert validate_label_selector({name: value}) is None
