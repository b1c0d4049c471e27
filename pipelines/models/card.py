"""Typed access to a model card: the examples of its widget and its default parameters.

Source: the Hub's documentation of model cards and widgets (`widget:` and `inference:`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.models.fields import FIELDS, LABELS, BadField

ABOUT = frozenset({"example_title", "group", "parameters", "output"})
MAX_EXAMPLES = 100


@dataclass(frozen=True)
class Example:
    """One entry of a card's `widget:`.

    `inputs` has the Hub's field names (`text`, `context`, `messages`, `src`, `prompt`,
    `source_sentence`, `sentences`, `table`); `src` is a URL or a path in the repository.
    `parameters` has what the entry overrides, `candidate_labels` as a list and `multi_label` among
    them. `output` is the author's own answer, as written.
    """

    title: str
    inputs: dict[str, Any]
    parameters: dict[str, Any] = field(default_factory=dict)
    group: str | None = None
    output: Any = None


@dataclass(frozen=True)
class Rejected:
    """An entry of `widget:` that cannot be used: its place, counted from 1, and the reason."""

    number: int
    why: str


@dataclass(frozen=True)
class Examples:
    accepted: tuple[Example, ...] = ()
    rejected: tuple[Rejected, ...] = ()


def examples(card: Mapping[str, Any]) -> Examples:
    """The examples of a card, and which entries were left out and why."""
    entries = card.get("widget") or []
    if not isinstance(entries, list):
        return Examples(rejected=(Rejected(1, "widget is not a list of examples."),))
    accepted, rejected = [], []
    for number, entry in enumerate(entries[:MAX_EXAMPLES], start=1):
        try:
            accepted.append(example(number, entry))
        except BadField as error:
            rejected.append(Rejected(number, str(error)))
    return Examples(tuple(accepted), tuple(rejected))


def example(number: int, entry: Any) -> Example:
    """One entry, read. Raises BadField."""
    if not isinstance(entry, Mapping):
        raise BadField(f"it is a {type(entry).__name__}, not a mapping such as 'text: ...'.")
    read = {FIELDS[key].name: FIELDS[key].read(key, entry[key]) for key in FIELDS if key in entry}
    labels = {key: read.pop(key) for key in LABELS if key in read}
    if not read:
        raise BadField(f"it has none of {', '.join(FIELDS)}; it has {names(entry)}.")
    return Example(
        title=str(entry.get("example_title") or f"Example {number}"),
        inputs=read,
        parameters=labels | mapping(entry, "parameters"),
        group=str(entry["group"]) if entry.get("group") else None,
        output=entry.get("output"),
    )


def names(entry: Mapping[str, Any]) -> str:
    others = sorted(str(key) for key in entry if key not in ABOUT)
    return ", ".join(repr(name[:40]) for name in others) or "nothing"


def mapping(entry: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = entry.get(key) or {}
    if not isinstance(value, Mapping):
        raise BadField(f"{key} is a {type(value).__name__}, not a mapping.")
    return dict(value)


def inference_parameters(card: Mapping[str, Any]) -> dict[str, Any]:
    """`inference: {parameters: {...}}`: the author's own defaults for every call."""
    inference = card.get("inference")
    parameters = inference.get("parameters") if isinstance(inference, Mapping) else None
    return dict(parameters) if isinstance(parameters, Mapping) else {}


def opted_out(card: Mapping[str, Any]) -> bool:
    """`inference: false`: the author wants no widget on the Hub's own pages."""
    return card.get("inference") is False
