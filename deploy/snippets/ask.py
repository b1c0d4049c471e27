"""What a snippet is made of, and the snippet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from deploy.snippets.files import File, filled, free, paths, plain
from pipelines.kinds.outputs import OutputKind, output_kind
from pipelines.kinds.shapes import Media
from pipelines.model import Model
from pipelines.settings import Limits
from pipelines.slots import Slot, slots
from pipelines.task import Task

TOKEN = "API_TOKEN"  # the variable that holds the token: code never holds it itself
# Parameters that ask for several files at once, which come as a list in JSON
SEVERAL = ("num_images_per_prompt", "batch_size")
ENDINGS = {"images": "png", "audio": "flac", "video": "mp4", "solid": "glb"}


@dataclass(frozen=True)
class Snippet:
    """`language` is one of `python`, `javascript`, `shell` and `json`. `tool` names the tool of
    an MCP server that is meant, if one is."""

    language: str
    code: str
    files: Sequence[File] = ()
    tool: str = ""


@dataclass(frozen=True)
class Ask:
    """What is asked of `model`, which `id` names with its revision, at `server` (an address without
    a slash at its end). `inputs` by field hold files as paths; `token` says that the server wants
    one, `stream` that the answer is wanted piece by piece; `place` is where the model's files are
    for code that runs it itself: its id on the Hub, or a folder."""

    task: Task
    model: Model
    inputs: Mapping[str, Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    server: str = "http://127.0.0.1:7860"
    id: str = ""
    token: bool = False
    stream: bool = False
    place: str = ""

    @property
    def name(self) -> str:
        return self.id or self.model.id

    @property
    def where(self) -> str:
        """What the model's own library loads it by."""
        return self.place or self.model.id

    @property
    def base(self) -> str:
        """The address of the model."""
        return f"{self.server}/models/{quote(self.name, safe='/@')}"

    @property
    def url(self) -> str:
        """The address of the task of the model."""
        return f"{self.base}/pipeline/{self.task.tag}"

    @property
    def endpoint(self) -> str:
        """What MCP and Gradio call the task."""
        return self.task.tag.replace("-", "_")

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The inputs that are given."""
        return tuple(slot for slot in slots(self.task.inputs) if slot.name in self.inputs)

    @cached_property
    def files(self) -> tuple[File, ...]:
        """Every file of the inputs once, in their order, under names that need no quotes."""
        taken: dict[Path, str] = {}
        for path in paths(dict(self.inputs)):
            taken.setdefault(path, free(plain(path.name), taken.values()))
        return tuple(File(path, name) for path, name in taken.items())

    def row(self, put: Callable[[File], Any]) -> dict[str, Any]:
        """The inputs with `put(file)` in place of each file."""
        made: dict[str, Any] = filled(dict(self.inputs), self.files, put)
        return made

    def body(self, put: Callable[[File], Any]) -> dict[str, Any]:
        """The body of the Hugging Face protocol: of a task that asks for one field, its bare
        value; names to choose among stand with the parameters."""
        row = self.row(put)
        names = {slot.name for slot in self.slots if slot.kind == "names"}
        asked = {name: value for name, value in row.items() if name not in names}
        needed = [s.name for s in slots(self.task.inputs) if s.required and s.name not in names]
        inputs = asked[needed[0]] if list(asked) == needed[:1] == needed else asked
        options = {**{name: row[name] for name in row if name in names}, **self.parameters}
        stream = {"stream": True} if self.stream else {}
        return {"inputs": inputs, **({"parameters": options} if options else {}), **stream}

    @property
    def lone(self) -> File | None:
        """The file that is all that is asked, and can go as it is."""
        if self.parameters or self.stream or len(self.inputs) != 1 or len(self.files) != 1:
            return None
        return self.files[0] if isinstance(next(iter(self.inputs.values())), Path) else None

    # What comes of it ---------------------------------------------------------------------------

    @property
    def kind(self) -> OutputKind:
        return output_kind(self.task.output)

    @property
    def makes_files(self) -> bool:
        return makes_files(self.task)

    @property
    def several(self) -> bool:
        """Whether several files are asked for."""
        return any((self.parameters.get(name) or 1) > 1 for name in SEVERAL)

    @property
    def answer(self) -> str:
        """What the file of an answer is called."""
        return f"answer.{ENDINGS[self.kind.name]}"


def makes_files(task: Task) -> bool:
    """Whether the answer to one input is a file, or several."""
    shape = task.output.__origin__
    return Media in (shape, *getattr(shape, "__args__", ()))


def tidied(task: Task, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as the task's record has them, for who knows one form of each alone: a card may
    write them otherwise. Raises InvalidInput."""
    read = task.read_params(parameters, Limits())
    made: dict[str, Any] = read.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    return made
