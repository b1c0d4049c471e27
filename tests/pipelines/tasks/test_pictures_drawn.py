"""Pictures by diffusion: seeds, sizes, schedulers, masks, and what is refused before anything is
computed."""

import io
from functools import partial
from typing import Any

import diffusers
import numpy as np
import pytest
from PIL import Image

from pipelines.engine.call import Call
from pipelines.engine.engine import key_of
from pipelines.errors import InvalidInput
from pipelines.kinds.shapes import Media
from pipelines.loaders.kinship import IMAGE, INPAINT, TEXT
from pipelines.loaders.schedulers import KARRAS
from pipelines.pictures import told_by
from pipelines.registry import TASKS, for_model
from pipelines.settings import Limits
from tests.pipelines.tasks.bench import Bench
from tests.zoo import image_to_image as changers
from tests.zoo.alike import alike, same_picture
from tests.zoo.painters import (
    checked,
    ddpm,
    editor,
    encoded,
    filler,
    half,
    photo,
    seeded,
    stable_diffusion,
    stable_diffusion_3,
)

DRAW, CHANGE, GROW = "text-to-image", "image-to-image", "unconditional-image-generation"
FEW = {"num_inference_steps": 2}
PHOTO = encoded(photo())
MASK = encoded(half())
SWIN = changers.TINY[-1]


def pixels(made: Media) -> Any:
    with Image.open(io.BytesIO(made["content"])) as image:
        return np.asarray(image).astype(int)


def size(made: Media) -> tuple[int, int]:
    with Image.open(io.BytesIO(made["content"])) as image:
        return image.size


# Seeds -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "build", "inputs"),
    [(DRAW, stable_diffusion, "a fox"), (DRAW, stable_diffusion_3, "a fox"),
     (CHANGE, stable_diffusion, PHOTO)],
)  # fmt: skip
def test_a_seed_makes_the_same_picture_again(
    bench: Bench, tag: str, build: Any, inputs: str
) -> None:
    first, again, other = (bench.answer(tag, build, inputs, seed=seed, **FEW) for seed in (7, 7, 8))
    assert alike(first, again)
    assert (pixels(first) != pixels(other)).any()
    assert told_by(first)["seed"] == 7


def test_without_a_seed_one_is_drawn_and_told(bench: Bench) -> None:
    values, told = bench.answers(DRAW, stable_diffusion, "a fox", **FEW)
    seed = told_by(values[0])["seed"]
    assert told == [f"Seed {seed} was drawn; send it to get the same again."]
    again = bench.answer(DRAW, stable_diffusion, "a fox", seed=seed, **FEW)
    assert alike(again, values[0])
    assert bench.answers(DRAW, stable_diffusion, "a fox", **FEW)[1] != told


def test_each_of_several_pictures_has_a_seed_of_its_own(bench: Bench) -> None:
    made = bench.answer(DRAW, stable_diffusion, "a fox", seed=7, num_images_per_prompt=3, **FEW)
    alone = [bench.answer(DRAW, stable_diffusion, "a fox", seed=s, **FEW) for s in (7, 8, 9)]
    assert [told_by(each) for each in made] == [told_by(each) for each in alone]
    for one, other in zip(made, alone, strict=True):
        assert abs(pixels(one) - pixels(other)).max() <= 1  # a batch is summed in another order


def test_an_empty_input_means_any_seed(bench: Bench) -> None:
    values, told = bench.answers(GROW, ddpm, "", num_inference_steps=2)
    seed = told_by(values[0])["seed"]
    assert told == [f"Seed {seed} made this; send it to get the same again."]
    assert alike(bench.answers(GROW, ddpm, seed, num_inference_steps=2), (values, told))
    assert not alike(bench.answers(GROW, ddpm, -1, num_inference_steps=2)[0], values)
    (several,), _ = bench.answers(GROW, ddpm, {"seed": seed}, num_inference_steps=2, batch_size=2)
    assert abs(pixels(several[0]) - pixels(values[0])).max() <= 1
    assert told_by(several[0]) == told_by(values[0])


# One model, several tasks ----------------------------------------------------------------------


def test_one_model_serves_its_tasks_without_a_second_load(bench: Bench) -> None:
    model, pipe = bench.model(stable_diffusion), bench.pipe(DRAW, stable_diffusion)
    tags = [task.tag for task in for_model(model)]
    assert tags == [DRAW, CHANGE]
    assert len({key_of(Call(TASKS[tag], model, [], None)) for tag in tags}) == 1
    for use in (TEXT, IMAGE, INPAINT):
        assert pipe.kin(use).unet is pipe.base.unet
        assert pipe.kin(use).vae is pipe.base.vae


