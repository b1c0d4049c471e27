"""Small drawings in the colour of the text: of kinds of value, of groups of tasks, of buttons."""

from functools import cache
from pathlib import Path

from pipelines.kinds.outputs import output_kind
from pipelines.slots import Slot, slots
from pipelines.task import Task

FOLDER = Path(__file__).parent.parent / "assets" / "icons"
# Kinds of value and groups of tasks that look like another; the others have a drawing of their name
LIKE = {
    **dict.fromkeys(("line", "lines", "json", "language"), "text"),
    **dict.fromkeys(("images", "vision"), "image"),
    **dict.fromkeys(("names", "scores", "ranks"), "labels"),
    **dict.fromkeys(("messages", "message"), "chat"),
    **dict.fromkeys(("marks", "keypoints", "matches"), "points"),
    **dict.fromkeys(("answers", "decisions", "guesses", "places"), "answer"),
    **dict.fromkeys(("tracks", "segments"), "audio"),
    **dict.fromkeys(("cells", "tabular"), "table"),
    "mask": "masks", "fills": "spans", "forecast": "series", "agents": "agent", "other": "graph",
}  # fmt: skip


@cache
def icon(name: str) -> str:
    """The drawing for a name, for the eye alone."""
    drawing = (FOLDER / f"{LIKE.get(name, name)}.svg").read_text(encoding="utf-8").strip()
    return drawing.replace("<svg ", '<svg class="icon" aria-hidden="true" ', 1)


def taken(slot: Slot) -> tuple[str, ...]:
    return (slot.kind, *slot.media)


def flow(task: Task) -> str:
    """What goes in and what comes out of a task, in drawings."""
    kinds = [kind for slot in slots(task.inputs) if slot.required for kind in taken(slot)]
    drawn = dict.fromkeys(map(icon, kinds))
    made = icon(output_kind(task.output).name)
    return f'<span class="flow">{"".join(drawn)}<i aria-hidden="true">→</i>{made}</span>'
