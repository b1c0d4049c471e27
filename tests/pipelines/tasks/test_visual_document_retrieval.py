"""Pages in the order of how well they answer."""

from dataclasses import replace
from typing import Any

import pytest

from pipelines.errors import BrokenModel, InvalidInput
from pipelines.loaders import retrieving
from pipelines.registry import TASKS
from pipelines.settings import Limits
from tests.pipelines.fakes import HARDWARE
from tests.zoo import sentence_similarity
from tests.zoo import visual_document_retrieval as zoo
from tests.zoo.cage import Cage
from tests.zoo.seen import encoded, scene

COLPALI, COLQWEN2, SEVERAL, CLIP = zoo.TINY
EVERY = pytest.mark.parametrize("tiny", zoo.TINY, ids=lambda tiny: tiny.architecture)
TASK = TASKS["visual-document-retrieval"]
INPUTS: dict[str, Any] = dict(zoo.BODY["inputs"])


@EVERY
def test_the_order_of_the_pictures_does_not_matter(cage: Cage, tiny: Any) -> None:
    found = {each["index"]: each["score"] for each in cage.answer(tiny, INPUTS)}
    turned = cage.answer(tiny, {**INPUTS, "images": INPUTS["images"][::-1]})
    assert {2 - each["index"]: each["score"] for each in turned} == pytest.approx(found, rel=1e-4)
    (alone,) = cage.answer(tiny, {**INPUTS, "images": INPUTS["images"][1:2]})
    assert alone["score"] == pytest.approx(found[1], rel=1e-4)


@EVERY
def test_the_query_matters(cage: Cage, tiny: Any) -> None:
    assert cage.answer(tiny, INPUTS) != cage.answer(tiny, {**INPUTS, "query": "a lazy dog"})


@EVERY
def test_top_k(cage: Cage, tiny: Any) -> None:
    assert cage.answer(tiny, INPUTS, top_k=2) == cage.answer(tiny, INPUTS)[:2]
    assert cage.answer(tiny, INPUTS, top_k=1000) == cage.answer(tiny, INPUTS)


@pytest.mark.parametrize(
    ("inputs", "name"),
    [
        ({"query": "x", "images": []}, "images"),
        ({"query": "x", "images": encoded(scene())}, "images"),
        ({"query": " ", "images": [encoded(scene())]}, "query"),
        ({"query": "x", "images": [encoded(scene()), "bm8="]}, "images.1"),
        ({"query": "x"}, "images"),
        (encoded(scene()), "images"),
    ],
)
def test_bad_inputs_are_refused_by_name(inputs: Any, name: str) -> None:
    with pytest.raises(InvalidInput, match=name):
        TASK.read({"inputs": inputs}, Limits())


def test_a_query_longer_than_the_model_reads_is_refused(cage: Cage) -> None:
    with pytest.raises(InvalidInput, match=r"inputs\.query: has [\d,]+ tokens"):
        cage.answer(COLPALI, {**INPUTS, "query": "fox " * 500})


def test_a_line_of_pixels_is_no_page(cage: Cage) -> None:
    with pytest.raises(InvalidInput, match="cannot see a picture"):
        cage.answer(COLPALI, {**INPUTS, "images": [encoded(scene(1, 400))]})


def test_an_embedder_of_texts_alone_is_refused(cage: Cage) -> None:
    texts = next(t for t in sentence_similarity.TINY if TASKS[t.tag].accepts(cage.built(t)))
    model = replace(cage.built(texts), tag=TASK.tag, library="sentence-transformers")
    with pytest.raises(BrokenModel, match="no pictures"):
        retrieving.load_embedder(model, HARDWARE)
