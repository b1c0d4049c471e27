"""What an answer's headers say of how it was computed."""

from api.headers import CACHE, computed
from pipelines.engine.call import Answer


def test_calls_that_ran_together_are_told() -> None:
    assert computed(Answer([], 0.5, "cpu", together=7))["x-compute-together"] == "7"
    assert "x-compute-together" not in computed(Answer([], 0.5, "cpu"))


def test_what_was_kept_was_computed_by_nobody() -> None:
    assert computed(Answer([], 0, CACHE)) == {"x-compute-type": "cache"}


def test_a_faster_way_is_told() -> None:
    found = computed(Answer([], 0.5, "cuda", backend="OpenVINO bf16, 2.0x"))
    assert found == {
        "x-compute-type": "gpu",
        "x-compute-time": "0.500",
        "x-compute-backend": "OpenVINO bf16, 2.0x",
    }
