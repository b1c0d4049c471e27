"""Videos by diffusion: what is refused, what is told, steps, seeds, sizes and pace."""

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from pipelines.errors import InvalidInput, ModelFailed
from pipelines.films import MIME, film, media
from pipelines.kinds.outputs import Video, output_kind
from pipelines.loaders.handler import Handler
from pipelines.loaders.stepping import Stepping
from pipelines.registry import TASKS
from pipelines.settings import Limits
from pipelines.video import Clip
from tests.pipelines.tasks.bench import Bench
from tests.zoo.filmers import PROMPT, animate_diff, encoded, footage, ltx, stable_video
from tests.zoo.painters import encoded as png64
from tests.zoo.painters import photo

SMALL = {"width": 32, "height": 32}
STEPS = {"num_inference_steps": 2, "seed": 1}
PICTURE = png64(photo())
LONG = encoded(footage(18))
FILM = partial(film, [photo()] * 3)


def seen(value: Any) -> tuple[tuple[int, int], int, float]:
    """Size, frames and frames a second of a result."""
    assert value["mime"] == MIME
    with av.open(io.BytesIO(value["content"])) as file:
        stream = file.streams.video[0]
        assert stream.codec_context.name == "h264"
        size = stream.width, stream.height
        return size, sum(1 for _ in file.decode(video=0)), float(stream.average_rate or 0)


# What is asked for -------------------------------------------------------------------------------


def test_size_frames_and_pace_are_as_asked(bench: Bench) -> None:
    found = bench.answer(
        "text-to-video", animate_diff, PROMPT, **STEPS, num_frames=5, fps=4, width=48, height=32
    )
    assert seen(found) == ((48, 32), 5, 4)


def test_a_pace_may_be_less_than_whole() -> None:
    assert seen(FILM(2.5)) == ((32, 32), 3, 2.5)


def test_what_is_not_to_be_shown_may_be_a_list(bench: Bench) -> None:
    ask = partial(bench.answer, "text-to-video", animate_diff, PROMPT, **STEPS, num_frames=2)
    assert ask(negative_prompt=["fog", "rain"]) == ask(negative_prompt="fog, rain")
    assert ask(negative_prompt=["fog"]) != ask()
    with pytest.raises(InvalidInput, match="negative_prompt"):
        ask(negative_prompt=["fog", 1])


def test_the_same_seed_makes_the_same_video(bench: Bench) -> None:
    ask = partial(
        bench.answers, "text-to-video", animate_diff, PROMPT, num_inference_steps=2, num_frames=2
    )
    (first,), nothing = ask(seed=3)
    assert not nothing
    assert ask(seed=3)[0] == [first]
    assert ask(seed=4)[0] != [first]
    (drawn,), told = ask()
    assert "Seed" in told[0]
    assert ask(seed=int(told[0].split()[1]))[0] == [drawn]


def test_frames_that_a_model_cannot_make_are_told(bench: Bench) -> None:
    values, told = bench.answers("text-to-video", ltx, PROMPT, **STEPS, **SMALL, num_frames=8)
    assert seen(values[0])[1] == 5
    assert told == ["This model made 5 frames: it cannot make just 8."]


def test_a_picture_keeps_its_proportions(bench: Bench) -> None:
    """Near the number of pixels that the model is made for: 704 x 512 by itself."""
    wide = png64(Image.new("RGB", (64, 16)))
    values, told = bench.answers(
        "image-to-video", ltx, wide, num_inference_steps=1, seed=1, num_frames=1
    )
    (width, height), _, _ = seen(values[0])
    assert width / height == pytest.approx(4, rel=0.1)
    assert width * height == pytest.approx(704 * 512, rel=0.15)
    assert told == [f"The picture was brought from 64 x 16 to {width} x {height} pixels, as this "
                    "model works with; target_size asks for another size."]  # fmt: skip


def test_a_video_is_filmed_as_long_as_it_was(bench: Bench) -> None:
    values, told = bench.answers(
        "video-to-video", animate_diff, encoded(footage(6)), **STEPS, strength=1, num_frames=3
    )
    assert seen(values[0]) == ((32, 32), 3, 4)
    assert told == ["3 of the video's 6 frames were used, spread over all of it; num_frames asks "
                    "for more."]  # fmt: skip


def test_without_a_picture_a_model_films_after_the_words(bench: Bench) -> None:
    options = {**STEPS, "num_frames": 9, "target_size": SMALL}
    alone = bench.answer("image-text-to-video", ltx, PROMPT, **options)
    assert alone == bench.answer("text-to-video", ltx, PROMPT, **STEPS, **SMALL, num_frames=9)
    both = bench.answer("image-text-to-video", ltx, {"prompt": PROMPT, "image": PICTURE}, **options)
    assert seen(both) == ((32, 32), 9, 25)
    assert both != alone


