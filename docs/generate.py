"""`python -m docs.generate`: writes the tables of README.md that follow from the code.

A table stands between `<!-- name -->` and `<!-- /name -->`; whatever else stands there is lost.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipelines.kinds.outputs import output_kind
from pipelines.model import Model
from pipelines.models.describe import Describer
from pipelines.models.names import parse
from pipelines.models.sources import Folders
from pipelines.registry import TASKS, served_by
from pipelines.settings import Settings
from pipelines.slots import Slot, slots
from pipelines.surroundings import BORROWED
from pipelines.task import Task
from pipelines.unserved import UNSERVED, Unserved
from starters.__main__ import STARTERS, default_folder
from tests.zoo.tiny import every

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
HUB = "https://huggingface.co"
OWN = "tagline/"  # models of our own, which the Hub does not have
ENVIRONMENT_ONLY = "==SUPPRESS=="  # how pydantic-settings marks a field without a flag


def fill(text: str, name: str, body: str) -> str:
    """`text` with `body` between the markers of `name`. Raises ValueError if they are not there."""
    opened, closed = f"<!-- {name} -->", f"<!-- /{name} -->"
    between = re.compile(rf"(?<={re.escape(opened)}\n).*?(?={re.escape(closed)})", re.DOTALL)
    filled, count = between.subn(lambda _: f"\n{body}\n\n", text)
    if count != 1:
        raise ValueError(f"{opened} ... {closed} stands {count} times in the text, not once.")
    return filled


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def written(readme: str) -> str:
    """`readme` with its generated tables as they should be."""
    return fill(fill(readme, "tasks", task_table(onboard())), "settings", settings_table())


# Tasks -------------------------------------------------------------------------------------------

TASK_HEAD = ("Task", "What it does", "Takes → gives", "Served by", "Tested with", "From the Hub")
# What class names of architectures end in
HEADS = r"(For[A-Z]\w+|MTModel|LMHeadModel|Model|Pipeline)$"


def onboard() -> list[Model]:
    """The models on board as `make setup` built them, in the order of their list."""
    describer = Describer(Settings(host="127.0.0.1", share=False))
    source = Folders(describer, default_folder(), "starter")
    found = {each.id: source.get(parse(each.id)) for each in STARTERS}
    if missing := [id for id, model in found.items() if model is None]:
        raise FileNotFoundError(f"{', '.join(missing)}: not built. Run `make setup` first.")
    return [model for model in found.values() if model is not None]


def task_table(models: Sequence[Model]) -> str:
    rows = {task.tag: task_row(task, models) for task in TASKS.values()}
    rows |= {tag: not_served(each) for tag, each in UNSERVED.items()}
    return table(TASK_HEAD, (rows[tag] for tag in sorted(rows)))


def task_row(task: Task, models: Sequence[Model]) -> list[str]:
    tested = proofs(task, models)
    return [
        f"`{task.tag}`",
        task.summary,
        f"{', '.join(slot.kind for slot in slots(task.inputs))} → {output_kind(task.output).name}",
        ", ".join(served_by(task, models)) if tested else "not served: no test has run it",
        "<br>".join(tested) or "–",
        model_name(task.default_model) if task.default_model else "–",
    ]


def not_served(about: Unserved) -> list[str]:
    return [
        f"`{about.tag}`",
        f"{about.what}. Not served: {about.why}. {about.by}.",
        "–",
        "–",
        "–",
        "–",
    ]


def proofs(task: Task, models: Sequence[Model]) -> list[str]:
    """What the tests ran this task with, the strongest first."""
    able = [model_name(model.id) for model in models if task.accepts(model)]
    found = {t.architecture for t in every() if t.tag == task.tag} - {"handler.py"}
    tiny = sorted(re.sub(HEADS, "", name) for name in found)
    real = [f"real model on board: {', '.join(able)}"] if able else []
    equal = f"tiny seeded models equal direct library code: {', '.join(tiny)}"
    return [*real, *([equal] if tiny else [])]


def model_name(id: str) -> str:
    """A link to the Hub, where it has the model."""
    return f"`{id}`" if id.startswith(OWN) else f"[{id}]({HUB}/{id})"


# Settings ----------------------------------------------------------------------------------------

SETTING_HEAD = ("Flag", "Variable", "Default", "Meaning")


def settings_table() -> str:
    return table(SETTING_HEAD, (setting_row(slot) for slot in slots(Settings)))


def setting_row(slot: Slot) -> list[str]:
    names = [f"TAGLINE_{slot.name.upper()}", BORROWED.get(slot.name)]
    choices = f": {', '.join(slot.choices)}" if slot.choices else ""
    return [
        flag(slot.name),
        " or ".join(f"`{name}`" for name in names if name),
        default(slot),
        f"{slot.description}{choices}",
    ]


def flag(name: str) -> str:
    """The option on the command line; a secret has none, since others can read a command line."""
    secret = ENVIRONMENT_ONLY in Settings.model_fields[name].metadata
    return "–" if secret else f"`--{name.replace('_', '-')}`"


def default(slot: Slot) -> str:
    """The default in words; a computed one in those of its own docstring."""
    if factory := Settings.model_fields[slot.name].default_factory:
        return (factory.__doc__ or "").rstrip(".")
    if slot.kind == "flag":
        return "on" if slot.default else "off"
    return f"`{slot.default}`" if slot.default not in (None, []) else "–"


def main() -> None:
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
