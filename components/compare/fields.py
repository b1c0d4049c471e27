"""The input and the parameters that all cells share: boxes, their first values, their reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import gradio as gr

from api.texts import Texts
from components import inputs as widgets
from components import links, pad
from components.compare import address
from components.talk import Said, messages
from pipelines import samples
from pipelines.inference import Inference
from pipelines.model import Model
from pipelines.samples import Sample
from pipelines.slots import Slot, slots
from pipelines.task import Task

Component = gr.components.Component


@dataclass(frozen=True)
class Fields:
    """The fields of a task's record; `models` are all that can do it, and the first one's card says
    what stands in the boxes at first."""

    inference: Inference
    task: Task
    models: Sequence[Model]

    @cached_property
    def ins(self) -> tuple[Slot, ...]:
        return slots(self.task.inputs)

    @cached_property
    def options(self) -> tuple[Slot, ...]:
        """Parameters with something to choose; where models limit one, all that any allows."""
        found = [slot for slot in slots(self.task.params) if not slot.fixed]
        return tuple(self.narrowed(slot) for slot in found)

    def narrowed(self, slot: Slot) -> Slot:
        allowed = [each for picks in self.picks for each in picks.get(slot.name, ())]
        if not allowed:
            return slot
        return replace(slot, kind="choice", choices=tuple(dict.fromkeys(allowed)))

    @cached_property
    def picks(self) -> list[Mapping[str, tuple[str, ...]]]:
        return [self.task.choices(model) for model in self.models]

    @property
    def all(self) -> tuple[Slot, ...]:
        """Inputs, then parameters: the order of the boxes."""
        return (*self.ins, *self.options)

    @cached_property
    def offered(self) -> list[Sample]:
        return samples.of_model(self.task, self.models[0])

    # Boxes --------------------------------------------------------------------------------------

    def draw(self, query: Mapping[str, str], say: Texts) -> list[Component]:
        """Builds the boxes in the Blocks now open."""
        first = self.first(query)
        with gr.Row(equal_height=False, elem_classes="panel"):
            with gr.Column(min_width=300):
                ins = [self.box(slot, first) for slot in self.ins]
            if not self.options:
                return self.linked(ins)
            with (
                gr.Column(min_width=300),
                gr.Accordion(say("compare.parameters"), open=address.told(self.options, query)),
                gr.Row(elem_classes="options"),
            ):
                options = [self.box(slot, first) for slot in self.options]
        return [*self.linked(ins), *options]

    def box(self, slot: Slot, first: Mapping[str, Any]) -> Component:
        return widgets.of(slot).make(slot, first[slot.name])

    def linked(self, ins: list[Component]) -> list[Component]:
        boxes = {slot.name: box for slot, box in zip(self.ins, ins, strict=True)}
        for slot in self.ins:
            pad.link(slot, boxes)
        return ins

    def first(self, query: Mapping[str, str]) -> dict[str, Any]:
        """What the boxes hold when the page opens: what a link says, else the first sample. Files
        stand in no link."""
        ready = self.shown(self.offered[0] if self.offered else Sample("", {}))
        if not address.told(self.all, query):
            return ready
        spoken = {s.name: address.read(s, query) for s in self.all if links.fits(s)}
        return ready | spoken

    def shown(self, sample: Sample) -> dict[str, Any]:
        """The boxes' values for a sample, parameters included."""
        chosen = {slot.name: slot.default for slot in self.all}
        chosen |= samples.card_parameters(self.task, self.models[0])
        chosen |= sample.parameters | sample.inputs
        return {s.name: widgets.of(s).show(chosen.get(s.name)) for s in self.all}

    # Reading ------------------------------------------------------------------------------------

    def read(self, values: Sequence[Any]) -> tuple[Any, dict[str, Any]]:
        """The validated input, and the parameters that are not at their defaults."""
        pairs = zip(self.all, values, strict=True)
        got = {slot.name: widgets.of(slot).read(value) for slot, value in pairs}
        inputs = {slot.name: got[slot.name] for slot in self.ins if got[slot.name] is not None}
        for slot in self.ins:
            if slot.kind == "messages":
                inputs[slot.name] = messages(Said([], got[slot.name]), "")
        row = self.task.validate(self.task.inputs, inputs, "inputs", self.inference.limits)
        return row, {s.name: got[s.name] for s in self.options if got[s.name] != s.default}

    def params(self, chosen: Mapping[str, Any]) -> Any:
        """Validated parameters. No model's card adds any, since all get the same."""
        read = self.task.read_params(dict(chosen), self.inference.limits)
        return self.inference.located(self.task, read)
