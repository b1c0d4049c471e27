"""The page of comparisons: which task, and whether models or parameter values are compared."""

from typing import Any

import gradio as gr

from api.texts import Texts
from components import texts, top
from components.callers import caller
from components.compare.choosing import LEAST, Models, Values, able
from components.compare.fields import Fields
from components.compare.sheet import Sheet
from pipelines import registry
from pipelines.inference import Inference
from pipelines.settings import Settings

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
MODELS, VALUES = "models", "values"
Plan = dict[str, Any]  # {"task": tag, "grid": whether one model stands at several values}


def draw(inference: Inference, settings: Settings) -> None:
    """Builds the page in the Blocks now open."""
    top.draw("compare", inference.engine.hardware, settings.sign_in)
    plan = gr.State({})  # its first change, when the page opens, draws the body
    blocks = gr.context.Context.root_block
    assert blocks is not None

    def start(request: gr.Request) -> Plan:
        return asked(able(inference), dict(request.query_params))

    blocks.load(start, None, plan, **QUIET)

    @gr.render(inputs=plan, triggers=[plan.change], queue=False, show_progress="hidden")
    def body(chosen: Plan, request: gr.Request) -> None:
        say, here = texts.here(), able(inference)
        tag = chosen.get("task")
        if tag not in here:
            gr.HTML(f'<div class="note">{say.html("compare.no_models")}</div>', padding=False)
            return
        choose(plan, here, chosen, say)
        fields = Fields(inference, registry.get(str(tag)), here[str(tag)])
        chooser = Values(fields) if chosen["grid"] else Models(fields)
        query = dict(request.query_params)
        query = query if asked(here, query) == chosen else {}
        Sheet(fields, chooser, query, caller(inference, request), say).draw()


def asked(here: dict[str, Any], query: dict[str, str]) -> Plan:
    """What an address asks for; without a word the first task, with two models if any has them."""
    tag = query.get("task")
    tag = tag if tag in here else next(iter(here), None)
    several = len(here.get(tag or "", ())) >= LEAST
    return {"task": tag, "grid": "x" in query or not (several or "models" in query)}


def choose(plan: gr.State, here: dict[str, Any], chosen: Plan, say: Texts) -> None:
    """The boxes that decide what the rest of the page is."""
    with gr.Row(elem_classes="pick"):
        task = gr.Dropdown(
            [(label(tag, len(models), say), tag) for tag, models in here.items()],
            value=chosen["task"],
            label=say("compare.task"),
            interactive=True,
            elem_id="compare-task",
            min_width=260,
        )
        mode = gr.Radio(
            [(say("compare.by_model"), MODELS), (say("compare.by_value"), VALUES)],
            value=VALUES if chosen["grid"] else MODELS,
            label=say("compare.what"),
            interactive=True,
            elem_id="compare-by",
            min_width=260,
        )
    task.input(lambda tag: asked(here, {"task": tag}), task, plan, **QUIET)
    mode.input(lambda tag, by: {"task": tag, "grid": by == VALUES}, [task, mode], plan, **QUIET)


def label(tag: str, count: int, say: Texts) -> str:
    return say("compare.task_choice", tag=tag, summary=say.word(registry.get(tag).summary), n=count)
