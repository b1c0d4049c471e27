"""`python app.py` as a user, a shell and a container start it, and end it."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from components.launch import check_address
from tests.api.wire import FLOWERS, SECONDS, error_of, post
from tests.conftest import (
    CHATTER,
    EMBEDDER,
    IRIS,
    ROOT,
    START_SECONDS,
    STARTERS,
    Serve,
    Server,
    environment,
    free_port,
)

CHAT = "/v1/chat/completions"
LONG = {"messages": [{"role": "user", "content": "Write a long story."}], "max_tokens": 8_000}
# A proxy that nobody serves: what would leave this machine fails at once.
NO_WAY_OUT = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9",
              "ALL_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1,localhost"}  # fmt: skip


def run(home: Path, *flags: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The app, when it is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "app.py", *flags],
        cwd=ROOT,
        env=environment(home, variables),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence with which the app refused to start."""
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert len(line) < 300
    return line


# Before it serves -------------------------------------------------------------------------------


def test_help(tmp_path: Path) -> None:
    done = run(tmp_path, "--help")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "usage: python app.py" in done.stdout
    for flag in ("--model", "--host", "--port", "--level", "--share", "--offline"):
        assert flag in done.stdout


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--host", "0.0.0.0"], "0.0.0.0 is reachable from other machines"),
        (["--host", "::"], "--level public"),
        (["--host", "0.0.0.0", "--level", "private"], "--level private wants one"),
        (["--share"], "--share opens this server to anyone"),
        (["--share", "--level", "private"], "--share opens this server to anyone"),
        (["--port", "0"], "--port: "),
        (["--port", "70000"], "--port: "),
        (["--port", "many"], "--port: "),
        (["--level", "open"], "'public', 'protected' or 'private'"),
        (["--model", "./nonesuch"], "'./nonesuch' is not a folder with a model in it"),
        (["--model", "no such id"], "'no such id' is not a model id"),
    ],
    ids=lambda value: " ".join(value).replace("/", "|") if isinstance(value, list) else None,
)
def test_what_it_refuses(tmp_path: Path, flags: list[str], words: str) -> None:
    assert words in refusal(run(tmp_path, *flags))


def test_an_unknown_flag_shows_the_known_ones(tmp_path: Path) -> None:
    done = run(tmp_path, "--frobnicate")
    assert done.returncode == 2
    assert "usage: python app.py" in done.stderr
    assert "unrecognized arguments: --frobnicate" in done.stderr


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        sentence = refusal(run(tmp_path, "--port", str(port)))
    assert f"Cannot listen on 127.0.0.1, port {port}: Address already in use" in sentence
    assert "--port" in sentence


def test_an_address_of_another_machine() -> None:
    with pytest.raises(OSError, match=r"Cannot listen on 192\.0\.2\.1, port 7860"):
        check_address("192.0.2.1", 7860)
    with pytest.raises(OSError, match="Cannot listen on nonesuch.invalid"):
        check_address("nonesuch.invalid", 7860)


# What it is told by variables -------------------------------------------------------------------


@contextmanager
def started(home: Path, **variables: str) -> Iterator[None]:
    """The app without a flag."""
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=environment(home, variables), stdout=log,
            stderr=log,
        )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def test_gradios_variables_are_honoured(tmp_path: Path) -> None:
    port = free_port()
    with started(tmp_path, GRADIO_SERVER_NAME="localhost", GRADIO_SERVER_PORT=str(port)):
        assert until(lambda: answers(f"http://localhost:{port}/health"))
    refused = run(tmp_path, GRADIO_SERVER_NAME="0.0.0.0", GRADIO_SERVER_PORT=str(port))
    assert "0.0.0.0 is reachable from other machines" in refusal(refused)


def until(true: Callable[[], bool]) -> bool:
    """Whether `true` became so in time."""
    end = time.monotonic() + START_SECONDS
    while not true() and time.monotonic() < end:
        time.sleep(0.1)
    return true()


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.HTTPError:
        return False


# Its start --------------------------------------------------------------------------------------


