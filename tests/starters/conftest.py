"""The models on board, built for real: at most once, since a second run has nothing to do."""

import subprocess
import sys
from pathlib import Path

import pytest

from starters.__main__ import default_folder

HERE = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def onboard() -> Path:
    """Folder that holds `org/name` of every starter, made current by `python -m starters`."""
    command = [sys.executable, "-m", "starters"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return default_folder()
