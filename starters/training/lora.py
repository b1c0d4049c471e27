"""Adapters into a model, batches through it, and what was learnt out of it."""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import save_file
from torch import nn

T = TypeVar("T")

WARM_UP = 0.1  # share of the steps
NORM = 1.0


class Adapted(nn.Module):
    """A frozen linear layer and the low-rank one beside it, which begins as zero."""

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        super().__init__()
        self.linear = linear
        self.down = nn.Parameter(torch.randn(rank, linear.in_features) / linear.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(x) + (x @ self.down.T) @ self.up.T


def adapt(model: nn.Module, rank: int, new: Sequence[str]) -> None:
    """Freeze `model` but for the modules named `new`; adapt every linear layer of its encoder."""
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name.startswith(tuple(new))
    linears = [
        (name, module)
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and ".encoder." in name
    ]
    for name, linear in linears:
        parent, _, last = name.rpartition(".")
        setattr(model.get_submodule(parent), last, Adapted(linear, rank))


def learnt(model: nn.Module) -> dict[str, torch.Tensor]:
    """All that may have changed, in half precision."""
    return {
        name: parameter.detach().half().contiguous()
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }


def batches(items: Sequence[T], size: int, length: Callable[[T], int]) -> Iterator[list[T]]:
    """Shuffled, of texts about equally long, so that little of a batch is padding."""
    order = sorted(random.sample(items, len(items)), key=length)
    groups = [order[start : start + size] for start in range(0, len(order), size)]
    return iter(random.sample(groups, len(groups)))


def train(
    model: nn.Module,
    epochs: Sequence[Sequence[Mapping[str, torch.Tensor]]],
    loss: Callable[[Mapping[str, torch.Tensor]], torch.Tensor],
    rate: float,
) -> None:
    """One step per batch: AdamW, a short warm-up, then down to zero in a straight line."""
    total = sum(len(epoch) for epoch in epochs)
    chosen = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(chosen, lr=rate, weight_decay=0.01)
    warm = max(1, int(total * WARM_UP))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, (total - step) / (total - warm))
    )
    model.train()
    start, step, sliding = time.monotonic(), 0, 0.0
    for epoch in epochs:
        for batch in epoch:
            value = loss(batch)
            value.backward()
            nn.utils.clip_grad_norm_(chosen, NORM)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            step += 1
            now = float(value.detach())
            sliding = now if step == 1 else 0.98 * sliding + 0.02 * now
            if step % 50 == 0:
                spent = time.monotonic() - start
                print(f"step {step}/{total} loss {sliding:.3f} {spent:.0f} s", flush=True)
    model.eval()


def save(file: Path, model: nn.Module, measured: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(learnt(model), file, metadata={"measured": json.dumps(measured)})
    print(json.dumps(measured, indent=2), file=sys.stderr)
