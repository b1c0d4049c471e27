"""Forecasters: one that takes any series, one of two columns at once, one of samples."""

from math import sin
from pathlib import Path
from typing import Any

import torch
import transformers

from tests.zoo.parts import card
from tests.zoo.tiny import Tiny

TAG = "time-series-forecasting"
ONE = [sin(t / 3) + t / 50 for t in range(40)]
TWO = [sin(t / 5) for t in range(40)]


def save(folder: Path, kind: Any, config: Any) -> None:
    torch.manual_seed(0)
    kind(config).save_pretrained(card(folder, TAG))


def timesfm(folder: Path) -> None:
    config = transformers.TimesFmConfig(
        patch_length=8, context_length=32, horizon_length=16, num_hidden_layers=2, hidden_size=32,
        intermediate_size=32, head_dim=16, num_attention_heads=2,
    )  # fmt: skip
    save(folder, transformers.TimesFmModelForPrediction, config)


def small(**more: Any) -> dict[str, Any]:
    return {"num_input_channels": 2, "context_length": 32, "patch_length": 8, "patch_stride": 8,
            "prediction_length": 6, "d_model": 16, "num_hidden_layers": 2,
            "num_attention_heads": 2, "ffn_dim": 32, "random_mask_ratio": 0.4} | more  # fmt: skip


def patchtst(folder: Path) -> None:
    config = transformers.PatchTSTConfig(**small())
    save(folder, transformers.PatchTSTForPrediction, config)


def mixer(folder: Path) -> None:
    keep = {"num_input_channels": 1, "context_length": 32, "patch_length": 8, "patch_stride": 8}
    config = transformers.PatchTSMixerConfig(**keep, prediction_length=6, d_model=16, num_layers=2)
    save(folder, transformers.PatchTSMixerForPrediction, config)


def told(rows: Any, names: list[str]) -> Any:
    return {"forecast": dict(zip(names, rows.tolist(), strict=True))}


def by_timesfm(folder: Path) -> Any:
    model = transformers.TimesFmModelForPrediction.from_pretrained(folder).eval()
    with torch.inference_mode():
        one = model(past_values=[torch.tensor(ONE)], freq=[0]).mean_predictions[0]
        two = model(past_values=[torch.tensor(TWO)], freq=[0]).mean_predictions[0]
    return told(torch.stack([one, two])[:, :5], ["one", "two"])


def by_patchtst(folder: Path) -> Any:
    model = transformers.PatchTSTForPrediction.from_pretrained(folder).eval()
    past = torch.tensor([ONE[-32:], TWO[-32:]]).T[None]
    with torch.inference_mode():
        return told(model(past_values=past).prediction_outputs[0].T, ["one", "two"])


def by_mixer(folder: Path) -> Any:
    model = transformers.PatchTSMixerForPrediction.from_pretrained(folder).eval()
    past = torch.tensor([ONE[-32:]])[:, :, None]
    with torch.inference_mode():
        return told(model(past_values=past).prediction_outputs[:, :, 0], ["one"])


BOTH = {"inputs": {"data": {"one": ONE, "two": TWO}}}
FIVE = {"parameters": {"prediction_length": 5}}
TINY = [
    Tiny(TAG, "TimesFmModelForPrediction", timesfm, BOTH | FIVE, by_timesfm),
    Tiny(TAG, "PatchTSTForPrediction", patchtst, BOTH, by_patchtst),
    Tiny(TAG, "PatchTSMixerForPrediction", mixer, {"inputs": {"data": {"one": ONE}}}, by_mixer),
]