def test_an_empty_prompt_is_none(bench: Bench) -> None:
    ask = partial(bench.answer, "image-to-video", stable_video, PICTURE, **STEPS, target_size=SMALL)
    assert ask(num_frames=2, prompt="") == ask(num_frames=2)
    task = TASKS["image-text-to-video"]
    body = {"inputs": PROMPT, "parameters": {"prompt": ""}}
    assert task.read(body, Limits()).inputs == task.read({"inputs": PROMPT}, Limits()).inputs


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "build", "inputs", "parameters", "words"),
    [
        ("text-to-video", animate_diff, PROMPT, {"num_frames": 17}, "at most 16"),
        ("video-to-video", animate_diff, LONG, {"num_frames": 17}, "num_frames.*at most 16"),
        ("image-to-video", stable_video, PICTURE, {"num_frames": 1}, "num_frames.*at least 2"),
        ("text-to-video", ltx, PROMPT, {"num_frames": 1024, "width": 4096, "height": 4096},
         "num_frames: 1,024 frames of 4,096 x 4,096.*at most 500,000,000"),
        ("text-to-video", ltx, PROMPT, {"width": 4096, "height": 4096}, "161 frames.*at most"),
        ("video-to-video", animate_diff, LONG, {"seed": -1}, "seed.*leave it out to draw one"),
        ("text-to-video", animate_diff, PROMPT, {"height": 33}, "height.*33.*32 or"),
        ("text-to-video", ltx, PROMPT, {"width": 40}, "width: 40 is no multiple"),
        ("text-to-video", animate_diff, PROMPT, {"num_inference_steps": 1001}, "1000|steps"),
        ("text-to-video", animate_diff, PROMPT, {"lora_scale": 1}, "lora_scale.*name a LoRA"),
        ("image-to-video", stable_video, PICTURE, {"prompt": "a"}, "prompt"),
        ("image-to-video", stable_video, PICTURE, {"guidance_scale": 2}, "guidance_scale"),
        ("image-to-video", stable_video, PICTURE, {"target_size": {"width": 30, "height": 32}},
         "target_size.width: 30"),
        ("image-to-video", ltx, PICTURE, {"motion_bucket_id": 2}, "motion_bucket_id"),
        ("image-to-video", ltx, PICTURE, {"target_size": {"width": 32}}, "target_size.height"),
        ("text-to-video", animate_diff, PROMPT, {"fps": 0}, "fps"),
        ("video-to-video", animate_diff, "AAAA", {}, "not a video"),
    ],
)  # fmt: skip
def test_what_a_model_does_not_take_is_refused_by_name(
    bench: Bench, tag: str, build: Any, inputs: Any, parameters: Any, words: str
) -> None:
    with pytest.raises(InvalidInput, match=f"(?s){words}"):
        bench.answers(tag, build, inputs, **{**STEPS, **parameters})


# Steps -------------------------------------------------------------------------------------------


def stream(bench: Bench, **parameters: Any) -> Iterator[Any]:
    task = TASKS["text-to-video"]
    asked = task.read({"inputs": PROMPT, "parameters": parameters}, Limits())
    assert task.stream
    return task.stream(bench.pipe(task.tag, animate_diff), asked.inputs[0], asked.params)


def test_each_step_is_told_with_a_frame_in_the_making(bench: Bench) -> None:
    chunks = list(stream(bench, num_inference_steps=3, num_frames=2, seed=1))
    kind = output_kind(Video)
    assert kind.progress
    assert [kind.progress(each) for each in chunks] == [(1, 3), (2, 3), (3, 3), (3, 3)]
    small = [each["preview"] for each in chunks if "preview" in each]
    assert small
    assert all(Image.open(io.BytesIO(each["content"])).format == "JPEG" for each in small)
    assert kind.join(chunks) == chunks[-1]["result"]


def test_a_run_that_nobody_waits_for_ends_at_its_next_step(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    tell = Stepping.tell

    def counted(self: Stepping, step: int, *rest: Any) -> None:
        tell(self, step, *rest)
        steps.append(step)

    monkeypatch.setattr(Stepping, "tell", counted)
    running: Any = stream(bench, num_inference_steps=50, num_frames=2, seed=1)
    next(running)
    running.close()
    assert len(steps) < 50


# What a model's own code gives -------------------------------------------------------------------


def handled(raw: Any) -> Any:
    task = TASKS["text-to-video"]
    asked = task.read({"inputs": PROMPT}, Limits())
    return Handler(lambda data: raw, "a/b").answer(task, asked.inputs, asked.params)[0]


def test_a_handler_may_give_pictures_or_a_file() -> None:
    assert handled([photo()] * 2) == film([photo()] * 2)
    assert handled({"frames": [photo()] * 2, "fps": 5}) == film([photo()] * 2, 5)
    assert handled(FILM()["content"]) == FILM()


def test_a_file_that_browsers_do_not_play_is_written_anew() -> None:
    file = io.BytesIO()
    photo().save(file, "GIF", save_all=True, append_images=[photo().rotate(90)], duration=500)
    found = media(file.getvalue())
    assert seen(found)[:2] == ((32, 32), 2)
    assert Clip(found["content"], 9, 2000, 9).count() == 2


@pytest.mark.parametrize("raw", [b"nothing", [], {"frames": []}, "text"], ids=repr)
def test_what_is_no_video_is_the_models_fault(raw: Any) -> None:
    with pytest.raises(ModelFailed):
        handled(raw)


def test_a_tiny_model_can_be_found_for_each_of_its_tasks(bench: Bench, tmp_path: Path) -> None:
    found = {task.tag for task in TASKS.values() if task.accepts(bench.model(ltx))}
    assert found == {"text-to-video", "image-to-video", "image-text-to-video"}
    found = {task.tag for task in TASKS.values() if task.accepts(bench.model(stable_video))}
    assert found == {"image-to-video"}
