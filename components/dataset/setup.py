"""The step between a file and its form: what is in it, and which model is to see it."""

from collections.abc import Sequence
from html import escape
from typing import Any

import gradio as gr

from api.texts import Texts
from components import choosing, lines, texts
from components.dataset.desk import QUIET, Desk
from components.dataset.form import Form
from components.dataset.matching import Choice, first_choice, fitting
from pipelines import registry
from pipelines.errors import TaglineError
from pipelines.search import tags_of
from runs import mapping
from runs.kept import Kept
from runs.sources.opening import first
from runs.sources.row import Row

SHOWN, COLUMNS = 4, 12  # of a preview


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
