"""Under a panel: code that asks the same from elsewhere. Nothing of it is written before somebody
opens it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.context import LocalContext
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from api.texts import Texts
from components import addresses, lines, rows, talk, texts
from components import inputs as widgets
from components.answering import Answering
from components.recording import is_usual
from deploy.snippets import clients
from deploy.snippets.ask import Ask, Snippet
from deploy.snippets.clients import CLIENTS
from deploy.snippets.files import File
from deploy.snippets.places import place
from pipelines import samples
from pipelines.errors import InvalidInput, TaglineError
from pipelines.settings import Settings
from pipelines.slots import Slot

Component = gr.components.Component
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
FIRST = "requests"  # the client that is shown where none was chosen: it has every task
OVER_HTTP = ("curl", "hub", "requests", "openai", "js", "openai-js", "fetch")
KEY = "code-client"  # of the browser's own store
# The client that was chosen before, when it opens; then the one that is chosen now is remembered.
RECALL = """(client, ...others) => {
  try { client = window.localStorage.getItem("%s") || client; } catch { /* kept nowhere */ }
  return [client, ...others];
}"""
REMEMBER = """(client, ...others) => {
  try { window.localStorage.setItem("%s", client); } catch { /* for this page alone */ }
  return [client, ...others];
}"""


@dataclass(frozen=True)
class Served:
    """`signed` says that the server asks for a token, `trusting` that whoever sees the page may
    know where the models lie on its disk. `below` is the path of an endpoint, which speaks HTTP's
    protocols alone; empty for the server itself."""

    signed: bool
    trusting: bool
    below: str = ""


def served(settings: Settings) -> Served:
    return Served(settings.sign_in, settings.level is None)


# Libraries whose weights are numbers of a format
CASTING = ("transformers", "diffusers", "sentence-transformers")


@dataclass(frozen=True)
class Wanted:
    """What is chosen beside the code."""

    client: str
    token: bool
    stream: bool


class Coding:
    """Draws the section for `answering`, whose model was asked for by `name`."""

    def __init__(self, answering: Answering, name: str, served: Served) -> None:
        self.answering, self.name, self.served = answering, name, served

    def draw(self) -> None:
        """Builds it in the Blocks now open."""
        say = texts.here()
        with gr.Accordion(say("code.title"), open=False, elem_id="code") as self.section:
            with gr.Row(elem_classes="code-choices"):
                self.client = gr.Dropdown(
                    [(CLIENTS[FIRST].title, FIRST)], value=FIRST, label=say("code.client"),
                    interactive=True, min_width=220,
                )  # fmt: skip
                # The browser may remember one that this task has not: `show` takes another then.
                self.client.preprocess = str  # type: ignore[method-assign,assignment]
                self.token = gr.Checkbox(
                    self.served.signed, label=say("code.token"), interactive=True, min_width=120
                )
                self.stream = gr.Checkbox(
                    False, label=say("code.stream"), interactive=True, min_width=120
                )
                self.again = gr.Button(say("code.again"), size="sm", min_width=80)
            self.note = gr.HTML("", padding=False)
            self.code = gr.Code(
                label=say("code.code"), interactive=False, lines=4, wrap_lines=True,
                show_line_numbers=False, visible=False, buttons=["copy"],
            )  # fmt: skip
            self.files = gr.HTML("", padding=False)

    def wire(self, boxes: Sequence[Component], result: Component) -> None:
        """`boxes` and `result` are what a run is started with."""
        given = [self.client, self.token, self.stream, *boxes, result]
        shown = [self.client, self.token, self.stream, self.note, self.code, self.files]
        self.section.expand(self.show, given, shown, js=RECALL % KEY, **QUIET)
        for event in (self.client.input, self.token.input, self.stream.input, self.again.click):
            event(self.show, given, shown, js=REMEMBER % KEY, **QUIET)

    # What it shows ------------------------------------------------------------------------------

    def show(self, client: str, token: bool, stream: bool, *values: Any) -> list[Any]:
        """The choices that there are, and the code for what stands in the boxes."""
        *boxes, shown = values
        try:
            ask, example = self.asked(list(boxes), shown)
            offered = self.offered(ask)
            client = client if client in offered else FIRST
            wanted = Wanted(client, token, stream)
            return [*self.choices(ask, offered, wanted), *self.told(ask, wanted, example)]
        except TaglineError as error:
            skipped = [gr.skip()] * 3
            return [*skipped, lines.error(str(error)), gr.update(visible=False), ""]

    def offered(self, ask: Ask) -> list[str]:
        return [each for each in clients.offered(ask) if not self.served.below or each in OVER_HTTP]

    def choices(self, ask: Ask, offered: list[str], wanted: Wanted) -> list[Any]:
        named = [(CLIENTS[name].title, name) for name in offered]
        return [
            gr.update(choices=named, value=wanted.client),
            gr.update(visible=CLIENTS[wanted.client].far),
            gr.update(visible=clients.streams_with(wanted.client, ask)),
        ]

    def told(self, ask: Ask, wanted: Wanted, example: bool) -> list[Any]:
        say, far = texts.here(), CLIENTS[wanted.client].far
        pieces = wanted.stream and clients.streams_with(wanted.client, ask)
        ask = replace(ask, token=wanted.token and far, stream=pieces)
        try:
            snippet = clients.write(wanted.client, ask)
        except TaglineError as error:
            return [lines.error(str(error)), gr.update(visible=False), ""]
        code = gr.update(value=snippet.code, language=snippet.language, visible=True)
        told = notes(snippet, ask, example, say) + ("" if far else self.format(ask))
        return [told, code, links(snippet, say)]

    def format(self, ask: Ask) -> str:
        """That a library chooses a number format by itself: code for another machine names none."""
        if ask.model.library not in CASTING:
            return ""
        dtype = self.answering.inference.engine.hardware.dtype
        return f'<p class="caption">{texts.here().html("code.format", dtype=dtype)}</p>'

    # What is asked ------------------------------------------------------------------------------

    def asked(self, boxes: list[Any], shown: Any) -> tuple[Ask, bool]:
        """What stands in the boxes; where they are empty, the first example, which is told.
        Raises InvalidInput for what the task does not take."""
        try:
            inputs, example = self.inputs(boxes, shown), False
        except InvalidInput:
            first = next(iter(samples.of_model(self.answering.task, self.answering.model)), None)
            if first is None or not self.is_empty(boxes):
                raise
            inputs, example = first.inputs, True
        request = LocalContext.request.get(None)
        model, name = self.answering.model, self.name or self.answering.model.id
        return Ask(
            self.answering.task,
            model,
            inputs,
            self.parameters(boxes),
            (str(request.base_url).rstrip("/") if request else "") + self.served.below,
            name,
            place=place(model, name, self.served.trusting),
        ), example

    def inputs(self, boxes: list[Any], shown: Any) -> dict[str, Any]:
        """The inputs with files where they lie, those that were sent under their own names."""
        said = self.answering.saying(boxes, shown)
        if not said.content and said.past:  # nothing new is said: what was asked last
            said = talk.again(shown, len(shown) - 1)
        row = self.answering.read(boxes, said).inputs[0]
        typed = zip(self.answering.ins, boxes, strict=False)
        sent = {s.name: Path(box) for s, box in typed if is_sent(s, box)}
        return {**rows.placed(row), **sent}

    def parameters(self, boxes: list[Any]) -> dict[str, Any]:
        """Those that were chosen: the model's own stand on the server already."""
        typed = zip(self.answering.fields, boxes, strict=True)
        got = {slot.name: widgets.of(slot).read(box) for slot, box in typed}
        options = self.answering.options
        usual = {slot.name: (None, slot.default) for slot in options}
        return {name: got[name] for name in usual if got[name] not in usual[name]}

    def is_empty(self, boxes: list[Any]) -> bool:
        typed = zip(self.answering.ins, boxes, strict=False)
        return all(is_usual(s, box) or not widgets.of(s).read(box) for s, box in typed)


def is_sent(slot: Slot, box: Any) -> bool:
    """Whether a box holds a file as it was sent."""
    return slot.kind in ("image", "audio", "video") and isinstance(box, str)


def notes(snippet: Snippet, ask: Ask, example: bool, say: Texts) -> str:
    """What is to be known of the code."""
    told = [
        say.html("code.example") if example else "",
        say.html("code.needs_token") if ask.token else "",
        say.html("code.tool", tool=snippet.tool, model=ask.name) if snippet.tool else "",
    ]
    return "".join(f'<p class="caption">{line}</p>' for line in told if line)


def links(snippet: Snippet, say: Texts) -> str:
    """The files that the code reads, to be put beside it."""
    made = "".join(map(link, snippet.files))
    name = say.html("code.files")
    return f'<p class="code-files">{name} {made}</p>' if made else ""


def link(file: File) -> str:
    path = save_bytes_to_cache(file.path.read_bytes(), file.name, get_upload_folder())
    where = addresses.of(path)
    return f'<a href="{where}" download="{escape(file.name)}">{escape(file.name)}</a>'
