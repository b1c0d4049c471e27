"""A model over several GPUs: what the libraries are asked for. No GPU is needed to ask."""

from dataclasses import replace

import torch
from accelerate import infer_auto_device_map, init_empty_weights
from transformers import AutoConfig, AutoModelForCausalLM

from pipelines.loaders.transformers import spread
from pipelines.probe import Gpu
from tests.pipelines.fakes import HARDWARE
from tests.pipelines.loaders.conftest import Find

MB = 1_000_000


def gpus(*megabytes: int) -> tuple[Gpu, ...]:
    return tuple(Gpu("a GPU", size * MB, (9, 0)) for size in megabytes)


def test_one_gpu_or_none_needs_no_map() -> None:
    assert spread(HARDWARE) == {}
    assert spread(replace(HARDWARE, device="cuda", gpus=gpus(100))) == {}


def test_several_gpus_get_a_map_with_their_sizes() -> None:
    asked = spread(replace(HARDWARE, device="cuda", gpus=gpus(100, 50)))
    assert asked == {"device_map": "auto", "max_memory": {0: 90 * MB, 1: 45 * MB}}


def test_accelerate_lays_a_model_over_them_and_nowhere_else(find: Find) -> None:
    config = AutoConfig.from_pretrained(find("llama").path)
    config.num_hidden_layers = 8
    with init_empty_weights():
        model = AutoModelForCausalLM.from_config(config)
    size = sum(weight.numel() * 4 for weight in model.parameters())
    half = replace(HARDWARE, gpus=(Gpu("a", size, (9, 0)), Gpu("b", size, (9, 0))))
    most = {gpu: share * 3 // 4 for gpu, share in spread(half)["max_memory"].items()}
    laid = infer_auto_device_map(model, max_memory=most, dtype=torch.float32)
    assert set(laid.values()) == {0, 1}
