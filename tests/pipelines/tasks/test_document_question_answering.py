"""Answers on a page: by words and their places, or by the page alone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipelines.errors import InvalidInput, MissingPackage
from pipelines.loaders import ocr, pages
from pipelines.notices import heard
from pipelines.registry import TASKS
from pipelines.settings import Limits, library_environment, read
from tests.pipelines.fakes import HARDWARE
from tests.zoo import document_question_answering as zoo
from tests.zoo import image_to_text
from tests.zoo.cage import Cage
from tests.zoo.document_question_answering import INPUTS, OPTIONS, WORD_BOXES
from tests.zoo.seen import encoded, scene

LAYOUTLM, LAYOUTLMV3, DONUT = zoo.TINY
READERS = pytest.mark.parametrize("tiny", [LAYOUTLM, LAYOUTLMV3], ids=lambda t: t.architecture)
TASK = TASKS["document-question-answering"]
# A model on board that knows what the scene says
HANDLER = """
class EndpointHandler:
    def __init__(self, path=""):
        total, due = ("Total", (10, 10, 30, 20)), ("due", (32, 10, 60, 20))
        self.known = (total, due, ("42", (10, 30, 40, 40)))

    def words(self, picture):
        assert picture.size == (200, 100), picture.size
        return [{"text": t, "box": box, "score": 0.9, "row": 0} for t, box in self.known]
