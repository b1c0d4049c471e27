"""Models on board that see or draw by code of their own: what they answer, and what they refuse."""

from base64 import b64decode
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.starters.test_models import SAMPLES

Picture = Image.Image
Handlers = dict[str, Any]
Box = dict[str, int]

SEEING = ("tagline/mtcnn", "tagline/selfie-segmentation", "tagline/ocr")
FACE = {"xmin": 158, "ymin": 56, "xmax": 233, "ymax": 151}  # what the package's own code finds
PAGE = """\
Region-based segmentation
Let us first determine markers of the coins and the
background. These markers are pixels that we can label
unambiguously as either object or background. Here,
the markers are found at the two extreme parts of the
histogram of grey values:"""


def photo(name: str) -> Picture:
    return Image.open(SAMPLES / name).convert("RGB")


@pytest.mark.parametrize("model", SEEING)
@pytest.mark.parametrize("size", [(1, 1), (3, 140), (140, 3), (33, 17)])
@pytest.mark.parametrize("color", ["black", "white"])
def test_the_smallest_and_the_oddest_pictures(
    handlers: Handlers, model: str, size: tuple[int, int], color: str
) -> None:
    answer = handlers[model]({"inputs": Image.new("RGB", size, color)})
    for part in answer:
        assert part.get("label") != "face"
        assert part.get("generated_text", "") == ""
        if "mask" in part:
            assert mask_of(part).shape == size[::-1]


@pytest.mark.parametrize("model", SEEING)
def test_the_same_picture_gives_the_same_answer(handlers: Handlers, model: str) -> None:
    first, second = (handlers[model]({"inputs": photo("astronaut.jpg")}) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("model", [*SEEING, "tagline/conse", "tagline/digits-diffusion"])
def test_a_parameter_that_it_cannot_honour_is_refused_by_name(
    handlers: Handlers, model: str
) -> None:
    inputs = {
        "tagline/digits-diffusion": "3",
        "tagline/conse": {"image": photo("cat.jpg"), "candidate_labels": ["a cat"]},
    }.get(model, photo("cat.jpg"))
    with pytest.raises(ValueError, match="top_k"):
        handlers[model]({"inputs": inputs, "parameters": {"top_k": 3}})


# conse


@pytest.fixture(scope="module")
def sort(handlers: Handlers) -> Callable[..., list[dict[str, Any]]]:
    def sorted_(name: str, labels: list[str], **parameters: Any) -> list[dict[str, Any]]:
        inputs = {"image": photo(name), "candidate_labels": labels}
        answer: list[dict[str, Any]] = handlers["tagline/conse"](
            {"inputs": inputs, "parameters": parameters}
        )
        return answer

    return sorted_


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("cat.jpg", "a cat"),
        ("coffee.jpg", "a cup of coffee"),
        ("rocket.jpg", "a rocket launch"),
        ("page.png", "a printed page"),
    ],
)
def test_a_photo_is_sorted_into_labels_that_it_has_not_learnt(
    sort: Any, name: str, label: str
) -> None:
    labels = ["a horse", "a rocket launch", "a cup of coffee", "a printed page", "a cat"]
    found = sort(name, labels)
    assert found[0]["label"] == label
    assert sorted(part["label"] for part in found) == sorted(labels)
    assert sum(part["score"] for part in found) == pytest.approx(1)
    scores = [part["score"] for part in found]
    assert scores == sorted(scores, reverse=True)


def test_labels_beside_a_label_do_not_change_how_it_compares(sort: Any) -> None:
    few = {part["label"]: part["score"] for part in sort("cat.jpg", ["a cat", "a dog"])}
    labels = ["a cat", "a dog", "a very long label of many words that needs more tokens"]
    many = {part["label"]: part["score"] for part in sort("cat.jpg", labels)}
    assert many["a cat"] / many["a dog"] == pytest.approx(few["a cat"] / few["a dog"], rel=1e-3)


