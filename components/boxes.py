"""The boxes of a panel: inputs, the system prompt of a conversation, parameters.

What stands in them at first comes from the link that was opened, else from the model's card, else
from the task's record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr

from components import inputs as widgets
from components import links, pad, texts
from components.answering import Answering
from pipelines import samples
from pipelines.slots import Slot

Component = gr.components.Component


@dataclass(frozen=True)
class Boxes:
    """Draws the fields of `answering`; `query` prefills them, and `given` its files by their
    paths."""

    answering: Answering
    query: Mapping[str, str]
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def defaults(self) -> dict[str, Any]:
        """The parameters as they stand at first: those of the card, else the task's."""
        usual = {slot.name: slot.default for slot in self.answering.options}
        return usual | self.of_card

    @property
    def of_card(self) -> dict[str, Any]:
        known = {slot.name for slot in self.answering.options}
        chosen = samples.card_parameters(self.answering.task, self.answering.model)
        return {name: value for name, value in chosen.items() if name in known}

    def draw(self) -> tuple[list[Component], gr.Button | None]:
        """All of them, in the order of `answering.fields`; and the button that resets the
        parameters."""
        ins = self.draw_inputs()
        system = self.draw_system()
        options, reset = self.draw_options()
        return [*ins, *system, *options], reset

    def draw_inputs(self) -> list[Component]:
        slots = self.answering.ins
        made = [widgets.of(slot).make(slot, self.prefill(slot, None)) for slot in slots]
        boxes = {slot.name: box for slot, box in zip(slots, made, strict=True)}
        for slot in slots:
            pad.link(slot, boxes)
        return made

    def draw_system(self) -> list[Component]:
        say, made = texts.here(), []
        for slot in self.answering.extras:
            with gr.Accordion(say("panel.system"), open=links.key(slot) in self.query):
                about = replace(slot, description="")
                box = widgets.of(slot).make(about, self.prefill(slot, ""))
                box.label = say("panel.system_about")
                made.append(box)
        return made

    def draw_options(self) -> tuple[list[Component], gr.Button | None]:
        """Those that most callers want to set stand open, the others in an accordion."""
        options = self.answering.options
        if not options:
            return [], None
        others = [slot for slot in options if not slot.leads]
        made = self.draw_fields([slot for slot in options if slot.leads])
        opened = any(links.key(slot) in self.query for slot in others)
        with gr.Accordion(texts.here()("panel.parameters"), open=opened, visible=bool(others)):
            made |= self.draw_fields(others)
            reset = self.draw_reset()
        return [made[slot.name] for slot in options], reset

    def draw_fields(self, options: list[Slot]) -> dict[str, Component]:
        if not options:
            return {}
        with gr.Row(elem_classes="options"):
            return {
                slot.name: widgets.of(slot).make(slot, self.prefill(slot, self.defaults[slot.name]))
                for slot in options
            }

    def draw_reset(self) -> gr.Button:
        """Where the parameters come from, and the way back to that."""
        say = texts.here()
        with gr.Row(elem_classes="reset"):
            if self.of_card:
                line = say.html("panel.from_card", names=", ".join(self.of_card))
                gr.HTML(f'<p class="caption">{line}</p>', padding=False)
            return gr.Button(say("panel.reset"), size="sm", min_width=80, elem_id="reset")

    def prefill(self, slot: Slot, value: Any) -> Any:
        """The value of a field at first: from the link that was opened, else `value`."""
        if slot.name in self.given:
            return self.given[slot.name]
        if slot.is_file or slot.media or links.key(slot) not in self.query:
            return widgets.of(slot).show(value)
        return links.read(slot, self.query[links.key(slot)])

    def reset(self) -> Any:
        """The parameters as they stood at first."""
        values = [widgets.of(s).show(self.defaults[s.name]) for s in self.answering.options]
        return values if len(values) > 1 else values[0]
