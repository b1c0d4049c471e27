"""What is taken elsewhere: one model, one of its tasks, and what it needs there."""

from dataclasses import dataclass

from deploy.flavours import CPU_DTYPE, GPU_DTYPE, dtype_on, is_flavour, smallest
from pipelines import registry, samples
from pipelines.errors import InvalidInput
from pipelines.model import Model
from pipelines.models import facts
from pipelines.models.names import is_commit
from pipelines.models.resolve import Models
from pipelines.samples import Sample
from pipelines.task import Task
from pipelines.tiers import FLAVOURS

OF_THE_HUB = ("cache", "download", "private")  # sources whose files are the Hub's own


@dataclass(frozen=True)
class Plan:
    """One model on its way elsewhere.

    `commit` is the one of the Hub that holds these very files; None where no such commit is known
    (a folder, a model on board), or where the model's own code runs because it was looked at here:
    its files then go along. `need` is the bytes of memory that it takes in the number format of
    `flavour`, the hardware of a Space that is suggested for it.
    """

    model: Model
    task: Task
    examples: list[Sample]
    commit: str | None
    need: int
    flavour: str

    @property
    def name(self) -> str:
        """The id with its commit, where it has one."""
        return f"{self.model.id}@{self.commit}" if self.commit else self.model.id


def plan(
    models: Models,
    name: str,
    tag: str | None = None,
    token: str | None = None,
    flavour: str | None = None,
) -> Plan:
    """The plan for a model on this machine; `tag` chooses one of its tasks, `flavour` the hardware,
    and `token` opens what was fetched with that token.

    Raises UnknownModel, UnknownTask, UnsupportedTask, RefusedModel, and InvalidInput for a name
    that is no id and a flavour that is none.
    """
    model = models.find(name, token)
    task = registry.choose(model, tag)
    needs = {dtype: facts.read(model, dtype).need for dtype in (CPU_DTYPE, GPU_DTYPE)}
    chosen = check(flavour) if flavour else smallest(needs)
    found = samples.of_model(task, model)
    return Plan(model, task, found, commit_of(model), needs[dtype_on(chosen)], chosen)


def commit_of(model: Model) -> str | None:
    pinned = model.source in OF_THE_HUB and is_commit(model.revision) and not model.trusted_code
    return model.revision if pinned else None


def check(flavour: str) -> str:
    if not is_flavour(flavour):
        names = ", ".join(sorted(FLAVOURS))
        raise InvalidInput(f"{flavour[:80]!r} is no hardware of a Space. Choose one of: {names}.")
    return flavour
