"""Models that cannot be served: each says why, and the server goes on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.api.folders import BROKEN, build
from tests.api.wire import CAT, error_of, post, still_answers
from tests.conftest import Server


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose own folder holds nothing but broken models, beside those on board."""
    root = tmp_path_factory.mktemp("broken")
    build(root / "models")
    running = Server(root, TAGLINE_MODELS_DIR=str(root / "models")).wait()
    yield running
    running.stop()


@pytest.mark.parametrize("make", BROKEN, ids=lambda make: make.__name__)
def test_a_model_that_cannot_be_loaded(broken: Server, make: Callable[[Path], None]) -> None:
    status, words = BROKEN[make]
    is_picture = make.__name__ == "missing_package"
    body = {"content": CAT.read_bytes()} if is_picture else {"json": {"inputs": "Hello"}}
    for _ in range(2):  # the second call must not find a half-loaded model
        answer = post(broken, f"/models/acme/{make.__name__}", **body)
        sentence = error_of(answer, status, f"acme/{make.__name__}", *words)
        assert str(broken.log.parent) not in sentence
    still_answers(broken)


def test_broken_models_are_listed_and_break_no_list(broken: Server) -> None:
    import httpx

    found = httpx.get(f"{broken.url}/v1/models", timeout=60).json()["data"]
    assert {f"acme/{make.__name__}" for make in BROKEN} <= {model["id"] for model in found}


def test_the_code_of_a_repository_never_ran(broken: Server) -> None:
    assert "this code must never run" not in broken.log.read_text()
    assert broken.process.poll() is None
