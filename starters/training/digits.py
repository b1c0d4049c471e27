"""`python -m starters.training.digits`: learn assets/weights/digits-{vit,diffusion}.safetensors.

Both learn from the same four fifths of scikit-learn's 1,797 handwritten digits, 8 x 8 pixels each
(Alpaydin and Kaynak 1998). A quarter of an hour on one processor core.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import affine_grid, cross_entropy, grid_sample, mse_loss
from transformers import AutoImageProcessor

from starters import digits_diffusion, digits_vit
from starters.handlers.digits_diffusion import GUIDANCE, NAMELESS, STEPS, draw, image

SEED = 0
HELD_OUT = 360  # digits, as many of each kind as their share
NORM = 1.0
VIT: dict[str, Any] = {"steps": 6000, "batch": 128, "rate": 2e-3}
DIFFUSION: dict[str, Any] = {"steps": 5000, "batch": 64, "rate": 1e-3}
OF_EACH = 20  # digits to draw for the measurement
UNNAMED = 0.1  # share of the digits whose name the diffusion model is not told
DECAY = 0.998  # of the mean over the steps that is kept of the diffusion model


@dataclass(frozen=True)
class Digits:
    """Pictures, count x 1 x 8 x 8 in -1 (black) to 1 (ink), and which digit each shows."""

    pictures: Tensor
    names: Tensor


def digits() -> tuple[Digits, Digits]:
    """What to learn from, and what to measure on."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    found = load_digits()
    pictures = torch.tensor(found.images, dtype=torch.float32)[:, None] / 8 - 1
    names = torch.tensor(found.target)
    every = range(len(names))
    known, unseen = train_test_split(
        every, test_size=HELD_OUT, random_state=SEED, stratify=found.target
    )
    return Digits(pictures[known], names[known]), Digits(pictures[unseen], names[unseen])