"""


@pytest.fixture(autouse=True)
def nothing_to_read_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "which", lambda name: None)
    monkeypatch.delenv(ocr.FOLDER, raising=False)


@pytest.fixture
def on_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "handler.py").write_text(HANDLER, encoding="utf-8")
    monkeypatch.setenv(ocr.FOLDER, str(tmp_path))


@READERS
def test_every_answer_is_there_once_with_the_pixels_of_its_words(cage: Cage, tiny: Any) -> None:
    found = cage.answer(tiny, INPUTS, word_boxes=WORD_BOXES, top_k=16)
    spans = [(each["start"], each["end"]) for each in found]
    assert len(set(spans)) == len(spans) == 15  # all there are of five words
    assert [each["score"] for each in found] == sorted((e["score"] for e in found), reverse=True)
    for each in found:
        words = WORD_BOXES[each["start"] : each["end"] + 1]
        assert each["answer"] == " ".join(text for text, _ in words)
        assert each["boxes"] == [zoo.pixels(box) for _, box in words]


def test_words_in_turn_are_pairs_of_them() -> None:
    flat = [part for pair in WORD_BOXES for part in pair]
    pairs, turns = (
        TASK.read({"inputs": INPUTS, "parameters": {"word_boxes": boxes}}, Limits()).params
        for boxes in (WORD_BOXES, flat)
    )
    assert pairs == turns


@pytest.mark.parametrize(
    "boxes",
    [
        [],
        "words",
        [["a"]],
        [["a", [0, 0, 10]]],
        [["a", [0, 0, 10, 1001]]],
        [["a", [-1, 0, 10, 10]]],
        [[" ", [0, 0, 10, 10]]],
        [["a", [0, 0, 10, float("nan")]]],
        ["a", [0, 0, 1, 1], "b"],
    ],
)
def test_bad_words_are_refused_by_name(boxes: Any) -> None:
    with pytest.raises(InvalidInput, match="word_boxes"):
        TASK.read({"inputs": INPUTS, "parameters": {"word_boxes": boxes}}, Limits())


def test_a_box_that_ends_before_it_begins(cage: Cage) -> None:
    with pytest.raises(InvalidInput, match="'fox' ends before it begins"):
        cage.answer(LAYOUTLM, INPUTS, word_boxes=[["fox", [10, 10, 5, 20]]])


@READERS
def test_a_long_page_is_read_in_windows(cage: Cage, tiny: Any) -> None:
    many = [[f"w{at}", [at, at, at + 5, at + 5]] for at in range(120)]
    found = cage.answer(tiny, INPUTS, word_boxes=many, top_k=16, max_answer_len=3)
    assert len({(each["start"], each["end"]) for each in found}) == 16
    other = cage.answer(tiny, INPUTS, word_boxes=many, top_k=16, max_seq_len=40, doc_stride=5)
    assert max(each["end"] for each in other) < 120
    with pytest.raises(InvalidInput, match="max_seq_len"):
        cage.answer(tiny, INPUTS, word_boxes=many, max_seq_len=65)
    with pytest.raises(InvalidInput, match="doc_stride"):
        cage.answer(tiny, INPUTS, word_boxes=many, doc_stride=60)


@READERS
def test_no_answer_may_be_one(cage: Cage, tiny: Any) -> None:
    found = cage.answer(
        tiny, INPUTS, word_boxes=WORD_BOXES, top_k=16, handle_impossible_answer=True
    )
    (none,) = [each for each in found if not each["answer"]]
    assert (none["start"], none["end"], none["boxes"]) == (0, 0, [])
    assert 0 < none["score"] < 1


@READERS
def test_a_long_question_is_cut_and_told(cage: Cage, tiny: Any) -> None:
    said: list[str] = []
    with heard(said.append):
        cage.answer(tiny, {**INPUTS, "question": "what " * 100}, word_boxes=WORD_BOXES)
    assert said == [
        "inputs.question is longer than the 32 tokens that this model reads; the rest was left out."
    ]


def test_only_version_three_sees_the_page(cage: Cage) -> None:
    other = {**INPUTS, "image": encoded(scene(200, 100, turn=3))}
    for tiny, sees in ((LAYOUTLM, False), (LAYOUTLMV3, True)):
        first = cage.answer(tiny, INPUTS, word_boxes=WORD_BOXES)
        assert (first != cage.answer(tiny, other, word_boxes=WORD_BOXES)) is sees


# Finding the words -----------------------------------------------------------------------------


def test_without_words_and_without_a_reader_it_says_what_to_do(cage: Cage) -> None:
    with pytest.raises(MissingPackage) as caught:
        cage.answer(LAYOUTLM, INPUTS)
    for way in ("word_boxes", "pytesseract", "make setup"):
        assert way in str(caught.value)


@pytest.mark.usefixtures("on_board")
def test_the_model_on_board_finds_the_words(cage: Cage) -> None:
    found = cage.answer(LAYOUTLM, INPUTS, top_k=16)
    assert {each["answer"] for each in found} >= {"Total", "due", "42", "Total due"}
    boxes = {each["answer"]: each["boxes"] for each in found}
    assert boxes["42"] == [{"xmin": 10, "ymin": 30, "xmax": 40, "ymax": 40}]
    sent = [["Total", [50, 100, 150, 200]], ["due", [160, 100, 300, 200]],
            ["42", [50, 300, 200, 400]]]  # fmt: skip
    assert found == cage.answer(LAYOUTLM, INPUTS, top_k=16, word_boxes=sent)
    with pytest.raises(InvalidInput, match="lang"):
        cage.answer(LAYOUTLM, INPUTS, lang="deu")


def test_a_page_without_words_has_no_answer(cage: Cage, monkeypatch: pytest.MonkeyPatch) -> None:
    class Blind:
        def words(self, picture: Image.Image) -> list[dict[str, Any]]:
            return [{"text": " ", "box": (0, 0, 5, 5), "score": 0.1}]

    monkeypatch.setenv(ocr.FOLDER, "somewhere")
    monkeypatch.setattr(ocr, "reader", lambda folder: Blind())
    said: list[str] = []
    with heard(said.append):
        assert cage.answer(LAYOUTLM, INPUTS) == []
    assert said == ["No words were found on this page."]


def test_tesseract_comes_first_where_it_is_installed(
    cage: Cage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Itself it is not installed where this is tested."""
    asked: list[str | None] = []

    def found(picture: Image.Image, lang: str | None) -> Any:
        asked.append(lang)
        return iter([("Hallo", (0, 0, 100, 50)), ("Welt", (100, 0, 200, 50))])

    monkeypatch.setattr(ocr, "find_spec", lambda name: True)
    monkeypatch.setattr(ocr, "which", lambda name: "/usr/bin/tesseract")
    monkeypatch.setattr(ocr, "by_tesseract", found)
    answers = cage.answer(LAYOUTLM, INPUTS, top_k=3, lang="deu")
    assert asked == ["deu"]
    assert {each["answer"] for each in answers} == {"Hallo", "Welt", "Hallo Welt"}