def test_the_text_of_labels_is_read_as_sentence_transformers_reads_it(
    handlers: Handlers, onboard: Any
) -> None:
    from sentence_transformers import SentenceTransformer

    texts = ["a cat", "A cup of coffee on a table."]
    model = SentenceTransformer(str(onboard / "sentence-transformers/all-MiniLM-L6-v2"))
    found = handlers["tagline/conse"].vectors(texts).numpy()
    assert np.allclose(found, model.encode(texts), atol=1e-5)


def test_the_sentence_around_the_labels(sort: Any) -> None:
    labels = ["a cat", "a dog"]
    assert sort("cat.jpg", labels) != sort("cat.jpg", labels, hypothesis_template="{}")
    with pytest.raises(ValueError, match="hypothesis_template needs {}"):
        sort("cat.jpg", labels, hypothesis_template="a photo")
    with pytest.raises(ValueError, match="none may have more than 256 tokens"):
        sort("cat.jpg", ["cat " * 300])


# mtcnn


@pytest.fixture(scope="module")
def faces(handlers: Handlers) -> Callable[..., list[dict[str, Any]]]:
    def found(picture: Picture, **parameters: Any) -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = handlers["tagline/mtcnn"](
            {"inputs": picture, "parameters": parameters}
        )
        assert {part["label"] for part in answer} <= {"face"}
        return answer

    return found


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one["xmax"], other["xmax"]) - max(one["xmin"], other["xmin"])
    height = min(one["ymax"], other["ymax"]) - max(one["ymin"], other["ymin"])
    common = max(0, width) * max(0, height)
    return common / (area(one) + area(other) - common)


def area(box: Box) -> int:
    return (box["xmax"] - box["xmin"]) * (box["ymax"] - box["ymin"])


def test_the_face_that_the_published_code_finds(faces: Any) -> None:
    [face] = faces(photo("astronaut.jpg"))
    assert face["score"] == pytest.approx(0.99928, abs=1e-4)
    assert overlap(face["box"], FACE) > 0.95
    assert all(isinstance(side, int) for side in face["box"].values())


@pytest.mark.parametrize("name", ["cat.jpg", "coffee.jpg", "rocket.jpg"])
def test_no_face_where_there_is_none(faces: Any, name: str) -> None:
    assert faces(photo(name)) == []


def test_two_faces_are_two(faces: Any) -> None:
    one = photo("astronaut.jpg")
    both = Image.new("RGB", (900, 450))
    both.paste(one, (0, 0))
    both.paste(one, (450, 0))
    found = sorted(faces(both), key=lambda face: int(face["box"]["xmin"]))
    moved = {name: side + 450 * name.startswith("x") for name, side in FACE.items()}
    assert len(found) == 2
    assert overlap(found[0]["box"], FACE) > 0.9
    assert overlap(found[1]["box"], moved) > 0.9


def test_a_face_in_a_large_picture_is_told_in_its_own_pixels(faces: Any) -> None:
    large = photo("astronaut.jpg").resize((2250, 2250))
    [face] = faces(large)
    assert overlap(face["box"], {name: 5 * side for name, side in FACE.items()}) > 0.85


def test_a_face_at_the_edge_stays_inside(faces: Any) -> None:
    [face] = faces(photo("astronaut.jpg").crop((170, 70, 260, 160)), threshold=0)[:1]
    box = face["box"]
    assert 0 <= box["xmin"] < box["xmax"] <= 90
    assert 0 <= box["ymin"] < box["ymax"] <= 90


def test_the_threshold_of_faces(faces: Any) -> None:
    assert faces(photo("astronaut.jpg"), threshold=1) == []
    scores = [face["score"] for face in faces(photo("astronaut.jpg"), threshold=0)]
    assert len(scores) > 1
    assert scores == sorted(scores, reverse=True)
    with pytest.raises(ValueError, match="threshold is 2: it must lie between 0 and 1"):
        faces(photo("cat.jpg"), threshold=2)


# selfie-segmentation


def mask_of(part: dict[str, Any]) -> NDArray[Any]:
    image = Image.open(BytesIO(b64decode(part["mask"])))
    assert (image.format, image.mode) == ("PNG", "L")
    pixels = np.asarray(image)
    assert set(np.unique(pixels)) <= {0, 255}
    return pixels > 0


