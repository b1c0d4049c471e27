"""Programs that a benchmark starts: clean around them, and ended."""

import json
from pathlib import Path

import pytest

from benchmarks.process import environment, free_port, running, serve

SHOW = "import json, os; print(json.dumps(dict(os.environ)))"


def test_a_program_sees_no_setting_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGLINE_DEVICE", "cuda")
    monkeypatch.setenv("HF_TOKEN", "secret")
    with running(tmp_path, "-c", SHOW) as process:
        assert process.stdout
        seen = json.loads(process.stdout.readline())
    assert not {"TAGLINE_DEVICE", "HF_TOKEN"} & seen.keys()
    assert seen["TAGLINE_HOME"].startswith(str(tmp_path))
    assert environment(tmp_path).items() <= seen.items()


def test_a_program_is_ended(tmp_path: Path) -> None:
    with running(tmp_path, "-c", "import time; print(1, flush=True); time.sleep(600)") as process:
        assert process.stdout
        process.stdout.readline()
        assert process.poll() is None
    assert process.returncode is not None


def test_a_program_is_ended_when_the_measurement_fails(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        running(tmp_path, "-c", "import time; time.sleep(600)") as process,
    ):
        raise ZeroDivisionError
    assert process.returncode is not None


def test_the_app_is_told_a_port_that_is_free() -> None:
    port = free_port()
    assert 0 < port < 65536
    assert serve(port)[-1] == str(port)
