"""A program and the values that it works on: these come first, so that it holds none itself."""

from collections.abc import Iterable, Mapping
from typing import Any

from deploy.snippets import python
from deploy.snippets.ask import Ask, Snippet, tidied
from deploy.snippets.files import expression
from deploy.snippets.notation import PYTHON
from pipelines.errors import InvalidInput
from pipelines.samples import card_parameters
from pipelines.slots import slots

path = expression('"{}"')
HEARD = '''
def heard(name, rate):
    """A recording as numbers, of one channel and so many a second."""
    with av.open(name) as sound:
        form = av.AudioResampler("flt", "mono", rate)
        given = [*sound.decode(audio=0), None]
        parts = [part.to_ndarray()[0] for each in given for part in form.resample(each)]
    return np.concatenate(parts)


'''


def written(ask: Ask, program: str) -> Snippet:
    """`program` begins with its imports, as far as its first blank line that code follows. Of the
    model, the inputs and the parameters it is given those that it names; `parameters` are those
    that were chosen and that it does not name. Raises InvalidInput for inputs and parameters that
    it has no word for."""
    imports, code = split(program)
    used = python.names(code)
    given = chosen(ask)
    named = {name: value for name, value in usual(ask, given).items() if name in used}
    rest = {name: value for name, value in given.items() if name not in named}
    lost = rest if "parameters" not in used else {}
    if lost := {**lost, **{slot.name: slot for slot in ask.slots if slot.name not in used}}:
        refuse(ask, lost)
    known = {"model": ask.where, **row(ask), **named, "parameters": rest}
    values = {name: value for name, value in known.items() if name in used}
    return assembled(ask, imports, values, code)


def chosen(ask: Ask) -> dict[str, Any]:
    """The parameters of the model's card and the caller's own. Raises InvalidInput."""
    return tidied(ask.task, {**card_parameters(ask.task, ask.model), **ask.parameters})


def refuse(ask: Ask, parameters: Iterable[str]) -> None:
    """Raises InvalidInput."""
    raise InvalidInput(
        f"The code for {ask.task.tag} without a server has no word for {', '.join(parameters)}. "
        "Leave that out, or choose a client of this server."
    )


def row(ask: Ask) -> dict[str, Any]:
    """The inputs; those that may be left out, and are, as None."""
    given = ask.row(path)
    return {slot.name: given.get(slot.name) for slot in slots(ask.task.inputs)}


def usual(ask: Ask, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter: as it was chosen, else as the record has it; an object of options empty."""
    made = {}
    for slot in slots(ask.task.params):
        empty: Any = {} if slot.kind == "json" else None
        made[slot.name] = chosen.get(slot.name, empty if slot.default is None else slot.default)
    return made


def split(program: str) -> tuple[str, str]:
    """The imports and the rest."""
    lines = program.strip().split("\n")
    last = max(at for at, line in enumerate(lines) if line.startswith(("import ", "from ")))
    return "\n".join(lines[: last + 1]), "\n".join(lines[last + 1 :]).strip("\n")


def assembled(ask: Ask, imports: str, values: Mapping[str, Any], code: str) -> Snippet:
    if "heard" in python.names(code):
        imports, code = (
            f"import av\nimport numpy as np\n{imports}",
            f"\n{HEARD.strip()}\n\n\n{code}",
        )
    made = [f"{name} = {PYTHON.write(value, 0, len(name) + 3)}" for name, value in values.items()]
    parts = [imports, "\n".join(made), code]
    return Snippet("python", "\n\n".join(filter(None, parts)) + "\n", ask.files)
