"""A page is read by the model on board where a caller sends no words."""

import base64
from pathlib import Path

import httpx
import pytest

from tests.api.wire import SECONDS, error_of
from tests.conftest import SAMPLES, Serve
from tests.zoo.document_question_answering import TINY

LAYOUTLM = TINY[0]
PAGE = SAMPLES / "page.png"
WIDTH = 384  # pixels of it


@pytest.fixture
def models(tmp_path: Path) -> str:
    LAYOUTLM.build(tmp_path / "models" / "tiny" / "layoutlm")
    return str(tmp_path / "models")


def ask(url: str) -> httpx.Response:
    """As the real client does."""
    picture = base64.b64encode(PAGE.read_bytes()).decode()
    body = {"inputs": {"question": "What?", "image": picture}, "parameters": {"top_k": 3}}
    return httpx.post(f"{url}/models/tiny/layoutlm", json=body, timeout=SECONDS)


def test_the_model_on_board_reads_the_page(serve: Serve, models: str) -> None:
    found = ask(serve(TAGLINE_MODELS_DIR=models).wait().url)
    assert found.status_code == 200, found.text
    answers = found.json()
    assert len(answers) == 3
    for each in answers:
        assert each["answer"]
        assert len(each["boxes"]) == each["end"] - each["start"] + 1
        assert all(0 <= box["xmin"] < box["xmax"] < WIDTH for box in each["boxes"])


def test_without_it_the_answer_says_what_to_do(serve: Serve, models: str, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    server = serve(
        TAGLINE_MODELS_DIR=models, TAGLINE_STARTERS_DIR=str(tmp_path / "none"), PATH="/nowhere"
    ).wait()
    error_of(ask(server.url), 422, "word_boxes", "make setup")
