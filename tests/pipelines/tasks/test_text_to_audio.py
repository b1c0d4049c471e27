"""Sound by diffusion beside sound by other models: each takes its own parameters alone."""

from functools import partial
from typing import Any

import pytest

from pipelines.errors import InvalidInput
from pipelines.media import Sound
from pipelines.registry import TASKS
from pipelines.settings import Limits
from tests.pipelines.tasks.bench import Bench
from tests.zoo.makers import RATE, stable_audio
from tests.zoo.voices import build_vits

TAG = "text-to-audio"
VITS = partial(build_vits, tag=TAG)
STEPS = {"num_inference_steps": 2, "seed": 1}


def test_it_is_as_long_as_asked_and_of_two_channels(bench: Bench) -> None:
    found = bench.answer(TAG, stable_audio, "rain", **STEPS, duration=0.25)
    samples, rate = Sound(found["content"], 9).original()
    assert (samples.shape, rate) == ((2, RATE // 4), RATE)


def test_the_same_seed_makes_the_same_sound(bench: Bench) -> None:
    ask = partial(bench.answer, TAG, stable_audio, "rain", num_inference_steps=2, duration=0.2)
    assert ask(seed=1) == ask(seed=1)
    assert ask(seed=1) != ask(seed=2)


@pytest.mark.parametrize(("build", "steps"), [(stable_audio, 2), (VITS, 1)], ids=["steps", "one"])
def test_steps_are_told(bench: Bench, build: Any, steps: int) -> None:
    task = TASKS[TAG]
    given = STEPS if steps == 2 else {}
    asked = task.read({"inputs": "rain", "parameters": given}, Limits())
    assert task.stream
    chunks = list(task.stream(bench.pipe(TAG, build), asked.inputs[0], asked.params))
    assert (chunks[-1]["step"], chunks[-1]["steps"]) == (steps, steps)
    assert chunks[-1]["result"]["mime"] == "audio/flac"
    assert len(chunks) == (3 if steps == 2 else 1)


@pytest.mark.parametrize(
    ("build", "name", "value"),
    [
        (stable_audio, "voice", "bert"),
        (stable_audio, "speed", 2),
        (stable_audio, "generation_parameters", {"do_sample": True}),
        (VITS, "duration", 2),
        (VITS, "negative_prompt", "noise"),
        (VITS, "num_inference_steps", 2),
        (VITS, "guidance_scale", 2),
    ],
)
def test_what_a_model_does_not_have_is_refused_by_name(
    bench: Bench, build: Any, name: str, value: Any
) -> None:
    with pytest.raises(InvalidInput, match=rf"parameters\.{name}"):
        bench.answer(TAG, build, "rain", **{name: value})
