"""The line under an answer."""

from pathlib import Path

from components.computed import Took, line
from pipelines.model import Model

MODEL = Model("o/n", Path("/none"), "0123456789abcdef", "fill-mask", "transformers")


def test_calls_that_ran_together_are_told() -> None:
    assert "3 calls in one run" in line(Took(0.5, "cpu", together=3), MODEL)
    assert "calls in one run" not in line(Took(0.5, "cpu"), MODEL)


def test_what_else_is_known_stands_there() -> None:
    found = line(Took(0.5, "cpu", waited=2.0, read=1234, backend="OpenVINO bf16, 2.0x"), MODEL)
    for part in ("0.500 s", "CPU", "2.000 s", "1,234", "OpenVINO bf16, 2.0x", "0123456789ab"):
        assert part in found
    assert "0123456789abc" not in found
