"""The log: one line per request, an id in each, and nowhere a word of what callers sent."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file

from pipelines.logs import formatter
from tests.api.seen import ODD, lines, start, until
from tests.api.wire import CAT, SECONDS, post
from tests.conftest import CHATTER, EMBEDDER, SEER, Server
from tests.pipelines.media import blank_png

MARK = "Xylophon1"  # stands in every part of what is sent
FORMATS = {"text": (), "json": ("--log-format", "json")}


@pytest.fixture(scope="module", params=list(FORMATS))
def told(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server to which everything was sent, and that has ended since."""
    folder = tmp_path_factory.mktemp(request.param)
    running = start(folder, *FORMATS[request.param])
    try:
        say_everything(running, folder)
    finally:
        running.stop()
    return running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start(tmp_path_factory.mktemp("lines"), "--log-format", "json")
    yield running
    running.stop()


# Nobody's words --------------------------------------------------------------------------------


def say_everything(server: Server, folder: Path) -> None:
    """Puts the mark wherever a request has room for it; some of it succeeds, most of it fails."""
    embed, seer, odd = (f"/models/{name}" for name in (EMBEDDER, SEER, ODD))
    expected = [
        (200, post(server, embed, json={"inputs": MARK})),
        (404, post(server, f"/models/org/{MARK}", json={"inputs": MARK})),
        (404, post(server, f"{embed}/pipeline/{MARK}", json={"inputs": MARK})),
        (404, httpx.get(f"{server.url}/{MARK}?{MARK}={MARK}", timeout=SECONDS)),
        (404, httpx.get(f"{server.url}/v1/{MARK}", timeout=SECONDS)),
        (405, httpx.request(MARK.upper(), server.url + embed, timeout=SECONDS)),
        (422, post(server, f"{embed}?{MARK}={MARK}", json={"inputs": MARK})),
        (422, post(server, embed, json={"inputs": MARK, "parameters": {MARK: MARK}})),
        (422, post(server, embed, json={"inputs": {MARK: MARK}})),
        (400, post(server, embed, content=f'{{"inputs": {MARK}')),
        (422, post(server, seer, content=MARK.encode())),
        (422, post(server, seer, files={MARK: (f"{MARK}.png", MARK.encode(), f"{MARK}/x")})),
        (200, post(server, seer, files={MARK: (f"{MARK}.jpg", CAT.read_bytes())})),
        (413, post(server, embed, content=MARK.encode() * 6_000_000)),
        (500, post(server, odd, json={"inputs": f"fail {MARK}"})),
        (200, post(server, odd, json={"inputs": MARK})),
        (502, post(server, odd, json={"inputs": f"die {MARK}"})),
        (422, post(server, embed, json={}, headers={"x-scale-up-timeout": MARK})),
        (422, post(server, "/v1/chat/completions", json={"messages": [{"role": MARK}]})),
        (200, post(server, embed, json={"inputs": "x"}, headers=everywhere())),
    ]
    for status, answer in expected:
        assert answer.status_code == status, (status, answer.url, answer.text[:300])
    stream(server)
    ask_gradio(server, folder)


def everywhere() -> dict[str, str]:
    """Headers that say the mark, and no request id: that one is meant to be logged."""
    plain = ("cookie", "user-agent", "referer", "x-own", "x-hf-authorization", "x-forwarded-for")
    return dict.fromkeys(plain, MARK) | {"authorization": f"Bearer {MARK}", MARK: MARK}


def stream(server: Server) -> None:
    body = {"messages": [{"role": "user", "content": MARK}], "stream": True, "max_tokens": 4}
    path = f"/models/{CHATTER}/v1/chat/completions"
    assert post(server, path, json=body).status_code == 200


