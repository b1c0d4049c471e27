"""The steps between a file and a run: which model, which columns, how many rows."""

import asyncio
from collections.abc import Sequence
from html import escape
from typing import Any

import gradio as gr

from api.texts import Texts
from components import choosing, lines, texts
from components import inputs as widgets
from components.answering import Answering
from components.callers import caller
from components.dataset.desk import QUIET, Desk, go, going, query
from pipelines import registry
from pipelines.errors import InvalidInput, TaglineError
from pipelines.model import Model
from pipelines.search import tags_of
from pipelines.slots import Slot, slots
from pipelines.task import Task
from runs import judging, mapping
from runs.about import Feed, Plan
from runs.kept import Kept
from runs.sources.opening import first
from runs.sources.row import Row

LOOK = 20  # rows that the mapping is guessed from
SHOWN, COLUMNS = 4, 12  # of a preview
Choice = dict[str, Any]  # {"id": of the run, "model": id, "task": tag}
NONE, SAME, ALL = "", "=", mapping.ALL  # no column; one value for every row; every column


def draw(desk: Desk, kept: Kept, choice: gr.State) -> None:
    """What is in the file, and which model is to see it."""
    say, about = texts.here(), kept.about
    gr.HTML(f'<h2 class="step">{escape(about.name)}</h2>', padding=False)
    gr.HTML(preview(first(kept.source, SHOWN), about.columns, about.total, say), padding=False)
    chosen = first_choice(desk, {"id": kept.id})
    tags = choosing.tags_of_name(desk.inference, chosen.get("model"))
    able = [model for model in desk.inference.models.list() if tags_of(model)]
    models = [(f"{model.id} · {model.tag}", model.id) for model in able]
    with gr.Row(elem_classes="pick"):
        model = gr.Dropdown(
            models, value=chosen.get("model"), label=say("dataset.model"), interactive=True,
            elem_id="dataset-model", scale=2, min_width=260,
        )  # fmt: skip
        task = gr.Dropdown(
            tags, value=chosen.get("task"), label=say("dataset.task"), interactive=True,
            elem_id="dataset-task", scale=1, min_width=200,
        )  # fmt: skip

    def other_model(name: str) -> list[Any]:
        tags = choosing.tags_of_name(desk.inference, name)
        tag = fitting(kept, tags)
        return [gr.update(choices=tags, value=tag), {"id": kept.id, "model": name, "task": tag}]

    def other_task(name: str, tag: str) -> Choice:
        return {"id": kept.id, "model": name, "task": tag}

    model.input(other_model, model, [task, choice], **QUIET)
    task.input(other_task, [model, task], choice, **QUIET)


def preview(rows: Sequence[Row], columns: Sequence[str], total: int, say: Texts) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns[:COLUMNS])
    made = "".join(
        "<tr>"
        + "".join(f"<td>{escape(mapping.brief(row.cells.get(name))[:120])}</td>"
                  for name in columns[:COLUMNS])
        + "</tr>"
        for row in rows
    )  # fmt: skip
    counted = say.html("dataset.counted", rows=f"{total:,}", columns=len(columns))
    return (
        f'<p class="caption">{counted}</p><div class="table preview" tabindex="0" role="region" '
        f'aria-label="{say.html("dataset.first_rows")}"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{made}</tbody></table></div>"
    )


def first_choice(desk: Desk, query: dict[str, Any]) -> Choice:
    """A model that fits the file: as the last run had it, as the sample wants it, else the first
    of those on this machine whose inputs the columns can feed."""
    try:
        kept = desk.runs.shelf.get(str(query.get("id")))
        about = kept.about
        if about.state != "draft":
            return {}
        model, task = about.first
        if about.plan:
            model, task = about.plan.model, about.plan.task
        here = {each.id for each in desk.inference.models.list()}
        model = model if model in here else best(desk, kept)
        tags = choosing.tags_of_name(desk.inference, model)
    except TaglineError:
        return {}
    return {"id": kept.id, "model": model, "task": task if task in tags else fitting(kept, tags)}


def best(desk: Desk, kept: Kept) -> str | None:
    """The model whose classes the labels name, else the first that the columns can feed."""
    rows, columns = first(kept.source, LOOK), kept.about.columns
    here = desk.inference.models.list()
    able = [model for model in here if feeds(model, rows, columns)]
    found = max(able, key=lambda model: named(model, rows, columns), default=None)
    return found.id if found else next((model.id for model in here), None)


def feeds(model: Model, rows: Sequence[Row], columns: Sequence[str]) -> bool:
    tags = tags_of(model)
    return bool(tags) and fits(registry.get(tags[0]), rows, columns)


def named(model: Model, rows: Sequence[Row], columns: Sequence[str]) -> int:
    """How many rows have a label that is a class of the model."""
    label = mapping.guess_label(rows, columns, ())
    known = {str(key): str(name) for key, name in (model.config.get("id2label") or {}).items()}
    found = (judging.label_text(row.cells.get(label or ""), known) for row in rows)
    return sum(each in known.values() for each in found)


def fitting(kept: Kept, tags: Sequence[str]) -> str | None:
    """The first task that the file's columns can feed."""
    rows, columns = first(kept.source, LOOK), kept.about.columns
    able = (tag for tag in tags if fits(registry.get(tag), rows, columns))
    return next(able, next(iter(tags), None))


def fits(task: Task, rows: Sequence[Row], columns: Sequence[str]) -> bool:
    """Whether pictures and recordings go where the task takes some, and only there."""
    has = any(mapping.holds_files(rows, column) for column in columns)
    kinds = [slot for slot in slots(task.inputs) if slot.required]
    files = any(slot.is_file or slot.kind == "images" or slot.media for slot in kinds)
    tables = any(slot.kind == "table" for slot in kinds)
    return has == files and (not tables or numeric(rows))


def numeric(rows: Sequence[Row]) -> bool:
    """Whether most cells are numbers, as in the tables of classic models."""
    cells = [mapping.number(cell) for row in rows for cell in row.cells.values()]
    return sum(isinstance(cell, int | float) for cell in cells) > len(cells) / 2


# The form ---------------------------------------------------------------------------------------


def draw_form(desk: Desk, chosen: Choice) -> None:
    """Columns, rows and parameters for a chosen model."""
    say = texts.here()
    try:
        kept = desk.runs.shelf.get(chosen["id"])
        model = desk.inference.models.find(chosen.get("model") or "")
        task = registry.choose(model, chosen.get("task"))
        Form(desk, kept, model, task, say).draw()
    except TaglineError as error:
        gr.HTML(lines.error(str(error)), padding=False)


class Form:
    """The boxes of a plan, in the order of `read`."""

    def __init__(self, desk: Desk, kept: Kept, model: Model, task: Task, say: Texts) -> None:
        self.desk, self.kept, self.model, self.task, self.say = desk, kept, model, task, say
        self.about = kept.about
        self.rows = first(kept.source, LOOK)
        self.slots = [slot for slot in slots(task.inputs) if not slot.fixed]
        self.answering = Answering(desk.inference, model, task)
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
        options = self.answering.options
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
        options = zip(self.answering.options, values[pairs + 2 :], strict=True)
        got = {slot.name: widgets.of(slot).read(value) for slot, value in options}
        given = {s.name: got[s.name] for s in self.answering.options if got[s.name] != s.default}
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
