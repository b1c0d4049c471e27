"""CI's gate: a skip that nobody expects is a failure."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

TESTS = """
import pytest

def test_runs(): pass

@pytest.mark.xfail
def test_fails_as_known(): assert False

@pytest.mark.skipif("{reason}" != "", reason="{reason}")
def test_may_skip(): pass
"""


@pytest.mark.parametrize(
    ("reason", "said", "status"),
    [("", "0 unexpected", 0), ("needs a GPU of 24 GB", "0 unexpected", 0), ("later", "later", 1)],
)
def test_only_unexpected_skips_fail(reason: str, said: str, status: int, tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS.format(reason=reason))
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null"]
    subprocess.run([*command, f"--junitxml={report}", "test_some.py"], cwd=tmp_path, check=True,
                   capture_output=True)  # fmt: skip
    gate = [sys.executable, str(ROOT / ".ci" / "skips.py"), str(report)]
    done = subprocess.run(gate, capture_output=True, text=True, check=False)
    assert (done.returncode, said in done.stdout) == (status, True)
