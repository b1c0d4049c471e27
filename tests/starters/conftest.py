"""The models on board, built for real: at most once, since a second run has nothing to do."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

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


@pytest.fixture(scope="session")
def listen(onboard: Path) -> Any:
    """Whisper: text of a sound."""
    import torch
    from transformers import pipeline

    path = str(onboard / "openai/whisper-tiny.en")
    return pipeline("automatic-speech-recognition", model=path, dtype=torch.float32)


def load(folder: Path) -> Any:
    """The handler of a model, as Inference Endpoints loads it: from its file."""
    spec = importlib.util.spec_from_file_location("handler", folder / "handler.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for their own
    spec.loader.exec_module(module)
    return module.EndpointHandler(str(folder))


@pytest.fixture(scope="session")
def handlers(onboard: Path) -> dict[str, Any]:
    """Every handler on board, all in this process."""
    found = sorted(onboard.glob("*/*/handler.py"))
    return {f"{file.parts[-3]}/{file.parts[-2]}": load(file.parent) for file in found}