def test_a_masked_picture_is_filled_by_the_model_that_draws(bench: Bench) -> None:
    wish = {"prompt": "a fox", "strength": 1.0, "seed": 7, **FEW}
    inside = bench.answer(CHANGE, stable_diffusion, {"image": PHOTO, "mask": MASK}, **wish)
    beside = bench.answer(CHANGE, stable_diffusion, PHOTO, mask=MASK, **wish)
    pipe = diffusers.StableDiffusionInpaintPipeline.from_pretrained(bench.path(stable_diffusion))
    direct = pipe("a fox", image=photo(), mask_image=half(), width=32, height=32, strength=1.0,
                  num_inference_steps=2, generator=seeded(7)).images[0]  # fmt: skip
    assert alike(inside, beside)
    assert same_picture(pixels(inside), direct)


def test_a_mask_where_there_is_none_to_be_used_and_none_where_it_must_be(bench: Bench) -> None:
    with pytest.raises(InvalidInput, match=r"inputs.mask: this model changes a picture as a whole"):
        bench.answer(CHANGE, editor, {"image": PHOTO, "mask": MASK}, prompt="a fox", **FEW)
    with pytest.raises(InvalidInput, match=r"inputs.mask: this model fills a part"):
        bench.answer(CHANGE, filler, PHOTO, prompt="a fox", **FEW)


# Sizes -----------------------------------------------------------------------------------------


def test_a_picture_has_the_size_that_was_asked_for(bench: Bench) -> None:
    for build in (stable_diffusion, stable_diffusion_3):
        made = bench.answer(DRAW, build, "a fox", width=48, height=24, seed=1, **FEW)
        assert size(made) == (48, 24)
    wish = {"prompt": "a fox", "seed": 1, **FEW}
    made = bench.answer(
        CHANGE, stable_diffusion, PHOTO, target_size={"width": 16, "height": 48}, **wish
    )
    assert size(made) == (16, 48)


@pytest.mark.parametrize(("name", "value"), [("height", 35), ("width", 49)])
def test_a_size_that_is_no_whole_number_of_patches(bench: Bench, name: str, value: int) -> None:
    match = rf"parameters.{name}: {value} is no multiple of 2.*Send {value - 1} or {value + 1}"
    with pytest.raises(InvalidInput, match=match):
        bench.answer(DRAW, stable_diffusion, "a fox", seed=1, **{name: value})


def test_a_picture_of_another_size_than_patches_is_told(bench: Bench) -> None:
    wish = {"prompt": "a fox", "seed": 1, **FEW}
    values, told = bench.answers(CHANGE, stable_diffusion, encoded(photo(33)), **wish)
    assert size(values[0]) == (32, 32)
    assert told == [
        "The picture was brought from 33 x 33 to 32 x 32 pixels, as this model works with; "
        "target_size asks for another size."
    ]
    with pytest.raises(InvalidInput, match=r"target_size.height: 33 is no multiple of 2"):
        bench.answer(CHANGE, stable_diffusion, PHOTO, target_size={"width": 32, "height": 33})


# What a model does not take --------------------------------------------------------------------


# diffusers' own schedulers, with the numpy of today
@pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning")
@pytest.mark.parametrize("name", KARRAS)
def test_every_scheduler_that_is_offered_draws(bench: Bench, name: str) -> None:
    pipe = bench.pipe(DRAW, stable_diffusion)
    wish = {"scheduler": name, "seed": 7, "num_inference_steps": 5}
    made = bench.answer(DRAW, stable_diffusion, "a fox", **wish)
    assert told_by(made)["scheduler"] == name
    assert type(pipe.base.scheduler).__name__ == "DDIMScheduler"
    if name != "DDIMScheduler":
        wish["scheduler"] = "DDIMScheduler"
        assert (pixels(made) != pixels(bench.answer(DRAW, stable_diffusion, "a fox", **wish))).any()


@pytest.mark.filterwarnings("ignore:__array_:DeprecationWarning")
def test_steps_that_a_scheduler_cannot_go(bench: Bench) -> None:
    ask = partial(bench.answer, DRAW, stable_diffusion, "a fox", seed=1)
    for steps in (1, 3):
        with pytest.raises(
            InvalidInput, match=f"num_inference_steps: {steps} are fewer than the 4"
        ):
            ask(scheduler="PNDMScheduler", num_inference_steps=steps)
    assert ask(scheduler="PNDMScheduler", num_inference_steps=4)
    with pytest.raises(InvalidInput, match=r"num_inference_steps: 1000 are more than the 999"):
        ask(num_inference_steps=1000)


