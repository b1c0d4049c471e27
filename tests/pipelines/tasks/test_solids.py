"""Shap-E: steps, seeds, and what it does not take."""

from functools import partial
from typing import Any

import pytest
import torch

from pipelines.errors import InvalidInput, ModelFailed
from pipelines.registry import TASKS
from pipelines.settings import Limits
from tests.pipelines.tasks.bench import Bench
from tests.zoo.makers import shap_e


def test_the_same_seed_makes_the_same_solid(bench: Bench) -> None:
    ask = partial(bench.answer, "text-to-3d", shap_e, "a fox", num_inference_steps=2)
    first = ask(seed=3)
    assert first["content"][:4] == b"glTF"
    assert ask(seed=3) == first
    assert ask(seed=4) != first


def test_each_step_is_told(bench: Bench) -> None:
    task = TASKS["text-to-3d"]
    body = {"inputs": "a fox", "parameters": {"num_inference_steps": 2, "seed": 1}}
    asked = task.read(body, Limits())
    assert task.stream
    chunks = list(task.stream(bench.pipe(task.tag, shap_e), asked.inputs[0], asked.params))
    steps = [(each["step"], each["steps"]) for each in chunks]
    assert steps == [(1, 3), (2, 3), (3, 3), (3, 3)]  # Heun's method looks twice at a step
    assert "result" in chunks[-1]


def test_nothing_is_the_models_fault_and_said(bench: Bench) -> None:
    pipe: Any = bench.pipe("text-to-3d", shap_e)
    decoder = pipe.base.shap_e_renderer.mesh_decoder
    kept = decoder.masks.clone()
    decoder.masks &= torch.tensor(False)
    try:
        with pytest.raises(ModelFailed, match="empty"):
            bench.answer("text-to-3d", shap_e, "a fox", num_inference_steps=1, seed=1)
    finally:
        decoder.masks.copy_(kept)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"num_inference_steps": 1025}, "num_inference_steps"),
        ({"negative_prompt": "a"}, "negative_prompt"),
        ({"seed": -1}, "seed"),
    ],
    ids=str,
)
def test_what_it_does_not_take_is_refused_by_name(
    bench: Bench, parameters: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        bench.answer("text-to-3d", shap_e, "a fox", **parameters)
