"""Runs of diffusers' pipelines: each step told, previews, and a stop between two of them."""

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from pipelines.errors import InvalidInput
from pipelines.loaders import diffusers as loader
from pipelines.loaders.previews import MOST, rough
from pipelines.loaders.stepping import chunks
from pipelines.model import Model
from pipelines.notices import heard, tell
from tests.pipelines.fakes import HARDWARE
from tests.zoo.painters import ddpm, pixels, seeded, stable_diffusion, stable_diffusion_3


def load(folder: Path, build: Any) -> Any:
    build(folder)
    return loader.load(Model("tiny/x", folder, "", None, "diffusers"), HARDWARE).base


@pytest.fixture(scope="module")
def drawer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load(tmp_path_factory.mktemp("drawer"), stable_diffusion)


def asked(count: int = 5) -> dict[str, Any]:
    return {"prompt": "a fox", "num_inference_steps": count, "generator": seeded(1)}


def calls(module: Any) -> list[int]:
    """Grows by one with each forward pass of `module`."""
    made: list[int] = []
    module.register_forward_hook(lambda *_: made.append(1))
    return made


def first(output: Any) -> Any:
    return output.images[0]


def test_each_step_is_told_and_the_last_chunk_has_the_result(drawer: Any) -> None:
    made = list(chunks(drawer, asked(), first))
    assert [(each["step"], each["steps"]) for each in made] == [(n, 5) for n in (1, 2, 3, 4, 5, 5)]
    assert [each for each in made if "result" in each] == made[-1:]
    direct = drawer(**asked()).images[0]
    assert np.array_equal(made[-1]["result"], direct)


@pytest.mark.parametrize("build", [stable_diffusion, stable_diffusion_3, ddpm])
def test_a_closed_run_stops_at_its_next_step(tmp_path: Path, build: Any) -> None:
    pipe = load(tmp_path, build)
    net = getattr(pipe, "unet", None) or pipe.transformer
    done = calls(net)
    given = asked(50) if build is not ddpm else {"num_inference_steps": 50, "generator": seeded(1)}
    running = chunks(pipe, given, first)
    assert next(running)["step"] == 1
    running.close()  # type: ignore[attr-defined]
    assert len(done) == 1
    assert len(list(chunks(pipe, {**given, "num_inference_steps": 4}, first))) == 5
    assert len(done) == 1 + 4


def test_a_pipeline_without_a_callback_tells_its_bar(tmp_path: Path) -> None:
    pipe = load(tmp_path, ddpm)
    made = list(chunks(pipe, {"num_inference_steps": 3, "generator": seeded(1)}, first))
    assert [(each["step"], each["steps"]) for each in made] == [(1, 3), (2, 3), (3, 3), (3, 3)]
    assert "progress_bar" not in vars(pipe)


def test_a_pipeline_of_the_older_callback() -> None:
    class Older(diffusers.DDPMPipeline):  # type: ignore[misc]
        def __call__(self, callback: Any, callback_steps: int, **given: Any) -> Any:
            self.scheduler.set_timesteps(2)
            for at in range(2):
                callback(at, None, torch.zeros(1, 4, 2, 2))
            return SimpleNamespace(images=["made"])

    pipe = Older(pixels(), diffusers.DDPMScheduler())
    made = list(chunks(pipe, {}, first, lambda latents: {"content": b"", "mime": "image/png"}))
    assert [each["step"] for each in made] == [1, 2, 2]
    assert "preview" in made[0]


def test_a_pipeline_that_tells_nothing_runs_whole() -> None:
    class Silent(diffusers.DDPMPipeline):  # type: ignore[misc]
        def __call__(self) -> Any:
            return SimpleNamespace(images=["made"])

    pipe = Silent(pixels(), diffusers.DDPMScheduler())
    assert list(chunks(pipe, {}, first)) == [{"step": 0, "steps": 0, "result": "made"}]


def test_what_a_pipeline_fails_with_is_raised(drawer: Any) -> None:
    with pytest.raises(InvalidInput, match=r"parameters: the model says: .*of type"):
        list(chunks(drawer, {**asked(), "prompt": 3}, first))
    handle = drawer.unet.register_forward_hook(lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(chunks(drawer, asked(), first))
    handle.remove()


def test_what_is_told_in_a_run_is_heard(drawer: Any) -> None:
    told: list[str] = []
    handle = drawer.unet.register_forward_hook(lambda *_: tell("A step."))
    with heard(told.append):
        list(chunks(drawer, asked(), first))
    handle.remove()
    assert told == ["A step."]


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((1, 4, 8, 16), (256, 128)),  # a picture of four channels
        ((1, 16, 8, 8), (256, 256)),  # of more
        ((2, 3, 300, 300), (256, 256)),  # of pixels
        ((1, 1, 8, 8), (256, 256)),  # grey
        ((1, 4, 5, 8, 8), (256, 256)),  # a video
        ((1, 8, 64), (256, 128)),  # patches in a row
    ],
)
def test_a_preview_is_a_small_picture(shape: tuple[int, ...], size: tuple[int, int]) -> None:
    latents = torch.randn(shape, generator=seeded(1), dtype=torch.float32)
    pipe, given = SimpleNamespace(vae_scale_factor=8), {"width": 64, "height": 32}
    made = rough(pipe, given, latents)
    assert made
    assert made["mime"] == "image/jpeg"
    with Image.open(io.BytesIO(made["content"])) as image:
        assert image.size == size
        assert max(image.size) <= MOST


def test_latents_that_are_laid_out_otherwise_have_no_preview() -> None:
    pipe = SimpleNamespace(vae_scale_factor=8)
    assert rough(pipe, {"width": 64, "height": 64}, torch.zeros(1, 7, 64)) is None
    assert rough(SimpleNamespace(), {}, torch.zeros(1, 8, 64)) is None
    assert rough(pipe, {}, torch.full((1, 4, 8, 8), float("nan")))  # what overflows is shown black
