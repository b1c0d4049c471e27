"""What the tests of the HTTP face share: addresses, good calls, and what an error must be."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
from huggingface_hub import InferenceClient

from pipelines.models.resolve import Models
from pipelines.settings import Settings
from tests.conftest import EMBEDDER, ROOT, SAMPLES, STARTERS, Server

SECONDS = 120  # a machine under load; nothing is asserted of it
CAT = SAMPLES / "cat.jpg"
SPEECH = SAMPLES / "speech.flac"
FLOWERS: dict[str, list[Any]] = {
    "sepal length (cm)": [5.1, 6.7],
    "sepal width (cm)": [3.5, 3.1],
    "petal length (cm)": [1.4, 5.6],
    "petal width (cm)": [0.2, 2.4],
}
# What an error never shows: places on the server's disk, and Python's own words.
PRIVATE = (str(ROOT), str(STARTERS), str(Path.home()), "Traceback", 'File "', "site-packages")


def on_board() -> Models:
    """The models that the server has, seen from here."""
    settings = Settings(host="127.0.0.1", starters_dir=STARTERS, offline=True)
    return Models(settings, STARTERS / "no cache")


def model_url(server: Server, model: str, prefix: str = "/models") -> str:
    return f"{server.url}{prefix}/{model}"


def hugging_face(server: Server, model: str) -> InferenceClient:
    """The real client as a user makes it: with the model's address."""
    return InferenceClient(model=model_url(server, model), timeout=SECONDS)


def post(server: Server, path: str, **request: Any) -> httpx.Response:
    return httpx.post(server.url + path, timeout=SECONDS, **request)


def error_of(response: httpx.Response, status: int, *words: str) -> str:
    """The sentence of a failed answer: JSON, an object, and nothing private in it."""
    assert response.status_code == status, response.text[:500]
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert body.keys() <= {"error", "error_type"}
    check_sentence(body["error"], words)
    return str(body["error"])


def check_sentence(text: Any, words: Iterable[str] = ()) -> None:
    assert isinstance(text, str)
    assert 0 < len(text) <= 4_000
    for word in words:
        assert word in text
    for secret in PRIVATE:
        assert secret not in text


def still_answers(server: Server) -> None:
    """A good call, after whatever a test has done."""
    answer = post(server, f"/models/{EMBEDDER}", json={"inputs": "Still there?"})
    assert answer.status_code == 200
    assert len(answer.json()) == 384


def until(true: Callable[[], bool]) -> None:
    """Waits for what the server does meanwhile."""
    late = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < late
        time.sleep(0.002)
