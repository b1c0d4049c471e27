"""What a panel asks of a model: which boxes it has, and what they hold, as a request."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from components import inputs as widgets
from components import outputs, talk
from components.talk import Said
from components.views import words
from components.views.view import View
from pipelines import samples
from pipelines.inference import Inference
from pipelines.kinds.outputs import OutputKind, output_kind
from pipelines.model import Model
from pipelines.slots import Slot, slots
from pipelines.task import Request, Task

ABSENT = "absent"  # the source of a model that is not on this machine


@dataclass(frozen=True)
class Asking:
    """Of one task of one model."""

    inference: Inference
    model: Model
    task: Task

    @property
    def kind(self) -> OutputKind:
        return output_kind(self.task.output)

    @property
    def view(self) -> View:
        return outputs.VIEWS[self.kind.name]

    @property
    def ins(self) -> tuple[Slot, ...]:
        return slots(self.task.inputs)

    @property
    def extras(self) -> tuple[Slot, ...]:
        """Fields of the page alone."""
        return talk.extras(self.ins, self.model)

    @property
    def fields(self) -> tuple[Slot, ...]:
        """Inputs, then what the page has beside, then parameters: the order of the boxes."""
        return (*self.ins, *self.extras, *self.options)

    @property
    def options(self) -> tuple[Slot, ...]:
        """Parameters with something to choose; those that the model itself limits as pickers."""
        return tuple(
            replace(slot, kind="choice", choices=self.picks[slot.name])
            if slot.name in self.picks
            else slot
            for slot in slots(self.task.params)
            if not slot.fixed
        )

    @property
    def picks(self) -> Mapping[str, tuple[str, ...]]:
        """What this very model lets choose, such as its languages."""
        return {} if self.model.source == ABSENT else self.task.choices(self.model)

    def saying(self, values: list[Any], shown: Any) -> Said:
        """The turn that stands in the box of a conversation, after what is shown."""
        box = next((at for at, slot in enumerate(self.ins) if slot.kind == "messages"), None)
        if box is None:
            return Said([], "")
        return Said(words.past(shown), widgets.of(self.ins[box]).read(values[box]))

    def read(self, values: list[Any], said: Said) -> Request:
        """The boxes' values as a request, by the same validation as an HTTP body."""
        pairs = zip(self.fields, values, strict=True)
        got = {slot.name: widgets.of(slot).read(value) for slot, value in pairs}
        inputs = {slot.name: got[slot.name] for slot in self.ins if got[slot.name] is not None}
        for slot in self.ins:
            if slot.kind == "messages":
                talk.check(slot.name, said)
                inputs[slot.name] = talk.messages(said, got.get(talk.SYSTEM.name) or "")
        row = self.task.validate(self.task.inputs, inputs, "inputs", self.inference.limits)
        return Request([row], self.read_params(got))

    def read_params(self, got: Mapping[str, Any]) -> Any:
        chosen = {s.name: got[s.name] for s in self.options if got[s.name] != s.default}
        defaults = samples.card_parameters(self.task, self.model)
        read = self.task.read_params(chosen, self.inference.limits, defaults)
        return self.inference.located(self.task, read)
