"""The engine in the ways in which people start a Gradio app, where other process pools fail."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from gradio_client import Client

from tests.conftest import EMBEDDER, ROOT, environment, free_port

pytestmark = pytest.mark.timeout(180)
SECONDS = 90
APP = """
import os
import gradio as gr
from app import make_inference
from pipelines.settings import read

inference = make_inference(read(["--offline"]))

async def embed(text):
    model = inference.models.find(os.environ["MODEL"])
    task, request = await inference.read(model, "feature-extraction", {"inputs": text})
    values, _ = await inference.predict(model, task, request)
    return f"{WORD} {len(values)}"

WORD = "before"

with gr.Blocks() as demo:
    box, out = gr.Textbox(), gr.Textbox()
    gr.Button().click(embed, box, out, api_name="embed")
"""
GUARD = "if __name__ == '__main__':\n    demo.launch()\n"
NO_GUARD = 'demo.launch(server_name="127.0.0.1", server_port=int(os.environ["PORT"]), quiet=True)\n'


@contextmanager
def started(folder: Path, program: str, *command: str) -> Iterator[str]:
    """The address of `command` on a file with `program`; nothing of it is left afterwards."""
    file, port = folder / "my_app.py", free_port()
    file.write_text(program)
    variables = {"PORT": str(port), "MODEL": EMBEDDER, "PYTHONPATH": str(ROOT),
                 "GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1",
                 "GRADIO_ANALYTICS_ENABLED": "False"}  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, file.name],
            cwd=folder,
            env=environment(folder, variables),
            stdout=log,
            stderr=log,
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait(20)
        for each in filter(runs_the_file, family):  # Gradio's reloader starts one
            each.kill()
        _, left = psutil.wait_procs(family, timeout=20)
        assert left == []


def runs_the_file(process: psutil.Process) -> bool:
    try:
        return any(part.endswith("my_app.py") for part in process.cmdline())
    except psutil.Error:
        return False


def wait(true: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)


def up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/config", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def embed(url: str) -> object:
    client = Client(url, verbose=False)
    return client.submit("Hello", api_name="/embed").result(timeout=SECONDS)


def test_a_script_without_a_main_guard(tmp_path: Path) -> None:
    """As Spaces are written: multiprocessing would run it again in every child."""
    with started(tmp_path, APP + NO_GUARD, sys.executable) as url:
        wait(lambda: up(url))
        assert embed(url) == "before 384"


def test_from_any_folder(tmp_path: Path) -> None:
    """`python -m` looks for the workers' code in the folder that one happens to be in."""
    port = free_port()
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), "--port", str(port)],
            cwd=tmp_path,
            env=environment(tmp_path, {}),
            stdout=log,
            stderr=log,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait(lambda: up(url))
        body = {"inputs": "Hello"}
        answer = httpx.post(f"{url}/models/{EMBEDDER}", json=body, timeout=SECONDS)
        assert answer.status_code == 200, answer.text
    finally:
        process.terminate()
        process.wait(20)


def test_gradios_reload_mode(tmp_path: Path) -> None:
    """Gradio takes `__main__` away at the first edit, which multiprocessing does not survive."""
    gradio = str(Path(sys.executable).with_name("gradio"))
    with started(tmp_path, APP + GUARD, gradio) as url:
        wait(lambda: up(url))
        assert embed(url) == "before 384"
        file = tmp_path / "my_app.py"
        file.write_text(file.read_text().replace('"before"', '"after"'))
        wait(lambda: embed(url) == "after 384")
