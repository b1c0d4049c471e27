"""Which column feeds which input of a task, and which one is the label: guessed, then as told."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipelines import samples
from pipelines.errors import InvalidInput
from pipelines.model import Model
from pipelines.slots import Slot, slots
from pipelines.task import Task
from runs.about import Feed
from runs.sources.row import File, Row

ALL = "*"  # stands for every column but the label, in the input of a kind that takes many
LABELS = (
    "label", "labels", "target", "class", "category", "gold", "expected", "answer", "answers",
    "truth", "y", "transcription", "transcript", "reference", "translation", "summary", "sentiment",
    "intent", "text", "sentence",
)  # fmt: skip
TEXTS = (
    "text", "sentence", "review", "content", "comment", "body", "message", "question", "prompt",
    "input", "inputs", "query", "document", "article", "title",
)  # fmt: skip
FILES = ("image", "audio", "video", "mask")
WORDS = ("text", "line", "messages", "lines")


def guess_label(rows: Sequence[Row], columns: Sequence[str], used: Sequence[str]) -> str | None:
    """The column that is called as labels are, if no input needs it."""
    free = [name for name in columns if name not in used and not holds_files(rows, name)]
    lowered = {name.lower().strip(): name for name in free}
    return next((lowered[name] for name in LABELS if name in lowered), None)


def guess(task: Task, model: Model, rows: Sequence[Row], columns: Sequence[str]) -> dict[str, Feed]:
    """A feed for every input that a column fits; what is left out has none."""
    feeds: dict[str, Feed] = {}
    for slot in sorted(slots(task.inputs), key=lambda slot: not slot.required):
        taken = [feed.column for feed in feeds.values()]
        free = [name for name in columns if name not in taken]
        if column := fitting(slot, rows, free, columns):
            feeds[slot.name] = Feed(column=column)
        elif slot.required and not slot.is_file and slot.kind not in WORDS:
            feeds[slot.name] = Feed(value=example(task, model, slot))
    return feeds


def example(task: Task, model: Model, slot: Slot) -> Any:
    """A value to begin with, such as labels to choose among."""
    found = samples.of_model(task, model)
    return found[0].inputs.get(slot.name) if found else None


def fitting(
    slot: Slot, rows: Sequence[Row], free: Sequence[str], columns: Sequence[str]
) -> str | None:
    if slot.kind == "table":
        return ALL
    if same := next((name for name in free if name.lower() == slot.name.lower()), None):
        return same
    if slot.is_file or slot.kind == "images":
        return next((name for name in free if holds_files(rows, name)), None)
    if not slot.required or slot.kind not in WORDS:
        return None
    return wordy(rows, free)


def wordy(rows: Sequence[Row], free: Sequence[str]) -> str | None:
    """The column that is called as texts are, else that of the longest texts."""
    able = [name for name in free if not holds_files(rows, name) and length(rows, name)]
    lowered = {name.lower().strip(): name for name in able}
    usual = next((lowered[name] for name in TEXTS if name in lowered), None)
    return usual or max(able, key=lambda name: length(rows, name), default=None)


def length(rows: Sequence[Row], column: str) -> int:
    return sum(len(text) for row in rows if isinstance(text := row.cells.get(column), str))


def holds_files(rows: Sequence[Row], column: str) -> bool:
    return any(isinstance(row.cells.get(column), File) for row in rows)


# From cells to inputs ---------------------------------------------------------------------------


def raw_inputs(
    task: Task, feeds: Mapping[str, Feed], row: Row, label: str | None
) -> dict[str, Any]:
    """The inputs of a task for a row, as a JSON body would have them; files are read here."""
    kinds = {slot.name: slot for slot in slots(task.inputs)}
    found = {
        name: value_of(kinds[name], feed, row, label)
        for name, feed in feeds.items()
        if name in kinds
    }
    return {name: value for name, value in found.items() if value is not None}


def value_of(slot: Slot, feed: Feed, row: Row, label: str | None) -> Any:
    if feed.column is None:
        return of_kind(slot, feed.value)
    if feed.column == ALL:
        return {name: [number(cell)] for name, cell in row.cells.items() if name != label}
    return of_kind(slot, row.cells.get(feed.column))


def of_kind(slot: Slot, cell: Any) -> Any:
    """A cell as a value of the slot's kind; the task's own validation says what is wrong."""
    if cell is None or cell == "":
        return None
    if slot.kind in READ:
        return READ[slot.kind](cell)
    if isinstance(cell, File):
        return cell.read()
    return READ_WORDS.get(slot.kind, same)(cell)


def same(cell: Any) -> Any:
    return cell


def number(cell: Any) -> Any:
    """A number that is written as text; another text as it is."""
    if not isinstance(cell, str):
        return cell
    try:
        return int(cell) if re.fullmatch(r"[+-]?\d{1,18}", cell.strip()) else float(cell)
    except ValueError:
        return cell


def listed(cell: Any) -> Any:
    """A list, written as JSON or one item a line."""
    if not isinstance(cell, str):
        return [str(each) for each in cell] if isinstance(cell, list | tuple) else cell
    if cell.lstrip().startswith("["):
        return parsed(cell)
    return [line for line in cell.splitlines() if line.strip()]


def parsed(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    try:
        return json.loads(cell)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{cell[:60]!r} is no JSON: {error}.") from error


def flag(cell: Any) -> Any:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    return known.get(str(cell).strip().lower(), cell)


def talk(cell: Any) -> Any:
    """A question, or a file to look at or listen to, as a conversation of one turn."""
    if isinstance(cell, File):
        kind = cell.kind or "image"
        return [{"role": "user", "content": [{"type": kind, kind: cell.read()}]}]
    if isinstance(cell, str) and not cell.lstrip().startswith('[{"role"'):
        return [{"role": "user", "content": cell}]
    return parsed(cell)


def pictures(cell: Any) -> Any:
    each = cell if isinstance(cell, list) else [cell]
    return [one.read() if isinstance(one, File) else one for one in each]


def words(cell: Any) -> Any:
    """Numbers are texts too, where texts are wanted."""
    return str(cell) if isinstance(cell, int | float) else cell


Read = Callable[[Any], Any]
READ: dict[str, Read] = {"messages": talk, "images": pictures}
READ_WORDS: dict[str, Read] = {
    "text": words,
    "line": words,
    "number": number,
    "lines": listed,
    "names": lambda cell: listed(cell) if str(cell).lstrip().startswith("[") else cell,
    "flag": flag,
    "table": parsed,
    "marks": parsed,
    "json": parsed,
}


def shown(feeds: Mapping[str, Feed], row: Row, most: int = 300) -> str:
    """What a row asks, in short: the cells that feed an input."""
    named = [feed.column for feed in feeds.values() if feed.column]
    columns = list(row.cells) if ALL in named else named
    parts = [brief(row.cells.get(column)) for column in dict.fromkeys(columns)]
    text = " · ".join(part for part in parts if part)
    return text if len(text) <= most else text[: most - 1] + "…"


def brief(cell: Any) -> str:
    if isinstance(cell, File):
        return cell.name
    text = cell if isinstance(cell, str) else "" if cell is None else json.dumps(cell, default=str)
    return " ".join(text[:2_000].split())