@pytest.fixture(scope="module")
def masks(handlers: Handlers) -> Callable[..., dict[str, NDArray[Any]]]:
    def found(picture: Picture, **parameters: Any) -> dict[str, NDArray[Any]]:
        answer = handlers["tagline/selfie-segmentation"](
            {"inputs": picture, "parameters": parameters}
        )
        return {part["label"]: mask_of(part) for part in answer}

    return found


def test_the_person_is_marked_and_what_is_behind_her_is_not(masks: Any) -> None:
    found = masks(photo("astronaut.jpg"))
    person = found["person"]
    assert person.shape == (450, 450)
    assert person[56:151, 158:233].mean() > 0.95  # her face
    assert person[300:440, 60:240].all()  # her suit
    assert not person[:200, :60].any()  # the flag
    assert not person[20:150, 300:].any()  # the shuttle
    assert person.mean() == pytest.approx(0.546, abs=0.005)
    assert np.array_equal(found["background"], ~person)


def test_nobody_is_no_mask(masks: Any) -> None:
    assert list(masks(photo("rocket.jpg"))) == ["background"]


def test_the_thresholds_of_masks(masks: Any) -> None:
    picture = photo("astronaut.jpg")
    wide, usual, narrow = (
        masks(picture, mask_threshold=edge)["person"].mean() for edge in (0.1, 0.5, 0.9)
    )
    assert wide > usual > narrow
    assert list(masks(picture, threshold=0.98)) == ["background"]  # the person's score is 0.978
    assert masks(picture, threshold=1) == {}
    assert "person" in masks(picture, overlap_mask_area_threshold=0.9)  # no mask covers another
    with pytest.raises(ValueError, match="mask_threshold is -1"):
        masks(picture, mask_threshold=-1)
    with pytest.raises(ValueError, match="subtask panoptic"):
        masks(picture, subtask="panoptic")


# ocr


@pytest.fixture(scope="module")
def text(handlers: Handlers) -> Callable[[Picture], str]:
    def found(picture: Picture) -> str:
        [answer] = handlers["tagline/ocr"]({"inputs": picture})
        return str(answer["generated_text"])

    return found


def test_a_page_is_read_line_by_line(text: Any) -> None:
    assert text(photo("page.png")).startswith(f"{PAGE}\n")


@pytest.mark.parametrize("angle", [-20, -5, 3, 12])
def test_a_tilted_page_is_read_in_order(text: Any, angle: float) -> None:
    page = photo("page.png").crop((0, 0, 384, 150)).resize((768, 300), Image.Resampling.BICUBIC)
    tilted = page.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor="#999999")
    found = text(tilted)
    right = sum(word in found.split() for word in PAGE.split())
    assert right >= 0.9 * len(PAGE.split())
    lines = found.split("\n")
    assert lines[0].startswith("Region-based")
    assert lines[-1].endswith("values:")


def test_no_more_text_than_is_asked_for(handlers: Handlers) -> None:
    """The recogniser's tokens are characters. Nothing is drawn, so any seed is kept to."""
    asked = {"inputs": photo("page.png"), "parameters": {"max_new_tokens": 8, "seed": 3}}
    assert handlers["tagline/ocr"](asked) == [{"generated_text": "Region-b"}]
    with pytest.raises(ValueError, match="max_new_tokens is 0"):
        handlers["tagline/ocr"]({**asked, "parameters": {"max_new_tokens": 0}})


