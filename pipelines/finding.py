"""Which of a model's tasks takes one kind of value and gives another: how protocols that know no
pipeline tag find theirs."""

from dataclasses import dataclass

from pipelines import registry
from pipelines.errors import TaglineError, UnsupportedTask
from pipelines.kinds.outputs import output_kind
from pipelines.model import Model
from pipelines.models.found import Found
from pipelines.slots import slots
from pipelines.task import Task


@dataclass(frozen=True)
class Turns:
    """From inputs of the kinds `takes`, which are the required ones, to an output of the kind
    `gives`; `does` says so in words. `counts` is what the chunks of its stream count as."""

    takes: tuple[str, ...]
    gives: str
    does: str
    counts: str = ""
    may: tuple[str, ...] = ()

    def fits(self, task: Task) -> bool:
        kind, fields = output_kind(task.output), slots(task.inputs)
        required = tuple(slot.kind for slot in fields if slot.required)
        more = {slot.kind for slot in fields if not slot.required}
        same = (kind.name, kind.unit, required) == (self.gives, self.counts, self.takes)
        return same and more.issuperset(self.may)

    def task(self, model: Model) -> Task:
        """Raises UnsupportedTask, naming what the model can do, if it cannot do this."""
        able = registry.for_model(model)
        if found := next(filter(self.fits, able), None):
            return found
        names = ", ".join(task.tag for task in able)
        raise UnsupportedTask(f"{model.id} cannot {self.does}. It can do: {names}.")

    def can(self, model: Model) -> bool:
        try:
            self.task(model)
        except TaglineError:
            return False
        return True

    def first(self, models: Found) -> Model:
        """The model for a caller who names none: the operator's, else the first that can."""
        able = [model for model in models.list() if self.can(model)]
        if not able:
            raise UnsupportedTask(f"No model here can {self.does}. Name one in the field 'model'.")
        return next((model for model in able if model.id == models.shown), able[0])


CHAT = Turns(("messages",), "message", "chat", "tokens")
EMBED = Turns(("text",), "vector", "turn a text into a vector")
RANK = Turns(("text", "lines"), "ranks", "sort texts by a query")
LABEL = Turns(("text",), "labels", "label a text")
WRITE = Turns(("text",), "text", "go on with a text", "tokens")
SAY = Turns(("text",), "audio", "say a text aloud")
HEAR = Turns(("audio",), "text", "write down what is said")
DRAW = Turns(("text",), "images", "draw a picture of a text")
REDRAW = Turns(("image",), "images", "change a picture")
EDIT = Turns(("text",), "images", "change a picture as it is told", may=("image",))
