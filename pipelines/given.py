"""What a model card's author says that comes of an example, in the wire shape of a task.

Source of the forms of `output:`: the Hub's documentation of widgets.
"""

from collections.abc import Iterator, Mapping
from mimetypes import guess_type
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pipelines.kinds.outputs import output_kind
from pipelines.kinds.shapes import is_media
from pipelines.model import Model
from pipelines.models.fields import BadField, source
from pipelines.samples import Sample
from pipelines.task import Task

NAMES = ("generated_text", "translation_text", "summary_text")  # of words on the wire
TYPES = {"images": "image", "audio": "audio", "video": "video", "solid": "model"}
MOST_BYTES = 50_000_000  # of a file in the repository


def result(task: Task, model: Model, sample: Sample) -> Any:
    """The author's output as a result of `task`; None if there is none, or it fits no shape."""
    shape = TypeAdapter(task.output)
    for form in forms(sample, model):
        try:
            found = shape.validate_python(form)
        except ValidationError:
            continue
        return found if is_kind(task, found) else None
    return None


def is_kind(task: Task, found: Any) -> bool:
    """Whether a file is of the type that the task makes; what is no file is right already."""
    first = found[0] if isinstance(found, list) and found else found
    if not is_media(first):
        return True
    return bool(first["mime"].startswith(f"{TYPES.get(output_kind(task.output).name)}/"))


def forms(sample: Sample, model: Model) -> Iterator[Any]:
    """The shapes that may be meant, as it is written first."""
    output = sample.output
    if output is None:
        return
    yield output
    if isinstance(output, Mapping):
        yield [output]
        yield from worded(output.get("text"))
        yield from placed(output, sample)
        yield from filed(output.get("url"), model)
    elif isinstance(output, list):
        yield from scored(output, sample)


def worded(text: Any) -> Iterator[Any]:
    if isinstance(text, str):
        for name in NAMES:
            yield {name: text}
            yield [{name: text}]


def placed(output: Mapping[str, Any], sample: Sample) -> Iterator[Any]:
    """An answer with its place in a text that went in."""
    answer = output.get("answer")
    for text in sample.inputs.values():
        if answer and isinstance(text, str) and (start := text.find(str(answer))) >= 0:
            yield {**output, "start": start, "end": start + len(str(answer))}


def filed(path: Any, model: Model) -> Iterator[Any]:
    """A file of the repository. What stands elsewhere is not fetched."""
    try:
        file = model.path / source("url", path)
    except BadField:
        return
    if file.is_file() and file.stat().st_size <= MOST_BYTES:
        mime = guess_type(file.name)[0] or "application/octet-stream"
        yield {"content": file.read_bytes(), "mime": mime}


def scored(output: list[Any], sample: Sample) -> Iterator[Any]:
    """Scores of the texts that went in, in their order."""
    known = {e["label"]: e.get("score") for e in output if isinstance(e, dict) and "label" in e}
    for texts in sample.inputs.values():
        if isinstance(texts, list) and all(isinstance(t, str) and t in known for t in texts):
            yield [known[text] for text in texts]
