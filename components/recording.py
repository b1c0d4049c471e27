"""What the browser remembers of a run, and the button under a result that keeps it on the server.

A record goes to the browser alone; its id names the run, which the server holds for a while.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import gradio as gr
from gradio.context import LocalContext

from api import callers, look
from components import inputs as widgets
from components import links, outputs, rows
from components.answering import Answering, Ended, Shown
from components.callers import scope
from components.opening import Opened
from pipelines.kinds.shapes import is_media
from pipelines.pictures import told_by
from pipelines.recent import Run
from pipelines.slots import Slot
from pipelines.versions import versions

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
MOST_WORDS = 300  # characters of a result in the list of runs
MOST_ITEMS = 12  # of a list among those words
MOST_RAW = 50_000  # characters of its JSON that a browser remembers
SCRIPT = "import('%s').then((keep) => keep.start(element, props, watch));"


@dataclass(frozen=True)
class Recording:
    """Draws the line under a result, and fills it with the last step of a run. `opened` is the run
    that the address names, if it does; `off` that nothing of a run is remembered."""

    answering: Answering
    opened: Opened | None = None
    off: bool = False

    def draw(self) -> gr.HTML:
        """Builds it in the Blocks now open."""
        if self.off:
            return gr.HTML(None, visible=False)
        return gr.HTML(
            None,
            html_template='<div class="keep"></div>',
            js_on_load=SCRIPT % look.address("keep"),
            elem_id="keep",
            apply_default_css=False,
            padding=False,
        )

    def wire(self, right: list[Any]) -> None:
        """`right` begins with the status line, the result and the raw JSON."""
        if self.opened:
            opened = self.opened

            def show() -> list[Any]:
                return opened.shown(self.answering)

            gr.on(None, show, None, right[:3], queue=False, **QUIET)

    async def update(self, step: Shown, boxes: list[Any]) -> Any:
        """What `draw` gave, after a step of a run that was started with `boxes`."""
        if step.sent and not self.off:
            return gr.update(value=None)
        if self.off or step.running or step.ended is None:
            return gr.skip()
        return await asyncio.to_thread(self.record, step.ended, boxes)

    def record(self, ended: Ended, boxes: list[Any]) -> dict[str, Any]:
        call, run = ended.call, self.run(ended, boxes)
        written = "" if ended.error else outputs.raw(call.task.wire([ended.value]))
        id = None if ended.error else self.answering.inference.recent.put(run, owner())
        return {
            "id": id or f"local-{time.time_ns()}",
            "keepable": id is not None,
            "time": run.created,
            "task": run.task,
            "model": run.model,
            "revision": run.revision,
            "inputs": rows.told(call.inputs[0]),
            "parameters": rows.exact(run.parameters),
            "words": "" if ended.error else self.words(ended.value)[:MOST_WORDS],
            "result": written[:MOST_RAW],
            "error": ended.error,
            "seconds": round(run.seconds, 4),
            "device": run.device,
            "notices": list(run.notices),
            "versions": run.versions,
            "link": self.link(call.inputs[0], boxes),
        }

    def run(self, ended: Ended, boxes: list[Any]) -> Run:
        model, call = self.answering.model, ended.call
        return Run(
            task=call.task.tag,
            model=model.id,
            revision=model.revision,
            inputs=call.inputs[0].model_dump(),
            parameters=self.parameters(ended, boxes),
            result=ended.value,
            seconds=ended.seconds,
            device=ended.device,
            notices=tuple(call.notices),
            versions=dict(versions(model.library)),
            created=time.time(),
        )

    def parameters(self, ended: Ended, boxes: list[Any]) -> dict[str, Any]:
        """Those that were used: the seed that was drawn too, where the result says it, and an
        adapter by its id, not by the place of its file."""
        used = {n: v for n, v in ended.call.params.model_dump().items() if v is not None}
        typed = zip(self.answering.fields, boxes, strict=True)
        adapters = {slot.name: box for slot, box in typed if slot.kind == "adapter" and box}
        first = ended.value[0] if isinstance(ended.value, list) and ended.value else ended.value
        drawn = told_by(first) if is_media(first) else {}
        seed = {"seed": drawn["seed"]} if "seed" in drawn and "seed" in used_names(ended) else {}
        return used | adapters | seed

    def words(self, value: Any) -> str:
        """A result in a few words: its text, or else what stands in it."""
        kind = self.answering.kind
        if kind.text is not str and (words := kind.text(value)):
            return words
        return brief(outputs.short(value))

    def link(self, row: Any, boxes: list[Any]) -> str | None:
        """An address that brings all of `boxes` back, None where they do not fit into one."""
        answering = self.answering
        query = {"model": answering.model.id, "task": answering.task.tag}
        for slot, box in zip(answering.fields, boxes, strict=True):
            if slot.kind == "messages" and len(getattr(row, slot.name)) > 1:
                return None
            if not is_usual(slot, box):
                if not links.fits(slot):
                    return None
                query[links.key(slot)] = str(box).lower() if isinstance(box, bool) else str(box)
        made = f"/?{urlencode(query)}"
        return made if len(made) <= links.MOST else None


def brief(value: Any) -> str:
    """The words and numbers of a value, without its names; of a long list the first."""
    if isinstance(value, dict):
        return " ".join(map(brief, value.values()))
    if isinstance(value, list):
        return " · ".join(map(brief, value[:MOST_ITEMS]))
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def is_usual(slot: Slot, box: Any) -> bool:
    """Whether a new panel would show the same."""
    if hasattr(box, "to_dict"):  # a table of pandas has no truth
        return False
    return box in (None, "", [], {}) or bool(box == widgets.of(slot).show(slot.default))


def used_names(ended: Ended) -> set[str]:
    return set(type(ended.call.params).model_fields)


def owner() -> int | None:
    """The id of the token of whoever caused what runs now."""
    request = LocalContext.request.get(None)
    return callers.token_id(scope(request)) if request else None
