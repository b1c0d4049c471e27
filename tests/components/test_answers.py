"""Answers about pictures, as the page draws them."""

import re
from pathlib import Path
from typing import Any

import pytest

from components.views import answers
from pipelines.forms import Picture, QuestionAndPicture
from pipelines.kinds.outputs import Guesses, Places, Ranks, output_kind
from pipelines.media import Picture as Encoded
from pipelines.tasks.text_ranking import TASK as RANKING
from pipelines.tasks.visual_document_retrieval import QueryAndPages
from tests.components.test_views import EVIL, visible
from tests.pipelines.media import saved
from tests.zoo.seen import scene

PIXELS = 1_000_000
PAGE = Encoded(saved(scene(200, 100)), PIXELS)
ASKED = QuestionAndPicture.model_construct(question="What?", image=PAGE)
BOX = {"xmin": 10, "ymin": 20, "xmax": 29, "ymax": 39}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))


def places(*found: Any) -> str:
    return answers.places(list(found), ASKED, output_kind(Places))


def test_an_answer_is_framed_where_it_stands() -> None:
    html = places(
        {"answer": "US-001", "score": 0.9, "start": 3, "end": 4, "boxes": [BOX, BOX]},
        {"answer": "US-002", "score": 0.1, "start": 8, "end": 8, "boxes": [{**BOX, "xmin": 0}]},
    )
    assert 'viewBox="0 0 200 100"' in html
    assert html.count('<rect x="10" y="20" width="20" height="20"') == 2
    assert html.index('x="0" y="20"') < html.index('x="10" y="20"')  # the best is on top
    assert visible(html).split("Score")[0].strip() == ""
    assert html.count('<g class="mark" data-colour="0" data-row="0" data-score="0.9">') == 2
    assert re.findall(r"US-00\d|0\.\d00", html)[-4:] == ["US-001", "0.900", "US-002", "0.100"]


def test_an_answer_without_a_place_is_listed() -> None:
    html = places({"answer": "42", "score": 0.5}, {"answer": "", "score": 0.2, "boxes": []})
    assert "rect" not in html
    assert visible(html).endswith("42 0.500 no answer 0.200")
    assert "Nothing was found" in visible(places())


def test_guesses_are_bars_where_they_have_scores() -> None:
    kind = output_kind(Guesses)
    some = [{"answer": "cat", "score": 0.75}, {"answer": "", "score": 0.1}]
    assert visible(answers.guesses(some, ASKED, kind)) == "cat 0.750 no answer 0.100"
    bare = answers.guesses([{"answer": "a cat"}], ASKED, kind)
    assert visible(bare) == "a cat"
    assert "<ul" not in bare


def test_a_callers_markup_stays_text() -> None:
    for score in ({}, {"score": 0.5}):
        drawn = answers.guesses([{"answer": EVIL, **score}], ASKED, output_kind(Guesses))
        assert EVIL not in drawn + places({"answer": EVIL, **score})


def test_pictures_are_shown_in_their_order() -> None:
    pages = [Encoded(saved(scene(turn=at)), PIXELS) for at in range(3)]
    inputs = QueryAndPages.model_construct(query="fox", images=pages)
    found = [{"index": 2, "score": 15.5}, {"index": 0, "score": -1.25}]
    html = answers.ranks(found, inputs, output_kind(Ranks))
    assert visible(html) == "1. picture 3 15.500 2. picture 1 -1.250"
    sources = re.findall(r'<img src="gradio_api/file=([^"]+)"', html)
    assert [Path(each).read_bytes() for each in sources] == [pages[2].data, pages[0].data]


def test_texts_are_ranked_as_bars() -> None:
    example = RANKING.examples()[0]
    inputs = RANKING.inputs.model_validate(example)
    html = answers.ranks([{"index": 0, "score": 0.5}], inputs, output_kind(Ranks))
    assert html.startswith('<ul class="bars">')


def test_a_picture_alone_has_no_list() -> None:
    inputs = Picture.model_construct(image=PAGE)
    assert "<svg" in answers.places([], inputs, output_kind(Places))
