"""What is measured: Tagline, and the same work written by hand. All give the same answer."""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from benchmarks.peers import SENTENCES, SOURCE
from benchmarks.process import free_port, running, serve
from starters.__main__ import default_folder

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
SCORES = (0.5197, -0.0574)  # of SENTENCES, by sentence-transformers in float32
TOLERANCE = 0.02
PATIENCE = 180  # seconds for one measurement
PAGE, ANSWER = "first page", "first answer"

Times = Mapping[str, float]  # metric -> seconds since the process was started
Ask = Callable[[httpx.Client], Any]


def tagline(home: Path) -> Times:
    """The app as it is, asked over HTTP as soon as its page answers."""
    body = {"inputs": {"source_sentence": SOURCE, "sentences": list(SENTENCES)}}

    def ask(client: httpx.Client) -> Any:
        return client.post(f"/models/{MODEL}", json=body).raise_for_status().json()

    port = free_port()
    return page_and_answer(home, port, serve(port), ask)


def gradio_page(home: Path) -> Times:
    """A page by hand, asked through the endpoint that Gradio gives it."""

    def ask(client: httpx.Client) -> Any:
        data = {"data": [SOURCE, "\n".join(SENTENCES)]}
        call = client.post("/gradio_api/call/compare", json=data).raise_for_status().json()
        events = client.get(f"/gradio_api/call/compare/{call['event_id']}").text
        return json.loads(re.findall(r"^data: (.*)$", events, re.MULTILINE)[-1])[0]

    port = free_port()
    return page_and_answer(home, port, (*script("gradio"), str(port)), ask)


def page_and_answer(home: Path, port: int, command: Sequence[str], ask: Ask) -> Times:
    """Starts a server; the page counts when `/` answers 200, then one prediction is asked for."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
        start = time.perf_counter()
        with running(home, *command) as process:
            while not is_up(client):
                if process.poll() is not None or time.perf_counter() - start > PATIENCE:
                    raise RuntimeError(f"No page came:\n{(home / 'log').read_text()[-2000:]}")
                time.sleep(0.01)
            page = time.perf_counter() - start
            scores = ask(client)
            answer = time.perf_counter() - start
    check(scores)
    return {PAGE: page, ANSWER: answer}


def is_up(client: httpx.Client) -> bool:
    try:
        return client.get("/").status_code == 200
    except httpx.TransportError:
        return False


def bare(home: Path, name: str) -> Times:
    """A script without a page: import, load, one answer."""
    start = time.perf_counter()
    with running(home, *script(name)) as process:
        assert process.stdout
        line = process.stdout.readline()
        answer = time.perf_counter() - start
    check(json.loads(line or "[]"))
    return {ANSWER: answer}


def script(name: str) -> Sequence[str]:
    return ("-m", "benchmarks.peers", name, str(default_folder() / MODEL))


def check(scores: list[float]) -> None:
    """Raises RuntimeError unless these are the model's scores."""
    near = [abs(a - b) < TOLERANCE for a, b in zip(scores, SCORES, strict=False)]
    if len(scores) != len(SCORES) or not all(near):
        raise RuntimeError(f"The answer should be about {list(SCORES)}, but it is {scores}.")


OURS = "Tagline: page, API, all tasks"
SUBJECTS: Mapping[str, Callable[[Path], Times]] = {
    OURS: tagline,
    "Gradio page with sentence-transformers": gradio_page,
    "sentence-transformers script": partial(bare, name="sentence-transformers"),
    "transformers script": partial(bare, name="transformers"),
}