def test_the_page_stands_before_torch_is_imported() -> None:
    look = """
import json, sys
from app import make_inference
from pipelines.settings import read
from api.app import build as build_api
from components.launch import Serving
settings = read(["--offline"])
inference = make_inference(settings)
Serving(inference, settings)
build_api(inference, settings).openapi()
print(json.dumps(sorted(name for name in sys.modules if "." not in name)))
"""
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, check=True)
    heavy = {"torch", "transformers", "diffusers", "sentence_transformers", "sklearn", "skops"}
    assert not heavy & set(json.loads(done.stdout))


WITNESS = """
import os, sys

def note(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        with open(os.environ["WITNESS"], "a") as file:
            print(event, arguments[1:] if event == "socket.connect" else arguments, file=file)

sys.addaudithook(note)
"""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def test_nothing_leaves_this_machine_at_the_start(serve: Serve, tmp_path: Path) -> None:
    """Allowed to ask the Hub, it asks nobody until somebody names a model that is not here."""
    (tmp_path / "sitecustomize.py").write_text(WITNESS)
    seen = tmp_path / "seen"
    running = serve(PYTHONPATH=str(tmp_path), WITNESS=str(seen), TAGLINE_OFFLINE="false").wait()
    for path in ("/", "/config", "/v1/models", "/docs"):
        assert answers(running.url + path)
    assert post(running, f"/models/{EMBEDDER}", json={"inputs": "Hello"}).status_code == 200
    assert running.stop() == 0
    calls = seen.read_text().splitlines()
    assert calls  # gradio looks at its own page when it starts
    assert [call for call in calls if not any(name in call for name in LOOPBACK)] == []


