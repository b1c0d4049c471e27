"""Ready-made inputs: the examples of a model's card first, then those of the task."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.errors import InvalidInput
from pipelines.model import Model
from pipelines.models.card import Example, examples, inference_parameters
from pipelines.settings import Limits
from pipelines.slots import Slot, slots
from pipelines.task import Task

FILES = Path(__file__).parent.parent / "assets" / "samples"
MOST = 8  # examples offered for one model


@dataclass(frozen=True)
class Sample:
    """Inputs by field name, media as paths of files, and parameters that go with them."""

    title: str
    inputs: dict[str, Any]
    parameters: dict[str, Any] = field(default_factory=dict)


def of_task(task: Task) -> list[Sample]:
    """The record's own examples, media resolved to files that come with Tagline."""
    files = {slot.name for slot in slots(task.inputs) if slot.is_file}
    rows = [
        {name: FILES / value if name in files else value for name, value in row.items()}
        for row in task.examples()
    ]
    return [Sample(title(task, row), row) for row in rows]


def of_model(task: Task, model: Model) -> list[Sample]:
    """What to offer for `model`: its card's examples that fit the task, else the task's."""
    fitting = (sample(task, model, each) for each in examples(model.card).accepted)
    found = [each for each in fitting if each is not None and is_valid(task, each)]
    if not found and (row := table_example(task, model)):
        found = [Sample("Example 1", row)]
    return (found or of_task(task))[:MOST]


def table_example(task: Task, model: Model) -> dict[str, Any] | None:
    """scikit-learn repositories carry an `example_input` in their config.json."""
    about = model.config.get("sklearn") or {}
    tables = [slot for slot in slots(task.inputs) if slot.kind == "table"]
    return {tables[0].name: about["example_input"]} if tables and "example_input" in about else None


def sample(task: Task, model: Model, example: Example) -> Sample | None:
    """A card's example in the fields of `task`; None if it is another task's."""
    row = {slot.name: pick(slot, example, model) for slot in slots(task.inputs)}
    if any(row[slot.name] is None for slot in slots(task.inputs) if slot.required):
        return None
    known = task.params.model_fields.keys()
    parameters = {k: v for k, v in example.parameters.items() if k in known}
    name = example.title if not example.title.startswith("Example ") else title(task, row)
    return Sample(name, {k: v for k, v in row.items() if v is not None}, parameters)


def pick(slot: Slot, example: Example, model: Model) -> Any:
    """The part of a card's example that belongs in this field."""
    given = {**example.parameters, **example.inputs}
    if slot.name in given:
        return given[slot.name]
    if slot.is_file and "src" in example.inputs:  # whose path has been checked
        file = model.path / example.inputs["src"]
        return file if file.is_file() else None
    if slot.kind == "table":
        return given.get("table")
    if slot.kind == "messages" and "text" in given:
        return [{"role": "user", "content": given["text"]}]
    return None


def is_valid(task: Task, sample: Sample) -> bool:
    try:
        task.validate(task.inputs, as_raw(sample.inputs), "inputs", Limits())
        task.read_params(sample.parameters, Limits())
    except InvalidInput:
        return False
    return True


def as_raw(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs with files read."""
    return {k: v.read_bytes() if isinstance(v, Path) else v for k, v in inputs.items()}


def card_parameters(task: Task, model: Model) -> dict[str, Any]:
    """The defaults that the model's author chose in the card, as far as the task knows them."""
    chosen = inference_parameters(model.card).items()
    return {n: value for n, value in chosen if value is not None and knows(task, n, value)}


def knows(task: Task, name: str, value: Any) -> bool:
    try:
        task.read_params({name: value}, Limits())
    except InvalidInput:
        return False
    return True


def title(task: Task, row: Mapping[str, Any]) -> str:
    """A few words that tell one example from another."""
    for slot in slots(task.inputs):
        value = row.get(slot.name)
        if isinstance(value, Path):
            return value.stem.replace("_", " ").capitalize()
        if slot.kind == "messages" and value:
            return short(str(value[-1]["content"]))
        if isinstance(value, str):
            return short(value)
    return "Example"


def short(text: str, most: int = 48) -> str:
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"