def test_a_language_where_nothing_is_read(cage: Cage) -> None:
    with pytest.raises(InvalidInput, match="lang"):
        cage.answer(LAYOUTLM, INPUTS, word_boxes=WORD_BOXES, lang="eng")


def test_boxes_beyond_the_page_are_clipped() -> None:
    assert ocr.thousandths((-5, 0, 300, 50), (200, 100)) == (0, 0, 1000, 500)


def test_workers_learn_where_the_model_on_board_is(tmp_path: Path) -> None:
    settings = read(["--starters-dir", str(tmp_path)])
    assert ocr.FOLDER not in library_environment(settings)
    folder = tmp_path / "tagline" / "ocr"
    folder.mkdir(parents=True)
    (folder / "handler.py").write_text(HANDLER, encoding="utf-8")
    assert library_environment(settings)[ocr.FOLDER] == str(folder)


# Donut, and what is refused --------------------------------------------------------------------


def test_donut_writes_several_answers_best_first(cage: Cage) -> None:
    found = cage.answer(DONUT, INPUTS, top_k=3, max_answer_len=3)
    assert len(found) == 3
    scores = [each["score"] for each in found]
    assert scores == sorted(scores, reverse=True)
    assert all(each.keys() == {"answer", "score"} for each in found)
    assert cage.answer(DONUT, INPUTS)  # as long as there are places


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("word_boxes", WORD_BOXES),
        ("lang", "eng"),
        ("doc_stride", 8),
        ("max_seq_len", 32),
        ("handle_impossible_answer", True),
    ],
)
def test_donut_refuses_what_only_readers_do(cage: Cage, name: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=f"parameters.{name}"):
        cage.answer(DONUT, INPUTS, **{name: value})


def test_donuts_own_marks_in_a_question_are_no_marks(cage: Cage) -> None:
    plain = cage.answer(DONUT, {**INPUTS, "question": "What   jumps?"}, max_answer_len=2)
    marks = cage.answer(DONUT, {**INPUTS, "question": "What </s_question> jumps?"},
                        max_answer_len=2)  # fmt: skip
    assert plain == marks


def test_a_question_too_long_for_donut_is_cut_and_told(cage: Cage) -> None:
    said: list[str] = []
    with heard(said.append):
        assert cage.answer(DONUT, {**INPUTS, "question": "what " * 100}, max_answer_len=2)
    assert len(said) == 1
    assert said[0].startswith("inputs.question is longer than the ")


def test_version_two_names_the_package_that_it_needs(cage: Cage) -> None:
    config = {"model_type": "layoutlmv2"}
    model = replace(
        cage.built(LAYOUTLM), config=config, architectures=("LayoutLMv2ForQuestionAnswering",)
    )
    assert TASK.accepts(model)
    with pytest.raises(MissingPackage, match="detectron2"):
        pages.load(model, HARDWARE)


def test_a_captioner_is_no_reader_of_pages(cage: Cage) -> None:
    captioner = next(tiny for tiny in image_to_text.TINY if "GPT2" in tiny.architecture)
    assert not TASK.accepts(replace(cage.built(captioner), tag=TASK.tag))


@READERS
def test_several_questions_are_answered_as_each_alone(cage: Cage, tiny: Any) -> None:
    other = {**INPUTS, "question": "Why is the fox quick?"}
    both = cage.answer(tiny, [INPUTS, other], **OPTIONS)
    assert both == [cage.answer(tiny, INPUTS, **OPTIONS), cage.answer(tiny, other, **OPTIONS)]
