"""Real models of several libraries, asked for at the same moment."""

import asyncio
from pathlib import Path
from typing import Any

from pipelines.engine.call import Call
from pipelines.engine.engine import Engine
from pipelines.engine.inline import Inline
from pipelines.models.resolve import Models
from pipelines.registry import for_model
from pipelines.samples import as_raw, of_task
from pipelines.settings import Limits, Settings
from tests.conftest import CHATTER, EMBEDDER, IRIS, SEER, STARTERS
from tests.pipelines.fakes import HARDWARE


async def test_all_of_them_answer(tmp_path: Path) -> None:
    """transformers leaves a model without weights if another is built beside it."""
    models = Models(Settings(home=tmp_path, starters_dir=STARTERS, offline=True), tmp_path)
    engine = Engine(Inline(), HARDWARE)
    calls = [first_call(models, name) for name in (CHATTER, EMBEDDER, SEER, IRIS)]
    answers = await asyncio.gather(*map(engine.predict, calls))
    await engine.close()
    assert all(answer.values[0] for answer in answers)


def first_call(models: Models, name: str) -> Call:
    """The model's own task with its first example, in few tokens."""
    model = models.find(name)
    task = for_model(model)[0]
    few: dict[str, Any] = {"max_new_tokens": 1} if task.stream else {}
    body = {"inputs": as_raw(of_task(task)[0].inputs), "parameters": few}
    request = task.read(body, Limits())
    return Call(task, model, request.inputs, request.params)