def test_without_a_model_it_serves(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    running = serve(TAGLINE_STARTERS_DIR=str(tmp_path / "empty")).wait()
    assert answers(running.url)
    assert httpx.get(f"{running.url}/v1/models").json() == {"object": "list", "data": []}
    messages = [{"role": "user", "content": "Hello"}]
    error_of(post(running, "/v1/chat/completions", json={"messages": messages}), 400, "can chat")
    error_of(post(running, f"/models/{EMBEDDER}", json={"inputs": "Hello"}), 404, EMBEDDER)
    assert running.log.read_text() == f"Tagline runs on {running.url}/\n"  # and not a word more


def test_a_folder_named_on_the_command_line(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "My Flowers (v2)"
    folder.mkdir()
    for file in (STARTERS / IRIS).iterdir():
        (folder / file.name).symlink_to(file)
    running = serve("--model", str(folder)).wait()
    known = httpx.get(f"{running.url}/v1/models").json()["data"]
    assert {"local/My-Flowers-v2", IRIS} <= {model["id"] for model in known}
    found = post(running, "/models/local/My-Flowers-v2", json={"inputs": {"data": FLOWERS}})
    assert found.json() == ["setosa", "virginica"]
    assert ended(running, signal.SIGTERM) == 0


def test_a_public_link_that_cannot_be_had(serve: Serve) -> None:
    running = serve("--share", "--level", "public", "--host", "127.0.0.1", **NO_WAY_OUT).wait()
    assert until(lambda: bool(running.log.read_text()))
    (line,) = running.log.read_text().splitlines()
    assert line.startswith(f"Tagline runs on {running.url}/ only: there is no public link")
    assert answers(running.url)
    assert running.stop() == 0


# Its end ----------------------------------------------------------------------------------------


def ended(running: Server, by: signal.Signals) -> int:
    """The exit status after a signal. A container gives ten seconds; this machine may be slow."""
    running.process.send_signal(by)
    return running.process.wait(START_SECONDS)


@contextmanager
def ignoring(number: signal.Signals) -> Iterator[None]:
    """As a shell starts what it puts into the background."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)


def test_it_ends_on_sigint_also_in_the_background_of_a_shell(serve: Serve) -> None:
    with ignoring(signal.SIGINT):
        running = serve()
    assert ended(running.wait(), signal.SIGINT) == 0
    assert "Traceback" not in running.log.read_text()


def test_it_ends_while_a_model_writes(serve: Serve) -> None:
    """Thousands of tokens would take minutes; nobody waits for them."""
    running = serve(TAGLINE_DRAIN_SECONDS="0.5").wait()
    with sent(running, CHAT, LONG), sent(running, CHAT, LONG | {"stream": True}):
        assert until(lambda: state(running, CHATTER) == "busy")
        family = psutil.Process(running.process.pid).children(recursive=True)
        assert ended(running, signal.SIGTERM) == 0
    _, left = psutil.wait_procs(family, timeout=20)
    assert left == []


def test_what_is_under_way_is_answered_before_the_end(serve: Serve) -> None:
    running = serve(TAGLINE_DRAIN_SECONDS="60").wait()
    with sent(running, CHAT, LONG | {"max_tokens": 20}) as line:
        assert until(lambda: state(running, CHATTER) == "busy")
        running.process.send_signal(signal.SIGTERM)
        with line.makefile("rb") as answer:
            assert answer.readline() == b"HTTP/1.1 200 OK\r\n"
            assert b'"finish_reason":"length"' in answer.read()
    assert running.process.wait(START_SECONDS) == 0


# Its calls --------------------------------------------------------------------------------------


def state(running: Server, model: str) -> str:
    found: str = httpx.get(f"{running.url}/status/{model}", timeout=SECONDS).json()["status"][
        "state"
    ]
    return found


def test_who_hangs_up_stops_the_model(serve: Serve) -> None:
    running = serve().wait()
    for body in (LONG, LONG | {"stream": True}):
        with sent(running, CHAT, body) as line:
            assert until(lambda: state(running, CHATTER) == "busy")
            if "stream" in body:
                assert line.recv(100)  # it has begun to write
        assert until(lambda: state(running, CHATTER) == "warm")
    assert httpx.get(f"{running.url}/status/{CHATTER}").json()["status"]["crashes"] == 0


def test_a_cold_model_holds_nobody_up(serve: Serve) -> None:
    running = serve().wait()
    sort = {"inputs": {"data": FLOWERS}}
    assert post(running, f"/models/{IRIS}", json=sort).status_code == 200
    answers = 0
    with sent(running, CHAT, LONG | {"max_tokens": 1}):
        assert until(lambda: state(running, CHATTER) == "loading")
        while state(running, CHATTER) == "loading":
            assert post(running, f"/models/{IRIS}", json=sort).status_code == 200
            assert httpx.get(f"{running.url}/health").status_code == 200
            answers += 1
    assert answers >= 3


def test_who_sends_much_waits_longer_than_who_sends_little(serve: Serve) -> None:
    """Two callers, told apart by their tokens: the second need not wait for all of the first's."""
    running = serve().wait()
    post(running, CHAT, json=LONG | {"max_tokens": 1})
    heavy = {"authorization": "Bearer heavy"}
    lines = [sent(running, CHAT, LONG | {"max_tokens": 20}, **heavy) for _ in range(8)]
    assert until(lambda: waiting(running, CHATTER) == 7)
    light = {"authorization": "Bearer light"}
    assert post(running, CHAT, json=LONG | {"max_tokens": 1}, headers=light).status_code == 200
    assert waiting(running, CHATTER) >= 4
    for line in lines:
        line.close()


def waiting(running: Server, model: str) -> int:
    found: int = httpx.get(f"{running.url}/status/{model}").json()["status"]["waiting"]
    return found


def test_a_line_that_is_full_says_when_to_come_back(serve: Serve) -> None:
    running = serve(TAGLINE_MAX_WAITING="2").wait()
    post(running, CHAT, json=LONG | {"max_tokens": 1})
    lines = [sent(running, CHAT, LONG)]
    assert until(lambda: state(running, CHATTER) == "busy")
    lines += [sent(running, CHAT, LONG) for _ in range(2)]
    assert until(lambda: waiting(running, CHATTER) == 2)
    refused = post(running, CHAT, json=LONG)
    error_of(refused, 429, "Too many calls of yours", CHATTER)
    assert int(refused.headers["retry-after"]) >= 1
    assert httpx.get(f"{running.url}/health").status_code == 200
    for line in lines:
        line.close()


def sent(running: Server, path: str, body: dict[str, Any], **headers: str) -> socket.socket:
    """A call that has been sent and whose answer nobody has read yet."""
    line = socket.create_connection(("127.0.0.1", running.port), SECONDS)
    data = json.dumps(body).encode()
    fields = {"Host": "localhost", "Content-Length": str(len(data))} | headers
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    line.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + data)
    return line
