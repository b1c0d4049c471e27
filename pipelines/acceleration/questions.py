"""What a model is asked to prove that a faster way gives the same answers."""

import base64
import io
from pathlib import Path
from typing import Any

from pipelines.model import Model
from pipelines.settings import Limits
from pipelines.slots import slots
from pipelines.task import Task

FILES = Path(__file__).parents[2] / "assets" / "samples"
# Sentences of all lengths: a graph must hold for them all, padded beside each other too.
TEXT = (
    "the quick train to the coast leaves at nine and my card was charged twice which nobody at the "
    "counter could explain although three people looked into it; still, the sea was warm, bread "
    "fresh, and by evening we had forgotten the whole affair: is that not what holidays are for?"
)
LENGTHS = (1, 2, 3, 5, 8, 13, 21, 34, 55)
PARTS = ((0.0, 0.5), (0.4, 1.0), (0.0, 5.0))  # of a recording: what is beyond its end is it again
DRAWING = {"num_inference_steps": 3, "seed": 0}  # enough to see what a step comes to


def questions(task: Task, model: Model) -> list[Any]:
    """Validated inputs: the record's examples, and for a text alone sentences of many lengths."""
    rows = [placed(task, row) for row in task.examples()]
    fields = slots(task.inputs)
    needed = [slot for slot in fields if slot.required]
    if [slot.kind for slot in needed] == ["text"] and task.any_text:
        words = TEXT.split()
        texts = [" ".join(words[at : at + size]) for size in LENGTHS for at in (0, 7)]
        rows += [{needed[0].name: text} for text in texts]
    if [slot.kind for slot in needed] == ["audio"]:
        rows += [{needed[0].name: part} for part in cuts(rows[0][needed[0].name])]
    return [task.inputs.model_validate(row, context=Limits()) for row in rows]


def options(task: Task) -> Any:
    """How it is asked: as usual, but for what would take long or be drawn at random."""
    known = task.params.model_fields
    given = {name: value for name, value in DRAWING.items() if name in known}
    return task.params.model_validate(given, context=Limits())


def cuts(recording: str) -> list[str]:
    """Parts of a recording, and more than one window of it; all of them files in base64."""
    import numpy as np
    import soundfile

    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(recording)))
    again = np.concatenate([samples] * 5)
    found = []
    for start, end in PARTS:
        file = io.BytesIO()
        part = again[int(start * len(samples)) : int(end * len(samples))]
        soundfile.write(file, part, rate, format="FLAC")
        found.append(base64.b64encode(file.getvalue()).decode())
    return found


def placed(task: Task, row: dict[str, Any]) -> dict[str, Any]:
    """An example with its files as what a caller would send."""
    kinds = {slot.name: slot for slot in slots(task.inputs)}
    return {
        name: base64.b64encode((FILES / value).read_bytes()).decode()
        if kinds[name].is_file
        else value
        for name, value in row.items()
    }
