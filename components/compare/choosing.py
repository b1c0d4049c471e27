"""What is compared: two to four models, or one model at several values of its parameters."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from api.texts import Texts
from components import texts
from components.compare import grid
from components.compare.cells import Cell, letters
from components.compare.fields import Fields
from pipelines import registry
from pipelines.errors import InvalidInput
from pipelines.inference import Inference
from pipelines.model import Model

Component = gr.components.Component
LEAST, MOST = 2, 4  # models side by side, and answers of a blind vote
Asked = tuple[str, Model, grid.Changes]  # title, model, parameters of one cell


def able(inference: Inference) -> dict[str, list[Model]]:
    """The models on this machine by the tasks that they can do, tasks with two of them first."""
    here = inference.models.list()
    found = {
        tag: [model for model in here if task.accepts(model)]
        for tag, task in registry.TASKS.items()
    }
    some = [(tag, models) for tag, models in found.items() if models]
    return dict(sorted(some, key=lambda each: len(each[1]) < LEAST))


@dataclass(frozen=True)
class Models:
    """Several models by their names."""

    fields: Fields
    names = ("models",)  # of the boxes, in the address
    seats = MOST

    def draw(self, query: Mapping[str, str], say: Texts) -> list[Component]:
        here = [model.id for model in self.fields.models]
        wanted = list(filter(None, query.get("models", "").split(",")))
        asked = [name for name in wanted if name in here]
        if missing := [name for name in wanted if name not in here]:
            line = say.html("compare.missing", names=", ".join(missing))
            gr.HTML(f'<p class="note" role="note">{line}</p>', padding=False)
        box = gr.Dropdown(
            here,
            value=asked[:MOST] or here[:LEAST],
            multiselect=True,
            max_choices=MOST,
            label=say("compare.models"),
            info=say("compare.models_info" if len(here) >= LEAST else "compare.only_one"),
            interactive=True,
            elem_id="models",
        )
        return [box]

    def read(self, values: Sequence[Any]) -> list[Asked]:
        names = list(values[0] or ())
        if not LEAST <= len(names) <= MOST:
            raise InvalidInput(texts.here()("compare.choose_models", least=LEAST, most=MOST))
        return [(name, model_of(self.fields, name), {}) for name in names]

    def across(self, values: Sequence[Any]) -> int:
        """How many cells stand in a row."""
        return len(values[0])


@dataclass(frozen=True)
class Values:
    """One model, and one or two parameters with several values each."""

    fields: Fields
    names = ("model", "x", "x", "y", "y")
    seats = grid.MOST_CELLS

    def draw(self, query: Mapping[str, str], say: Texts) -> list[Component]:
        here = [model.id for model in self.fields.models]
        asked = query.get("model")
        model = gr.Dropdown(
            here,
            value=asked if asked in here else here[0],
            label=say("compare.model"),
            interactive=True,
            elem_id="model",
        )
        axes = grid.axes_of(self.fields.options)
        if not axes:
            gr.HTML(f'<p class="note">{say.html("compare.no_axes")}</p>', padding=False)
        with gr.Row():
            x = self.axis("x", query, say, axes[0].name if axes else None)
            y = self.axis("y", query, say, None)
        return [model, *x, *y]

    def axis(
        self, name: str, query: Mapping[str, str], say: Texts, first: str | None
    ) -> list[Component]:
        """Which parameter, and its values; another parameter brings values to begin with."""
        known = {slot.name: slot for slot in grid.axes_of(self.fields.options)}
        asked = grid.read(query.get(name))
        typed = asked.typed if asked and asked.name in known else None
        chosen = asked.name if asked and typed is not None else first
        nothing = [] if first else [(say("compare.none"), "")]
        start = typed if typed is not None else grid.suggest(known[chosen]) if chosen else ""
        with gr.Column(min_width=260), gr.Group(), gr.Row():
            which = gr.Dropdown(
                [*nothing, *((slot.label, slot.name) for slot in known.values())],
                value=chosen or ("" if nothing else None),
                label=say(f"compare.{name}"),
                interactive=True,
                min_width=120,
                elem_id=name,
            )
            values = gr.Textbox(
                start,
                label=say(f"compare.{name}_values"),
                placeholder=say("compare.values_hint"),
                interactive=True,
                min_width=120,
                elem_id=f"{name}-values",
            )
        which.input(
            lambda chosen: grid.suggest(known[chosen]) if chosen in known else "",
            which,
            values,
            queue=False,
            api_visibility="private",
            show_progress="hidden",
        )
        return [which, values]

    def read(self, values: Sequence[Any]) -> list[Asked]:
        name, *typed = values
        model = model_of(self.fields, str(name))
        axes = [grid.Axis(which, text or "") for which, text in pairs(typed) if which]
        if not axes:
            raise InvalidInput(texts.here()("compare.choose_axis"))
        return [
            (grid.name(changed), model, changed)
            for changed in grid.changes(axes, self.fields.options, texts.here())
        ]

    def across(self, values: Sequence[Any]) -> int:
        """As many as X has values."""
        _, *typed = values
        return next(
            len(grid.Axis(which, text or "").texts) for which, text in pairs(typed) if which
        )


def pairs(values: Sequence[Any]) -> list[tuple[Any, Any]]:
    return list(zip(values[::2], values[1::2], strict=True))


def model_of(fields: Fields, name: str) -> Model:
    """Raises the error that says why there is no such model, or why it cannot do the task."""
    model = fields.inference.models.find(name)
    registry.choose(model, fields.task.tag)
    return model


def cells(fields: Fields, asked: Sequence[Asked], chosen: grid.Changes, blind: bool) -> list[Cell]:
    """A cell for each, every one's parameters validated; in an order of chance if it is `blind`."""
    if blind and not LEAST <= len(asked) <= MOST:
        say = texts.here()
        raise InvalidInput(say("compare.not_blind", least=LEAST, most=MOST, n=len(asked)))
    made = [(title, model, fields.params(chosen | changes)) for title, model, changes in asked]
    if blind:
        random.shuffle(made)
    return [Cell(letter, *each) for letter, each in zip(letters(len(made)), made, strict=True)]
