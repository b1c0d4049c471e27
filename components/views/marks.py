"""Parts of a text that a model found, marked in the text."""

from collections.abc import Iterable
from html import escape
from typing import Any

from components import texts
from components.views.bars import bars
from components.views.view import empty_line
from pipelines.kinds.outputs import OutputKind
from pipelines.task import Inputs

COLOURS = 8  # classes c0 to c7 of the style sheet
Mark = tuple[int, int, str]  # start, end, label


def marked(text: str, marks: Iterable[Mark]) -> str:
    """`text` with each part marked; of parts that overlap the first one stays."""
    order = sorted(marks)
    colours = {label: at % COLOURS for at, label in enumerate(dict.fromkeys(m[2] for m in order))}
    done, pieces = 0, []
    for start, end, label in order:
        if start < done or end <= start:
            continue
        name = f"<small>{escape(label)}</small>" if label else ""
        pieces.append(escape(text[done:start]))
        pieces.append(f'<mark class="c{colours[label]}">{escape(text[start:end])}{name}</mark>')
        done = end
    return f'<p class="marked">{"".join(pieces)}{escape(text[done:])}</p>'


def written(inputs: Inputs) -> list[str]:
    return [value for value in inputs.model_dump().values() if isinstance(value, str)]


def spans(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """The text with its spans, each with its label."""
    if not value:
        return empty_line("views.nothing_text")
    named = [(each, each.get("entity_group") or each.get("entity") or "") for each in value]
    if any(each["start"] is None for each in value):  # a tokenizer that keeps no places
        return bars([(f"{each['word']}: {label}", each["score"]) for each, label in named])
    longest = max(written(inputs), key=len)  # what was read, not what was asked about it
    return marked(longest, [(each["start"], each["end"], label) for each, label in named])


def answers(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """Each answer with its score, and the best one marked where it stands."""
    found = value if isinstance(value, list) else [value]
    none = texts.here()("views.no_answer_text")
    rows = bars([(each["answer"] or none, each["score"]) for each in found])
    best = next((each for each in found if each["answer"]), None)
    if best is None:
        return rows
    start, end = best["start"], best["end"]
    where = next((t for t in written(inputs) if t[start:end] == best["answer"]), None)
    return rows + (marked(where, [(start, end, "")]) if where else "")
