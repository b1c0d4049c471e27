"""A tiny model that a test may spoil, and what the engine makes of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from safetensors.torch import load_file

from pipelines.engine.call import Call
from pipelines.engine.engine import Engine
from pipelines.engine.inline import Inline
from pipelines.models.resolve import Models
from pipelines.registry import TASKS
from pipelines.settings import Limits, Settings
from tests.pipelines.fakes import HARDWARE


async def ask(
    folder: Path,
    tag: str,
    inputs: Any = "a fox",
    parameters: Mapping[str, Any] = MappingProxyType({}),
    **settings: Any,
) -> Any:
    """What the task answers with the model in `folder`, through the engine."""
    home = folder.parent.parent
    given: dict[str, Any] = {"home": home / "home", "models_dir": (home,), "offline": True}
    model = Models(Settings(**(given | settings)), home / "cache").find("odd/model")
    assert TASKS[tag].accepts(model), f"{model.id} cannot do {tag}"
    request = TASKS[tag].read({"inputs": inputs, "parameters": parameters}, Limits())
    engine = Engine(Inline(), HARDWARE)
    try:
        answer = await engine.predict(Call(TASKS[tag], model, request.inputs, request.params))
        return answer.values
    finally:
        await engine.close()


def configure(folder: Path, file: str = "config.json", **more: Any) -> None:
    path = folder / file
    path.write_text(json.dumps({**json.loads(path.read_text()), **more}), encoding="utf-8")


def pickle_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    torch.save(load_file(weights), folder / "pytorch_model.bin")
    weights.unlink()