def ask_gradio(server: Server, folder: Path) -> None:
    """The page's own way: endpoints that succeed and fail, files, and bodies that are none."""
    file = folder / f"{MARK}.png"
    file.write_bytes(blank_png(64, 1))
    client = Client(server.url, verbose=False, httpx_kwargs={"timeout": SECONDS})
    asked: list[tuple[str, dict[str, Any]]] = [
        ("/feature_extraction", {"model": EMBEDDER, "text": MARK}),
        ("/feature_extraction", {"model": f"org/{MARK}", "text": MARK}),
        ("/feature_extraction", {"model": EMBEDDER, "text": "x", "truncation_direction": MARK}),
        ("/text_classification", {"model": ODD, "text": f"fail {MARK}"}),
        ("/image_classification", {"model": SEER, "image": handle_file(file)}),
        ("/image_classification", {"model": SEER, "image": {"path": f"/etc/{MARK}"}}),
    ]
    failed = []
    for name, given in asked:
        job = client.submit(api_name=name, **given)
        failed.append(job.exception(timeout=SECONDS) is not None)
    client.close()
    assert failed == [False, True, True, True, False, True]
    api = f"{server.url}/gradio_api"
    for path in (f"/call/{MARK}", "/call/feature_extraction", "/queue/join", "/run/predict"):
        for body in (MARK, f'{{"data": ["{MARK}"]}}', f'{{"data": ["{MARK}"], "fn_index": 1}}'):
            httpx.post(api + path, content=body, timeout=SECONDS)
    httpx.get(f"{api}/file={MARK}", timeout=SECONDS)
    httpx.post(f"{api}/upload", files={MARK: (MARK, MARK.encode())}, timeout=SECONDS)


def test_nothing_that_was_sent_is_in_the_log(told: Server) -> None:
    log = told.log.read_text()
    assert ODD in log  # it failed, and that is told
    assert MARK.lower() not in log.lower()


def test_an_exception_is_told_without_its_words(told: Server) -> None:
    log = told.log.read_text()
    assert "KeyError" in log
    assert "handler.py:" in log  # where it was raised


@pytest.mark.parametrize(
    "package", ["pipelines", "store", "runs", "endpoints", "api", "components"]
)
def test_what_we_say_has_its_values(package: str) -> None:
    record = logging.LogRecord(f"{package}.one", logging.WARNING, "", 0, "%s is", ("so",), None)
    assert "WARNING so is" in formatter("text").format(record)
    record = logging.LogRecord("library.one", logging.WARNING, "", 0, "%s is", ("so",), None)
    assert "WARNING %s is" in formatter("text").format(record)


def test_text_says_only_what_went_wrong(told: Server) -> None:
    log = told.log.read_text()
    if log.startswith("{"):
        assert all(line["level"] and line["timestamp"] for line in lines(told))
        return
    greeting, *rest = [line for line in log.splitlines() if not line.startswith("    ")]
    assert greeting == f"Tagline runs on {told.url}/"
    levels = [re.match(r"\S+Z (\w+) ", line) for line in rest]
    assert {found[1] for found in levels if found} == {"WARNING", "ERROR"}
    assert all(levels)


# Lines -----------------------------------------------------------------------------------------


def line_of(server: Server, request: str, event: str = "request") -> dict[str, Any]:
    """Waits for it: a request's line is written when its answer has been sent."""
    until(lambda: bool(lines_of(server, request, event)))
    (found,) = lines_of(server, request, event)
    return found


def lines_of(server: Server, request: str, event: str) -> list[dict[str, Any]]:
    known = [each for each in lines(server) if each.get("request_id") == request]
    return [each for each in known if each["event"] == event]


def test_a_request_is_one_line(server: Server) -> None:
    sent = {"x-request-id": "one-line"}
    answer = post(server, f"/models/{EMBEDDER}?truncate=true", json={"inputs": "x"}, headers=sent)
    assert answer.headers["x-request-id"] == "one-line"
    line = line_of(server, "one-line")
    assert re.fullmatch(r"address:[0-9a-f]{12}", line.pop("caller"))
    assert line.pop("seconds") >= line["queue_seconds"] + line["compute_seconds"] - 0.001
    assert line.pop("queue_seconds") > 0
    assert line.pop("compute_seconds") > 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request", "level": "info", "logger": "api.observe", "request_id": "one-line",
        "method": "POST", "route": "/models/{model_id:path}", "status": 200, "calls": 1,
        "task": "feature-extraction", "model": EMBEDDER, "outcome": "answered",
    }  # fmt: skip


