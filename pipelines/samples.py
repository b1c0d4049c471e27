"""Ready-made inputs: the examples of a model's card first, then those of the task."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from pipelines.errors import InvalidInput
from pipelines.model import Model
from pipelines.models.card import Example, Examples, Rejected, examples, inference_parameters
from pipelines.settings import Limits
from pipelines.slots import Slot, slots
from pipelines.task import Task

MOST = 8  # examples that are shown at once
FILES = Path(__file__).parent.parent / "assets" / "samples"


@dataclass(frozen=True)
class Sample:
    """Inputs by field name, media as paths of files, and parameters that go with them. `output` is
    what a card's author says that comes of them, as it stands in the card."""

    title: str
    inputs: dict[str, Any]
    parameters: dict[str, Any] = field(default_factory=dict)
    group: str | None = None
    output: Any = None


@dataclass(frozen=True)
class Offer:
    """What to try with a model. `of_card` says that it stands in the card; `rejected` are those of
    its entries that cannot be used."""

    samples: tuple[Sample, ...]
    rejected: tuple[Rejected, ...] = ()
    of_card: bool = False


def of_task(task: Task) -> list[Sample]:
    """The record's own examples, media resolved to files that come with Tagline."""
    kinds = {slot.name: slot for slot in slots(task.inputs)}
    rows = [
        {name: located(kinds[name], value) for name, value in row.items()}
        for row in task.examples()
    ]
    return [Sample(title(task, row), row) for row in rows]


def located(slot: Slot, value: Any) -> Any:
    """The value of an example with the names of files as paths."""
    if slot.kind == "images":
        return [FILES / name for name in value]
    if slot.media:
        return [{**turn, "content": placed(turn["content"])} for turn in value]
    return FILES / value if slot.is_file else value


def placed(content: Any) -> Any:
    """The content of a message with the files of its parts as paths."""
    if isinstance(content, str):
        return content
    return [
        part if part["type"] == "text" else {**part, part["type"]: FILES / part[part["type"]]}
        for part in content
    ]


def of_model(task: Task, model: Model) -> list[Sample]:
    """The first of what is offered for `model`."""
    return list(offer(task, model).samples[:MOST])


def offer(task: Task, model: Model) -> Offer:
    """What to offer for `model`: its card's examples that fit the task, else the task's."""
    read = examples(model.card)
    found, rejected = [], list(read.rejected)
    for number, example in numbered(read):
        try:
            found.append(checked(task, sample(task, model, example)))
        except InvalidInput as error:
            rejected.append(Rejected(number, str(error)))
    # Of another task's examples there is nothing to tell.
    told = tuple(sorted(rejected, key=lambda each: each.number)) if task.tag == model.tag else ()
    if found:
        return Offer(tuple(found), told, of_card=True)
    row = table_example(task, model)
    return Offer((Sample("Example 1", row),) if row else tuple(of_task(task)), told)


def numbered(read: Examples) -> list[tuple[int, Example]]:
    """The accepted entries with their places in the card."""
    left_out = {each.number for each in read.rejected}
    count = len(read.accepted) + len(left_out)
    places = (number for number in range(1, count + 1) if number not in left_out)
    return list(zip(places, read.accepted, strict=True))


def table_example(task: Task, model: Model) -> dict[str, Any] | None:
    """scikit-learn repositories carry an `example_input` in their config.json."""
    about = model.config.get("sklearn") or {}
    tables = [slot for slot in slots(task.inputs) if slot.kind == "table"]
    return {tables[0].name: about["example_input"]} if tables and "example_input" in about else None


def sample(task: Task, model: Model, example: Example) -> Sample:
    """A card's example in the fields of `task`. Raises InvalidInput if it lacks one."""
    row = {slot.name: pick(slot, example, model) for slot in slots(task.inputs)}
    if lacking := [s for s in slots(task.inputs) if s.required and row[s.name] is None]:
        raise InvalidInput(lack(lacking[0], example))
    known = task.params.model_fields.keys()
    parameters = {k: v for k, v in example.parameters.items() if k in known}
    name = example.title if not example.title.startswith("Example ") else title(task, row)
    given = {k: v for k, v in row.items() if v is not None}
    return Sample(name, given, parameters, example.group, example.output)


def lack(slot: Slot, example: Example) -> str:
    """Why a card's example has nothing for a field."""
    source = str(example.inputs.get("src", ""))
    if not slot.is_file or not source:
        return f"it has nothing for the field {slot.name}."
    if "://" in source:
        return f"its file is at {source[:200]}, and no addresses are fetched here."
    return f"its file {source[:200]} is not in the folder of the model."


def pick(slot: Slot, example: Example, model: Model) -> Any:
    """The part of a card's example that belongs in this field."""
    given = {**example.parameters, **example.inputs}
    if slot.name in given:
        return given[slot.name]
    if slot.is_file and "src" in example.inputs:  # whose path has been checked
        file = model.path / example.inputs["src"]
        return file if file.is_file() else None
    if slot.name in ("question", "query") and "text" in given:  # as cards have it
        return given["text"]
    if slot.kind == "table":
        return given.get("table")
    if slot.kind == "messages" and "text" in given:
        return [{"role": "user", "content": [*seen(slot, example, model), text(given["text"])]
                 if slot.media else given["text"]}]  # fmt: skip
    return None


def text(words: Any) -> dict[str, Any]:
    return {"type": "text", "text": words}


def seen(slot: Slot, example: Example, model: Model) -> list[dict[str, Any]]:
    """The file of a card's example as a part of a message."""
    file = model.path / str(example.inputs.get("src", ""))
    kind = str(guess_type(file.name)[0]).partition("/")[0]
    return [{"type": kind, kind: file}] if kind in slot.media and file.is_file() else []


def checked(task: Task, sample: Sample) -> Sample:
    """The same. Raises InvalidInput where the task does not take it."""
    validated(task, sample)
    task.read_params(sample.parameters, Limits())
    return sample


def validated(task: Task, sample: Sample) -> Any:
    """Its inputs as the task's own. Raises InvalidInput."""
    return task.validate(task.inputs, as_raw(sample.inputs), "inputs", Limits())


def as_raw(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs with files read."""
    return {name: opened(value) for name, value in inputs.items()}


def opened(value: Any) -> Any:
    if isinstance(value, list):
        return list(map(opened, value))
    if isinstance(value, dict):
        return {name: opened(each) for name, each in value.items()}
    return value.read_bytes() if isinstance(value, Path) else value


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
            return short(words(value[-1]["content"]))
        if isinstance(value, str):
            return short(value)
        if slot.kind == "number" and value is not None:
            return f"{slot.label} {value}"
    return "Example"


def words(content: Any) -> str:
    """What is said in the content of a message."""
    if isinstance(content, str):
        return content
    return " ".join(str(part["text"]) for part in content if part["type"] == "text")


def short(text: str, most: int = 48) -> str:
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"
