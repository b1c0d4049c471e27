"""A server whose chat model goes by a faster way: what its callers notice of it, and what not."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines import registry
from pipelines.acceleration import proof_of_writing, prove
from pipelines.acceleration.decision import folder
from pipelines.acceleration.questions import questions
from pipelines.hardware import detect
from pipelines.models.resolve import Models
from pipelines.probe import probe
from pipelines.settings import Settings
from tests.api.wire import SECONDS
from tests.conftest import CHATTER, STARTERS, Server

WAY = "openvino-bf16"
PATIENCE = 200  # seconds until it is taken, on a machine that does much else
BACKEND = "x-compute-backend"
FRANCE = "What is the capital of France?"
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.timeout(PATIENCE + 200),
]  # of tracing


def body(question: str = FRANCE, **said: Any) -> dict[str, Any]:
    turns = [{"role": "user", "content": question}]
    return {"model": CHATTER, "messages": turns, "max_tokens": 16, "temperature": 0, **said}


def asked(server: Server, **said: Any) -> httpx.Response:
    url = server.url + "/v1/chat/completions"
    answer = httpx.post(url, json=body(**said), timeout=SECONDS)
    assert answer.status_code == 200, answer.text
    return answer


def words(answer: httpx.Response) -> str:
    return str(answer.json()["choices"][0]["message"]["content"])


def proven(home: Path) -> None:
    """What the server would find out by itself, at the lowest priority: on a machine that does much
    else that takes minutes, and how fast the way is there is no matter of a test."""
    settings = Settings(host="127.0.0.1", starters_dir=STARTERS, offline=True)
    model, hardware = Models(settings, Path("/none")).find(CHATTER), detect(probe())
    task = registry.get("conversational")
    place = folder(home / "acceleration", task, model, hardware) / WAY
    rows = questions(task, model)[:1]
    pipe = task.loader(model)(model, hardware)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prove, "WORTH", 0.0)
        for name, few in {"PROMPTS": 1, "TOKENS": 8, "TIMED": 4, "ROUNDS": 1}.items():
            patch.setattr(proof_of_writing, name, few)
        found = prove.prove(pipe, task, rows, task.params(), hardware, place, wanted=WAY)
    assert found.name == WAY, found


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("quick")
    proven(home / "home")
    running = Server(home, TAGLINE_ACCELERATION=WAY).wait()
    assert BACKEND not in asked(running).headers  # the first waits for nothing
    until = time.monotonic() + PATIENCE
    while BACKEND not in asked(running).headers:
        assert time.monotonic() < until
        time.sleep(0.5)
    yield running
    running.stop()


def test_it_says_by_what_and_how_far(quick: Server) -> None:
    answer = asked(quick)
    assert answer.headers[BACKEND].startswith("OpenVINO bf16, ")
    assert answer.headers[BACKEND].endswith(" % of tokens the same")
    assert words(answer) == "The capital of France is Paris."
    assert answer.json()["usage"]["completion_tokens"] == 8


def test_what_torch_did_is_told_as_such(quick: Server) -> None:
    answer = asked(quick, logprobs=True, top_logprobs=2)
    assert BACKEND not in answer.headers
    assert words(answer) == "The capital of France is Paris."
    assert BACKEND in asked(quick).headers


def streamed(server: Server, number: int) -> tuple[list[float], str]:
    """When the pieces of an answer came, and all of them."""
    said = body(f"Write a story about {number} foxes.", stream=True, max_tokens=40)
    times, text = [], ""
    url = server.url + "/v1/chat/completions"
    with httpx.stream("POST", url, json=said, timeout=SECONDS) as got:
        for line in got.iter_lines():
            if line.startswith("data: {"):
                times.append(time.monotonic())
                text += json.loads(line[6:])["choices"][0]["delta"].get("content") or ""
    return times, text


def test_several_are_answered_beside_each_other(quick: Server) -> None:
    with ThreadPoolExecutor(4) as several:
        found = list(several.map(lambda number: streamed(quick, number), range(2, 6)))
    latest_first = max(times[0] for times, _ in found)
    assert latest_first < min(times[-1] for times, _ in found)  # all had begun before one ended
    assert all(text for _, text in found)


def test_who_hangs_up_stops_it_and_nobody_else(quick: Server) -> None:
    url = quick.url + "/v1/chat/completions"
    said = body("Tell me a very long story.", stream=True, max_tokens=4000)
    with httpx.stream("POST", url, json=said, timeout=SECONDS) as got:
        next(got.iter_lines())
    status = f"{quick.url}/status/{CHATTER}"
    until = time.monotonic() + SECONDS
    while (now := httpx.get(status).json()["status"])["state"] == "busy":
        assert time.monotonic() < until
        time.sleep(0.05)
    assert now["crashes"] == 0
    assert BACKEND in asked(quick).headers  # the same process goes on