def test_a_caller_is_the_same_in_all_his_lines_and_not_his_address(server: Server) -> None:
    for name in ("mine-1", "mine-2"):
        httpx.get(f"{server.url}/health", headers={"x-request-id": name}, timeout=SECONDS)
    first, second = line_of(server, "mine-1"), line_of(server, "mine-2")
    assert first["caller"] == second["caller"]
    assert "127.0.0.1" not in first["caller"]


@pytest.mark.parametrize(
    "path", ["/", "/health", "/nonesuch", "/gradio_api/info", "/theme.css", "/machine/", "/docs"]
)
def test_every_answer_has_the_id(server: Server, path: str) -> None:
    own = f"path-{path.strip('/')}"
    url, sent = server.url + path, {"x-request-id": own}
    answer = httpx.get(url, headers=sent, timeout=SECONDS)
    assert answer.headers.get_list("x-request-id") == [own]
    assert line_of(server, own)["status"] == answer.status_code
    new = {httpx.get(url, timeout=SECONDS).headers["x-request-id"] for _ in range(2)}
    assert len(new) == 2


@pytest.mark.parametrize("odd", ["a b", 'a"b', "a,b", "café", ""])
def test_an_id_that_could_pass_for_something_else(server: Server, odd: str) -> None:
    sent = [(b"x-request-id", odd.encode())]
    answer = httpx.get(f"{server.url}/health", headers=sent, timeout=SECONDS)
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


def test_what_a_worker_logs_bears_the_id(server: Server) -> None:
    post(server, f"/models/{ODD}", json={"inputs": "fail"}, headers={"x-request-id": "deep"})
    line = line_of(server, "deep", f"{ODD} failed on text-classification")
    assert line["logger"] == "pipelines.engine.failures"
    assert line["exception"][0] == "KeyError"
    assert line["exception"][-1].endswith("in __call__")
    assert line_of(server, "deep")["outcome"] == "failed"


def test_a_call_of_gradio_s_bears_the_id_of_the_request_that_brought_it(server: Server) -> None:
    sent = {"x-request-id": "by-gradio"}
    client = Client(server.url, verbose=False, headers=sent, httpx_kwargs={"timeout": SECONDS})
    job = client.submit(model=EMBEDDER, text="x", api_name="/feature_extraction")
    job.result(timeout=SECONDS)
    client.close()
    line = line_of(server, "by-gradio", "call")
    assert (line["task"], line["model"]) == ("feature-extraction", EMBEDDER)
    assert line["compute_seconds"] > 0


def test_models_come_and_go(server: Server) -> None:
    post(server, "/admin/load", json={"model": SEER})
    post(server, "/admin/unload", json={"model": SEER})
    seen = [each for each in lines(server) if each.get("model") == SEER]
    assert [each["event"] for each in seen] == ["loaded", "evicted"]
    assert seen[1]["reason"] == "unloaded by hand"


def test_a_process_that_ends_is_a_warning(server: Server) -> None:
    before = len(lines(server))
    post(server, f"/models/{ODD}", json={"inputs": "die"})
    said = [each for each in lines(server)[before:] if each["level"] == "warning"]
    died = [each for each in said if each["event"].startswith(f"The process of {ODD} (")]
    assert len(died) == 2  # the call was tried again


# Level debug -----------------------------------------------------------------------------------


def test_debug_tells_everything(tmp_path: Path) -> None:
    running = start(tmp_path, "--log-level", "debug")
    try:
        assert post(running, f"/models/{ODD}", json={"inputs": f"fail {MARK}"}).status_code == 500
    finally:
        running.stop()
    log = running.log.read_text()
    assert f"KeyError: 'fail {MARK}'" in log
    assert f"printed: fail {MARK}" in log