@pytest.mark.parametrize(
    ("build", "name"),
    [(stable_diffusion, "NoSuchScheduler"), (stable_diffusion, "FlowMatchEulerDiscreteScheduler"),
     (stable_diffusion, "StableDiffusionPipeline"), (stable_diffusion_3, "DDIMScheduler")],
)  # fmt: skip
def test_a_scheduler_that_does_not_fit(bench: Bench, build: Any, name: str) -> None:
    own = "DDIMScheduler" if build is stable_diffusion else "FlowMatchEulerDiscreteScheduler"
    with pytest.raises(InvalidInput, match=rf"parameters.scheduler: .*'{name}'; it takes: .*{own}"):
        bench.answer(DRAW, build, "a fox", scheduler=name, seed=1, **FEW)


def test_the_page_offers_the_schedulers_of_a_model(bench: Bench) -> None:
    for build, offered in ((stable_diffusion, KARRAS),
                           (stable_diffusion_3, ("FlowMatchEulerDiscreteScheduler",))):  # fmt: skip
        assert TASKS[DRAW].choices(bench.model(build)) == {"scheduler": offered}


@pytest.mark.parametrize(
    ("tag", "build", "inputs", "wish"),
    [
        (DRAW, stable_diffusion, "a fox", {"true_cfg_scale": 2.0}),
        (CHANGE, stable_diffusion, PHOTO, {"image_guidance_scale": 2.0}),
        (CHANGE, editor, PHOTO, {"strength": 0.5}),
        (CHANGE, stable_diffusion, PHOTO, {"lora_scale": 0.5}),
    ],
)
def test_a_parameter_that_a_pipeline_lacks_is_refused_by_name(
    bench: Bench, tag: str, build: Any, inputs: str, wish: dict[str, float]
) -> None:
    with pytest.raises(InvalidInput, match=rf"^parameters.{next(iter(wish))}: "):
        bench.answer(tag, build, inputs, seed=1, **wish)


@pytest.mark.parametrize(
    "wish",
    [{"num_inference_steps": 0}, {"num_inference_steps": 1001}, {"num_images_per_prompt": 9},
     {"height": 5000}, {"seed": -1}, {"seed": 1 << 32}, {"guidance_scale": -1}],
)  # fmt: skip
def test_what_is_out_of_bounds(wish: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=rf"^parameters.{next(iter(wish))}: "):
        TASKS[DRAW].read({"inputs": "a fox", "parameters": wish}, Limits())


def test_more_steps_than_a_model_was_trained_with(bench: Bench) -> None:
    with pytest.raises(InvalidInput, match=r"num_inference_steps: 101 are more than the 100"):
        bench.answer(GROW, ddpm, 1, num_inference_steps=101)
    with pytest.raises(InvalidInput, match=r"parameters.strength: 0.3 of 2 steps is less than one"):
        bench.answer(CHANGE, stable_diffusion, PHOTO, strength=0.3, seed=1, **FEW)


# What is told ----------------------------------------------------------------------------------


def test_a_prompt_that_is_too_long_is_told(bench: Bench) -> None:
    for build in (stable_diffusion, stable_diffusion_3):
        _, told = bench.answers(DRAW, build, "fox " * 100, seed=1, **FEW)
        assert told == ["Prompt is longer than the 77 tokens that this model reads; the rest was "
                        "left out."]  # fmt: skip


def test_a_negative_prompt_without_effect_is_told(bench: Bench) -> None:
    wish = {"negative_prompt": "a dog", "seed": 1, **FEW}
    _, told = bench.answers(DRAW, stable_diffusion, "a fox", guidance_scale=1.0, **wish)
    assert told == ["The negative prompt changes nothing while guidance_scale is 1: raise it "
                    "above 1."]  # fmt: skip
    plain = bench.answer(DRAW, stable_diffusion, "a fox", seed=1, **FEW)
    assert (pixels(bench.answer(DRAW, stable_diffusion, "a fox", **wish)) != pixels(plain)).any()


def test_a_picture_that_a_safety_checker_blackened_is_told(bench: Bench) -> None:
    values, told = bench.answers(DRAW, checked, "a fox", seed=1, **FEW)
    assert told == ["The model's safety checker took a picture for unsafe and made it black."]
    assert not pixels(values[0]).any()


def test_an_upscaler_takes_a_picture_alone(bench: Bench) -> None:
    twice = SWIN.build
    assert size(bench.answer(CHANGE, twice, PHOTO)) == (64, 64)
    with pytest.raises(InvalidInput, match=r"^parameters.prompt: this model takes a picture"):
        bench.answer(CHANGE, twice, PHOTO, prompt="a fox", seed=1)
    with pytest.raises(InvalidInput, match=r"inputs.mask: this model changes a picture as a whole"):
        bench.answer(CHANGE, twice, {"image": PHOTO, "mask": MASK})
