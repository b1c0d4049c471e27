"""The form of a run over a data set: which column feeds which input, which rows, which options."""

import asyncio
from collections.abc import Sequence
from typing import Any

import gradio as gr

from api.texts import Texts
from components import inputs as widgets
from components import lines
from components.asking import Asking
from components.callers import caller
from components.dataset.desk import QUIET, Desk, go, going, query
from components.dataset.matching import LOOK
from pipelines.errors import InvalidInput, TaglineError
from pipelines.model import Model
from pipelines.slots import Slot, slots
from pipelines.task import Task
from runs import mapping
from runs.about import Feed, Plan
from runs.kept import Kept
from runs.sources.opening import first

NONE, SAME, ALL = "", "=", mapping.ALL  # no column; one value for every row; every column


class Form:
    """The boxes of a plan, in the order of `read`."""

    def __init__(self, desk: Desk, kept: Kept, model: Model, task: Task, say: Texts) -> None:
        self.desk, self.kept, self.model, self.task, self.say = desk, kept, model, task, say
        self.about = kept.about
        self.rows = first(kept.source, LOOK)
        self.slots = [slot for slot in slots(task.inputs) if not slot.fixed]
        self.asking = Asking(desk.inference, model, task)
        plan = self.about.plan
        known = plan if plan and (plan.model, plan.task) == (model.id, task.tag) else None
        self.feeds = (
            known.feeds if known else mapping.guess(task, model, self.rows, self.about.columns)
        )
        used = [feed.column or "" for feed in self.feeds.values()]
        self.label = (
            known.label if known else mapping.guess_label(self.rows, self.about.columns, used)
        )
        self.given = known.params if known else {}

    def draw(self) -> None:
        say = self.say
        gr.HTML(f'<h3 class="step">{say("dataset.columns")}</h3>', padding=False)
        boxes: list[Any] = []
        for slot in self.slots:
            boxes += self.draw_slot(slot)
        with gr.Row(elem_classes="options"):
            boxes.append(self.draw_label())
            boxes.append(
                gr.Slider(
                    1,
                    max(2, self.about.total),
                    self.about.total,
                    step=1,
                    interactive=True,
                    label=say("dataset.rows"),
                    elem_id="dataset-rows",
                )  # fmt: skip
            )
        boxes += self.draw_options()
        with gr.Row(elem_classes="actions"):
            button = gr.Button(
                say("dataset.start"), variant="primary", elem_id="run", min_width=120
            )
        note, next_ = gr.HTML("", padding=False, elem_id="dataset-note"), going()
        go(button.click(self.start, boxes, [note, next_], **QUIET), next_)

    def draw_slot(self, slot: Slot) -> list[Any]:
        """A list of columns, and a box for one value for every row where the input is no file."""
        say, feed = self.say, self.feeds.get(slot.name, Feed())
        own = [(say("dataset.all_columns"), ALL)] if slot.kind == "table" else []
        plain = not (slot.is_file or slot.kind in ("images", "table"))
        same = [(say("dataset.same_value"), SAME)] if plain else []
        none = [] if slot.required else [(say("dataset.no_column"), NONE)]
        choices = [*none, *own, *((name, f"c:{name}") for name in self.about.columns), *same]
        value = f"c:{feed.column}" if feed.column and feed.column != ALL else feed.column
        fixed = feed.column is None and feed.value is not None
        start = SAME if fixed else value or (NONE if none else None)
        with gr.Row(elem_classes="feed"):
            column = gr.Dropdown(
                choices, value=start, label=say.word(slot.label), info=say.word(slot.description),
                interactive=True, elem_id=f"feed-{slot.name}",
            )  # fmt: skip
            box = gr.Textbox(
                as_text(feed.value), label=f"{say.word(slot.label)}: {say('dataset.same_value')}",
                interactive=True, visible=fixed, elem_id=f"value-{slot.name}",
            )  # fmt: skip
        column.input(lambda chosen: gr.update(visible=chosen == SAME), column, box, queue=False,
                     **QUIET)  # fmt: skip
        return [column, box]

    def draw_label(self) -> gr.Dropdown:
        none = (self.say("dataset.no_label"), NONE)
        return gr.Dropdown(
            [none, *((name, f"c:{name}") for name in self.about.columns)],
            value=f"c:{self.label}" if self.label else NONE,
            label=self.say("dataset.label"), info=self.say("dataset.label_help"),
            interactive=True, elem_id="dataset-label",
        )  # fmt: skip

    def draw_options(self) -> list[Any]:
        options = self.asking.options
        if not options:
            return []
        with gr.Accordion(self.say("dataset.params"), open=False), gr.Row(elem_classes="options"):
            return [
                widgets.of(slot).make(
                    slot, widgets.of(slot).show(self.given.get(slot.name, slot.default))
                )
                for slot in options
            ]

    async def start(self, request: gr.Request, *values: Any) -> list[str]:
        """The handler of the button: a note, and where to go."""
        try:
            self.desk.check(self.kept, request)
            plan = await asyncio.to_thread(self.plan, values)
            client = caller(self.desk.inference, request)
            self.desk.runs.start(self.kept, plan, client)
        except TaglineError as error:
            return [lines.error(str(error)), ""]
        return ["", query(self.kept)]

    def plan(self, values: Sequence[Any]) -> Plan:
        """What the boxes mean. Raises InvalidInput, naming what is wrong with the first row."""
        pairs = 2 * len(self.slots)
        feeds = self.read_feeds(values[:pairs])
        label, rows = values[pairs], int(values[pairs + 1])
        options = zip(self.asking.options, values[pairs + 2 :], strict=True)
        got = {slot.name: widgets.of(slot).read(value) for slot, value in options}
        given = {s.name: got[s.name] for s in self.asking.options if got[s.name] != s.default}
        self.task.read_params(given, self.desk.inference.limits)
        known = self.model.config.get("id2label") or {}
        return Plan(
            model=self.model.id, revision=self.model.revision, task=self.task.tag, feeds=feeds,
            label=label[2:] or None, params=given, rows=max(1, min(rows, self.about.total)),
            known={str(key): str(name) for key, name in known.items()},
        )  # fmt: skip

    def read_feeds(self, values: Sequence[Any]) -> dict[str, Feed]:
        feeds = {}
        for slot, column, text in zip(self.slots, values[::2], values[1::2], strict=True):
            if column == SAME and (text or "").strip():
                feeds[slot.name] = Feed(value=text)
            elif column and column != SAME:
                feeds[slot.name] = Feed(column=column if column == ALL else column[2:])
            elif slot.required:
                raise InvalidInput(self.say("dataset.lacks", name=self.say.word(slot.label)))
        return feeds


def as_text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