def train(
    model: nn.Module, loss: Callable[[int], Tensor], steps: int, batch: int, rate: float
) -> Iterator[None]:
    """One step per iteration: AdamW, a short warm-up, then down to zero along a cosine."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps, pct_start=0.05)
    start = time.monotonic()
    model.train()
    for step in range(1, steps + 1):
        value = loss(batch)
        optimizer.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), NORM)
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            now, spent = float(value.detach()), time.monotonic() - start
            print(f"step {step}/{steps} loss {now:.4f} {spent:.0f} s", flush=True)
        yield
    model.eval()


def pick(known: Digits, count: int) -> Digits:
    chosen = torch.randint(len(known.names), (count,))
    return Digits(known.pictures[chosen], known.names[chosen])


# The reader


def moved(pictures: Tensor, side: int) -> Tensor:
    """The pictures, each turned, slanted, scaled and shifted a little, at `side` pixels square."""
    count = len(pictures)
    angle = (torch.rand(count) - 0.5) * 0.5  # 14 degrees to either side
    scale = 1 / (0.75 + torch.rand(count) * 0.4)
    slant = (torch.rand(count) - 0.5) * 0.4
    shift = (torch.rand(count, 2) - 0.5) * 0.35
    cos, sin = angle.cos() * scale, angle.sin() * scale
    first = torch.stack([cos, -sin + slant, shift[:, 0]], -1)
    second = torch.stack([sin, cos, shift[:, 1]], -1)
    grid = affine_grid(torch.stack([first, second], 1), [count, 1, side, side], align_corners=False)
    inked: Tensor = grid_sample(pictures + 1, grid, "bicubic", "zeros", align_corners=False)
    return inked.clamp(0, 2) - 1


def printed(pictures: Tensor) -> Tensor:
    """Some ink darker than other, some speckles, and half of it dark on light."""
    count = len(pictures)
    faint = 0.5 + 0.5 * torch.rand(count, 1, 1, 1)
    shown = (pictures + 1) * faint - 1 + 0.08 * torch.randn_like(pictures)
    sign = torch.randint(2, (count, 1, 1, 1)) * 2 - 1
    return shown.clamp(-1, 1) * sign


def teach_reader(known: Digits) -> Any:
    """A vision transformer that tells the ten digits apart."""
    from transformers import ViTForImageClassification

    model = ViTForImageClassification(digits_vit.config())

    def loss(batch: int) -> Tensor:
        some = pick(known, batch)
        shown = printed(moved(some.pictures, digits_vit.SIDE)).expand(-1, 3, -1, -1)
        found: Tensor = cross_entropy(model(shown).logits, some.names, label_smoothing=0.05)
        return found

    for _ in train(model, loss, **VIT):
        pass
    return model


def read(model: Any, pictures: Tensor, side: int) -> Tensor:
    """Which digit each of the pictures shows, given as files of `side` pixels square."""
    shown = [image((picture[0]), (side, side)) for picture in pictures]
    with TemporaryDirectory(prefix="tagline-training-") as folder:
        digits_vit.save_processor(Path(folder))
        processor = AutoImageProcessor.from_pretrained(folder)
    with torch.inference_mode():
        found: Tensor = model(**processor(shown, return_tensors="pt")).logits.argmax(-1)
    return found


def measure_reader(model: Any, known: Digits, unseen: Digits) -> dict[str, int]:
    def right(pictures: Tensor, side: int) -> int:
        return int((read(model, pictures, side) == unseen.names).sum())

    return {
        "parameters": parameters(model),
        "learnt_from": len(known.names),
        "held_out": len(unseen.names),
        "right": right(unseen.pictures, 8),
        "right_enlarged": right(unseen.pictures, 64),
        "right_dark": right(-unseen.pictures, 64),
    }


# The writer


def teach_writer(known: Digits) -> Any:
    """A diffusion model that is told which digit to draw."""
    from diffusers import DDIMScheduler, UNet2DModel

    model = UNet2DModel(**digits_diffusion.UNET)
    noising = DDIMScheduler(**digits_diffusion.SCHEDULER)
    mean = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(DECAY)
    )

    def loss(batch: int) -> Tensor:
        some = pick(known, batch)
        names = some.names.clone()
        names[torch.rand(batch) < UNNAMED] = NAMELESS
        times = torch.randint(noising.config.num_train_timesteps, (batch,))
        noise = torch.randn_like(some.pictures)
        noisy = noising.add_noise(some.pictures, noise, times)
        speed = noising.get_velocity(some.pictures, noise, times)
        found: Tensor = mse_loss(model(noisy, times, class_labels=names).sample, speed)
        return found

    for _ in train(model, loss, **DIFFUSION):
        mean.update_parameters(model)
    return mean.module


def measure_writer(model: Any, reader: Any, known: Digits, unseen: Digits) -> dict[str, Any]:
    """Draw every digit equally often and let the reader read them, each but once."""
    from diffusers import DDIMScheduler

    names = torch.arange(10).repeat(OF_EACH)
    scheduler = DDIMScheduler(**digits_diffusion.SCHEDULER)
    generators = [torch.Generator().manual_seed(seed) for seed in range(len(names))]
    drawn = draw(model, scheduler, names, generators, STEPS, GUIDANCE)
    agreed = int((read(reader, drawn[:, None], 128) == names).sum())
    return {
        "parameters": parameters(model),
        "learnt_from": len(known.names),
        "of_each": OF_EACH,
        "drawn": len(names),
        "agreed": agreed,
        "reader": float((read(reader, unseen.pictures, 128) == unseen.names).float().mean()),
        "nearest": float(nearest(drawn[:, None], known).median()),
        "nearest_held_out": float(nearest(unseen.pictures, known).median()),
    }


def nearest(pictures: Tensor, known: Digits) -> Tensor:
    """How far each of the pictures is from the one most like it that was learnt from."""
    found: Tensor = torch.cdist(pictures.flatten(1), known.pictures.flatten(1)).amin(1)
    return found


def parameters(model: Any) -> int:
    return sum(each.numel() for each in model.parameters())


def halved(model: Any) -> Any:
    """The model, with the weights that half precision keeps."""
    return model.half().float().eval()


def save(file: Path, model: Any, measured: dict[str, Any]) -> None:
    weights = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    save_file(weights, file, metadata={"measured": json.dumps(measured)})
    print(json.dumps(measured, indent=2), file=sys.stderr)


def main() -> None:
    torch.manual_seed(SEED)
    known, unseen = digits()
    reader = halved(teach_reader(known))
    save(digits_vit.LEARNT, reader, measure_reader(reader, known, unseen))
    torch.manual_seed(SEED)
    writer = halved(teach_writer(known))
    save(digits_diffusion.LEARNT, writer, measure_writer(writer, reader, known, unseen))


if __name__ == "__main__":
    main()