@pytest.mark.parametrize("size", [(10_000, 2), (2, 10_000), (51, 1)])
def test_a_sliver_of_a_picture_is_refused(text: Any, size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at most 50 times as long as wide"):
        text(Image.new("RGB", size))
    assert text(Image.new("RGB", (50, 1))) == ""


def test_side_by_side_is_one_line(text: Any) -> None:
    line = photo("page.png").crop((0, 0, 384, 40))
    both = Image.new("RGB", (868, 40), "#c0c0c0")
    both.paste(line, (0, 0))
    both.paste(line, (484, 0))
    assert text(both) == "Region-based segmentation Region-based segmentation"


def test_downwards_is_read_too(text: Any) -> None:
    line = photo("page.png").crop((0, 0, 384, 40)).rotate(-90, expand=True)
    assert text(line) == "Region-based segmentation"


def test_every_word_has_its_place(handlers: Handlers) -> None:
    page = photo("page.png")
    found = handlers["tagline/ocr"].words(page)
    assert [word["text"] for word in found[: len(PAGE.split())]] == PAGE.split()
    assert [word["row"] for word in found[:6]] == [0, 0, 1, 1, 1, 1]
    for word in found:
        left, top, right, bottom = word["box"]
        assert 0 <= left < right <= page.width
        assert 0 <= top < bottom <= page.height
        assert 0.5 < word["score"] <= 1
    left, top, right, bottom = found[0]["box"]
    assert (left, right) == pytest.approx((8, 142), abs=4)  # "Region-based"
    assert (top, bottom) == pytest.approx((11, 33), abs=4)


def test_a_word_cut_out_by_its_box_reads_the_same(handlers: Handlers, text: Any) -> None:
    page = photo("page.png")
    found = handlers["tagline/ocr"].words(page)[:2]
    assert len(found) == 2
    for word in found:
        left, top, right, bottom = word["box"]
        assert text(page.crop((left - 3, top - 3, right + 3, bottom + 3))) == word["text"]


# digits-diffusion


@pytest.fixture(scope="module")
def draw(handlers: Handlers) -> Callable[..., Any]:
    return lambda inputs, **parameters: handlers["tagline/digits-diffusion"](
        {"inputs": inputs, "parameters": parameters}
    )


def same(one: Picture, other: Picture) -> bool:
    return one.tobytes() == other.tobytes()


def test_a_seed_draws_the_same_again_and_another_does_not(draw: Any) -> None:
    first, again, other = (draw("three", seed=seed) for seed in (1, 1, 2))
    assert same(first, again)
    assert not same(first, other)
    assert not same(draw("three"), draw("three"))


def close(one: Picture, other: Picture) -> bool:
    """Whether they differ by no more than what batches do to the last digit of a number."""
    difference = np.asarray(one, int) - np.asarray(other, int)
    return bool(np.abs(difference).max() <= 1)


@pytest.mark.parametrize("prompt", ["3", "Three", "the digit three.", "A handwritten 3"])
def test_ways_to_name_a_digit(draw: Any, prompt: str) -> None:
    assert same(draw(prompt, seed=7), draw("3", seed=7))


@pytest.mark.parametrize("prompt", ["", "a cat", "12", "3 or 5", "three cats", "-", "³"])
def test_anything_else_is_refused(draw: Any, prompt: str) -> None:
    with pytest.raises(ValueError, match="'3', 'three' or 'the digit three': 0 to 9"):
        draw(prompt)


def test_the_seed_alone_draws_any_digit(draw: Any) -> None:
    assert same(draw(5), draw(5))
    assert same(draw(5), draw(5, seed=5))
    assert not same(draw(5), draw(6))
    assert not same(draw(-1), draw(-1))
    assert close(draw(5, batch_size=2)[1], draw(6))
    with pytest.raises(ValueError, match="inputs is the seed 5, and the parameter seed is 6"):
        draw(5, seed=6)
    with pytest.raises(ValueError, match="inputs is -2: it must be a whole number from -1"):
        draw(-2)


def test_size_steps_guidance_and_number(draw: Any) -> None:
    usual = draw("3", seed=1)
    assert (usual.size, usual.mode) == ((128, 128), "RGB")
    assert draw("3", seed=1, width=80, height=40).size == (80, 40)
    assert not same(usual, draw("3", seed=1, num_inference_steps=5))
    assert not same(usual, draw("3", seed=1, guidance_scale=1))
    first, second, third = draw("3", seed=1, num_images_per_prompt=3)
    assert not same(second, third)
    assert close(first, usual)
    assert close(third, draw("3", seed=3))


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": -1},
        {"num_inference_steps": 0},
        {"num_inference_steps": 1.5},
        {"guidance_scale": 21},
        {"num_images_per_prompt": 9},
        {"batch_size": 0},
        {"width": 4},
        {"height": 2000},
        {"negative_prompt": "blurred"},
    ],
)
def test_impossible_wishes(draw: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        draw("3", **wrong)
