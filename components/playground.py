"""The first page: name a model, get its widget."""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from components import downloading, outputs, top
from components.answering import Answering
from components.callers import caller
from components.panel import Panel
from pipelines import registry
from pipelines.errors import TaglineError, UnknownModel
from pipelines.inference import Inference
from pipelines.model import Model

ALL = "all"
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
NO_MODELS = (
    "No model is on this machine yet. Run <code>make setup</code> in Tagline's folder to build the "
    "models on board, or name a folder of models in <code>TAGLINE_MODELS_DIR</code>."
)
Choice = dict[str, str | None]  # {"model": id, "task": tag or None}


def model_choices(inference: Inference, tag: str | None) -> list[tuple[str, str]]:
    """Models on this machine that can do `tag`, each with its own task behind its name."""
    able = [m for m in inference.models.list() if can(m, None if tag == ALL else tag)]
    return [(f"{model.id} · {model.tag or 'unknown'}", model.id) for model in able]


def can(model: Model, tag: str | None) -> bool:
    if tag is not None:
        return registry.get(tag).accepts(model)
    return any(task.accepts(model) for task in registry.TASKS.values())


def task_choices() -> list[tuple[str, str]]:
    return [
        ("All tasks", ALL),
        *((f"{t.tag} · {t.summary}", t.tag) for t in registry.TASKS.values()),
    ]


def draw(inference: Inference) -> None:
    """Builds the page in the Blocks now open."""
    top.draw(inference.engine.hardware)
    with gr.Row(elem_classes="pick"):
        task = gr.Dropdown(
            task_choices(),
            value=ALL,
            label="Show models for",
            scale=1,
            min_width=200,
        )
        model = gr.Dropdown(
            [],
            label="Model",
            scale=2,
            min_width=260,
            allow_custom_value=True,
            elem_id="model",
        )
    able = gr.Radio([], label="Task", visible=False, elem_id="task", elem_classes="tasks")
    choice = gr.State({})  # its first change, when the page opens, draws the panel
    blocks = gr.context.Context.root_block
    assert blocks is not None

    def start(request: gr.Request) -> Any:
        """What the address asks for, else the default model."""
        query = dict(request.query_params)
        name = query.get("model") or first_model(inference, query.get("task"))
        models = gr.update(choices=model_choices(inference, ALL), value=name)
        return [models, *select(name, query.get("task"))]

    def select(name: str | None, tag: str | None = None) -> list[Any]:
        tags = tags_of(inference, name)
        tag = tag if tag in tags or not tags else tags[0]
        shown = gr.update(choices=tags, value=tag, visible=len(tags) > 1)
        return [shown, {"model": name, "task": tag}]

    def choose(name: str | None, wanted: str) -> list[Any]:
        return select(name, None if wanted == ALL else wanted)

    def narrow(wanted: str, name: str | None) -> list[Any]:
        """Models of one task; if the chosen one cannot do it, the first that can."""
        choices = model_choices(inference, wanted)
        names = [value for _, value in choices]
        name = name if name in names else next(iter(names), None)
        return [gr.update(choices=choices, value=name), *choose(name, wanted)]

    blocks.load(start, None, [model, able, choice], **QUIET)
    # A choice from the list is told twice. One at a time, so that the second changes nothing: to
    # draw the panel again would take away what was pressed in it meanwhile.
    model.input(choose, [model, task], [able, choice], concurrency_limit=1, **QUIET)
    task.input(narrow, [task, model], [model, able, choice], **QUIET)
    able.input(lambda name, tag: {"model": name, "task": tag}, [model, able], choice, **QUIET)

    @gr.render(inputs=choice, triggers=[choice.change], queue=False, show_progress="hidden")
    def panel(chosen: Choice, request: gr.Request) -> None:
        client = caller(inference, request)
        show(inference, chosen, dict(request.query_params), choice, client)


def first_model(inference: Inference, tag: str | None) -> str | None:
    """The model to show when the address names none: the operator's, else the first that fits."""
    if tag not in registry.TASKS and inference.models.shown:
        return inference.models.shown
    wanted = tag if tag in registry.TASKS else None
    return next((m.id for m in inference.models.list() if can(m, wanted)), None)


def tags_of(inference: Inference, name: str | None) -> list[str]:
    """The tags of the tasks that a model on this machine can do; on the page chat leads."""
    try:
        tasks = registry.for_model(inference.models.find(name or ""))
    except TaglineError:
        return []
    return [task.tag for task in sorted(tasks, key=lambda task: not task.leads)]


def show(
    inference: Inference, chosen: Choice, query: Mapping[str, str], choice: gr.State, client: str
) -> None:
    """The panel of what was chosen, or what stands in its way."""
    name = chosen.get("model")
    if not name:
        gr.HTML(f'<div class="note">{NO_MODELS}</div>', padding=False)
        return
    try:
        model = inference.models.find(name)
        task = registry.choose(model, chosen.get("task"))
    except UnknownModel:
        downloading.draw(inference, name, choice)
        return
    except TaglineError as error:
        gr.HTML(outputs.error(str(error)), padding=False)
        return
    same = query.get("model", name) == name and query.get("task", task.tag) == task.tag
    Panel(Answering(inference, model, task, client), query if same else {}).draw()
