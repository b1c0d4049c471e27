"""The HTTP face alone, over loopback, on an engine whose chat model writes down what happens."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Any

import uvicorn
from fastapi import FastAPI

from api.app import build
from pipelines.engine.engine import Engine
from pipelines.engine.inline import Inline
from pipelines.errors import ModelFailed
from pipelines.hardware import Hardware, detect, probe
from pipelines.inference import Inference
from pipelines.loaders.steps import Options, Step
from pipelines.model import Model
from pipelines.settings import Settings
from pipelines.task import Task
from tests.api.wire import SECONDS, on_board
from tests.conftest import STARTERS

TOKEN_SECONDS = 0.002  # a quick model's pace; without one, a stream would fit into the sockets


class Writer:
    """In place of a loaded chat model: writes "x" as long as it may. It fails after `breaks_at`."""

    def __init__(self, breaks_at: int | None = None) -> None:
        self.diary: list[str] = []
        self.breaks_at = breaks_at

    encodes = False

    def chat_tokens(self, messages: Sequence[dict[str, Any]], tools: Any = None) -> list[int]:
        self.diary.append(f"asked {messages[-1]['content']}")
        return [0]

    def tokens(self, text: str, most: int | None = None) -> list[int]:
        self.diary.append(f"asked {text}")
        return [0]

    def steps(self, ids: list[int], options: Options) -> Iterator[Step]:
        last = options.max_new_tokens
        try:
            for count in range(1, last + 1):
                time.sleep(TOKEN_SECONDS)
                if self.breaks_at == count:
                    raise ModelFailed("The model lost its thread.")
                self.diary.append("token")
                yield Step(1, "x", -0.5, False, "length" if count == last else None)
        finally:
            self.diary.append("closed")


SETTINGS = Settings(host="127.0.0.1", starters_dir=STARTERS, offline=True)


def inference(pipe: Any) -> Inference:
    """The models on board, each of them loaded as `pipe`."""

    def load(task: Task, model: Model, hardware: Hardware) -> Any:
        return pipe

    hardware = detect(probe(), SETTINGS.device, SETTINGS.dtype)
    return Inference(on_board(), Engine(Inline(load), hardware), SETTINGS.limits)


@contextmanager
def writing(writer: Writer) -> Iterator[str]:
    """The address of an API whose models are all `writer`."""
    with listening(build(inference(writer), SETTINGS)) as url:
        yield url


@contextmanager
def listening(app: FastAPI) -> Iterator[str]:
    config = uvicorn.Config(app, "127.0.0.1", 0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    until = time.monotonic() + SECONDS
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(SECONDS)
