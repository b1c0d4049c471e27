"""What models write about pictures, and answer about them."""

from typing import Any

import pytest

from pipelines.errors import InvalidInput, WrongShape
from pipelines.notices import heard
from pipelines.registry import TASKS
from pipelines.settings import Limits
from tests.zoo import image_to_text, visual_question_answering
from tests.zoo.cage import Cage
from tests.zoo.seen import encoded, scene

BLIP, GIT, PIX2STRUCT, BLIP2, GPT2, TROCR = image_to_text.TINY
VILT, BLIP_VQA, GIT_VQA = visual_question_answering.TINY
SCENE, QUESTION = encoded(scene()), visual_question_answering.QUESTION
ASKED = {"image": SCENE, "question": QUESTION}


# Captions --------------------------------------------------------------------------------------


@pytest.mark.parametrize("tiny", image_to_text.TINY, ids=lambda tiny: tiny.architecture)
def test_a_caption_is_as_long_as_it_may_be(cage: Cage, tiny: Any) -> None:
    tokenizer = cage.pipe(tiny).tokenizer
    short, long = (
        cage.answer(tiny, SCENE, max_new_tokens=most)[0]["generated_text"] for most in (2, 7)
    )
    count = len(tokenizer(short, add_special_tokens=False)["input_ids"])
    assert len(short) < len(long)
    assert 0 < count <= 4  # the pieces of a word are put together, and taken apart otherwise


@pytest.mark.parametrize("tiny", [BLIP, GIT, BLIP2, GPT2, TROCR], ids=lambda t: t.architecture)
def test_no_caption_is_longer_than_the_model_has_places_for(cage: Cage, tiny: Any) -> None:
    assert cage.answer(tiny, SCENE, max_new_tokens=8192)
    assert cage.answer(tiny, SCENE)


def test_options_of_generation_and_what_older_clients_call_them(cage: Cage) -> None:
    named = cage.answer(GPT2, SCENE, generation_parameters={"max_new_tokens": 3, "num_beams": 3})
    assert named == cage.answer(GPT2, SCENE, generate_kwargs={"max_new_tokens": 3, "num_beams": 3})
    assert named == cage.answer(
        GPT2, SCENE, max_new_tokens=3, generation_parameters={"max_new_tokens": 9, "num_beams": 3}
    )
    task = TASKS["image-to-text"]
    both = {"generate_kwargs": {"top_k": 1}, "generation_parameters": {"top_k": 2}}
    asked = task.read({"inputs": SCENE, "parameters": both}, Limits())
    assert asked.params.generation_parameters.top_k == 2


def test_a_seed_repeats_a_draw(cage: Cage) -> None:
    draw = {"do_sample": True, "temperature": 3.0, "max_new_tokens": 8}
    first, again, other = (
        cage.answer(BLIP2, SCENE, seed=seed, generation_parameters=draw) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    "parameters",
    [
        {"max_new_tokens": 0},
        {"generation_parameters": {"no_such": 1}},
        {"generation_parameters": {"penalty_alpha": 0.5}},
        {"generate_kwargs": "many"},
        {"prompt": "a picture of"},
    ],
)
def test_bad_options_are_refused_by_name(parameters: dict[str, Any]) -> None:
    name = next(iter(parameters)).replace("generate_kwargs", "generation_parameters")
    with pytest.raises(InvalidInput, match=name):
        TASKS["image-to-text"].read({"inputs": SCENE, "parameters": parameters}, Limits())


def test_raw_bytes_and_several_pictures(cage: Cage) -> None:
    one, other = scene(turn=1), scene(64, 64, turn=4)
    alone = [cage.answer(GPT2, encoded(each), max_new_tokens=5) for each in (one, other)]
    both = cage.answer(GPT2, [encoded(one), encoded(other)], max_new_tokens=5)
    assert both == alone


# Answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("tiny", [VILT, BLIP_VQA], ids=lambda tiny: tiny.architecture)
def test_a_question_as_python_and_as_javascript_send_it(cage: Cage, tiny: Any) -> None:
    task, limits = TASKS["visual-question-answering"], Limits()
    python = {"inputs": SCENE, "question": QUESTION, "image": SCENE, "parameters": {}}
    asked = task.read(python, limits)
    assert asked == task.read({"inputs": ASKED, "parameters": {}}, limits)
    assert task.read({"inputs": SCENE, "question": QUESTION}, limits) == asked
    assert cage.answer(tiny, ASKED) == cage.answer(tiny, [ASKED, ASKED])[1]


@pytest.mark.parametrize("body", [{"inputs": SCENE}, {"question": QUESTION}, {"inputs": QUESTION}])
def test_a_question_without_a_picture_and_the_other_way_round(body: Any) -> None:
    with pytest.raises((WrongShape, InvalidInput), match="image|question"):
        TASKS["visual-question-answering"].read(body, Limits())


def test_how_many_answers(cage: Cage) -> None:
    assert [len(cage.answer(VILT, ASKED, top_k=k)) for k in (1, 3, 16)] == [1, 3, 7]
    assert len(cage.answer(VILT, ASKED)) == 5
    assert len(cage.answer(BLIP_VQA, ASKED)) == 1
    several = cage.answer(BLIP_VQA, ASKED, top_k=3)
    assert len(several) == 3
    scores = [each["score"] for each in several]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_the_question_and_the_picture_both_matter(cage: Cage) -> None:
    for tiny in (VILT, BLIP_VQA, GIT_VQA):
        answer = cage.answer(tiny, ASKED)
        other = {"image": encoded(scene(turn=3)), "question": QUESTION}
        assert answer != cage.answer(tiny, other), tiny.name
        assert answer != cage.answer(tiny, {**ASKED, "question": "Why?"}), tiny.name


def test_a_long_question_is_cut_and_told(cage: Cage) -> None:
    for tiny, most in ((VILT, 64), (BLIP_VQA, visual_question_answering.POSITIONS)):
        said: list[str] = []
        with heard(said.append):
            assert cage.answer(tiny, {**ASKED, "question": "why " * 200})
        assert said == [
            f"inputs.question is longer than the {most} tokens that this model reads; "
            "the rest was left out."
        ]
