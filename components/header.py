"""The card of a model: what it is, where it stands, and what can be done with it. What changes
while it is looked at is filled in by `assets/js/card.js`."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote, urlencode

import gradio as gr

from api import look
from api.texts import Texts
from components import sharing
from pipelines.hardware import Hardware
from pipelines.model import Model
from pipelines.models import facts
from pipelines.models.facts import in_count
from pipelines.models.names import parse
from pipelines.models.offer import in_words

HUB = "https://huggingface.co/"
OWN = "tagline/"  # models on board that are ours alone
SCRIPT = "import('{address}').then((card) => card.shown(element));"
COPY = (
    '<svg viewBox="0 0 16 16" width="13" height="13" aria-hidden="true" fill="none" '
    'stroke="currentColor" stroke-width="1.5"><rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/>'
    '<path d="M10.5 3v-.5h-8v8H3"/></svg>'
)
SHORT = 12  # characters of a revision


def draw(html: str) -> None:
    """Builds a card in the Blocks now open."""
    script = SCRIPT.format(address=look.address("card"))
    gr.HTML(html, js_on_load=script, elem_id="header", apply_default_css=False, padding=False)


def card(
    model: Model,
    name: str,
    tags: Sequence[str],
    task: str | None,
    hardware: Hardware,
    share: sharing.Share,
    say: Texts,
) -> str:
    """Of a model on this machine; `name` is what was asked for, `task` the one of `tags` shown."""
    known = facts.read(model, hardware.dtype)
    rows = {
        "library": escape(model.library or say("playground.unknown")),
        "parameters": in_count(known.parameters) if known.parameters else "",
        "size": in_words(known.bytes),
        "licence": escape(known.licence or say("playground.unknown")),
        "runs_on": escape(runs_on(hardware, known.parameters is not None)),
        "revision": revision(model, name, say),
    }
    body = f"{definitions(rows, say)}{notes(model)}{state(say)}{tasks(tags, task, say)}"
    return frame(
        name, task, f"{title(model, say)}{buttons(say, onward(name, task, say))}", body, share, say
    )


def plain(name: str, task: str | None, share: sharing.Share, say: Texts) -> str:
    """Of a model that is not here, of which nothing is known yet."""
    head = f"<h2>{escape(name)}</h2>{buttons(say)}"
    return frame(name, task, head, "", share, say)


def frame(
    name: str, task: str | None, head: str, body: str, share: sharing.Share, say: Texts
) -> str:
    data = f'data-model="{escape(name)}" data-doing="{escape(task or "")}"'
    return (
        f'<section class="card model-card" {data} aria-label="{say.html("playground.card")}">'
        f'<div class="model-head">{star(say)}{head}</div>{body}{share.dialog(say)}</section>'
    )


def star(say: Texts) -> str:
    label = say.html("playground.star")
    return (
        '<button type="button" class="plain model-star" data-do="star" aria-pressed="false" '
        f'aria-label="{label}" title="{label}"></button>'
    )


def title(model: Model, say: Texts) -> str:
    """Its name, which leads to its page on the Hub where it has one."""
    if model.source in ("local", "folder") or model.id.startswith(OWN):
        return f"<h2>{escape(model.id)}</h2>"
    where = f"{HUB}{quote(model.id, safe='/')}"
    told = say.html("playground.on_its_page")
    return (
        f'<h2><a href="{where}" target="_blank" rel="noopener" title="{told}">'
        f'{escape(model.id)}<span aria-hidden="true"> ↗</span></a></h2>'
    )


def buttons(say: Texts, more: str = "") -> str:
    return f'<div class="model-buttons">{more}{button("share", say)}</div>'


def onward(name: str, task: str | None, say: Texts) -> str:
    """What can be done with a model that is here."""
    query = urlencode({"model": name, **({"task": task} if task else {})}, safe="/")
    hands = "".join(button(each, say, hidden=True) for each in ("load", "unload"))
    link = f'<a class="small" href="/deploy?{escape(query)}">{say.html("playground.deploy")}</a>'
    return hands + (link if task else "")


def button(name: str, say: Texts, hidden: bool = False) -> str:
    off = " hidden" if hidden else ""
    return (
        f'<button type="button" class="small" data-do="{name}"{off}>'
        f"{say.html(f'playground.{name}')}</button>"
    )


def definitions(rows: dict[str, str], say: Texts) -> str:
    """What is not known is left out."""
    made = (
        f"<div><dt>{say.html(f'playground.{name}')}</dt><dd>{value}</dd></div>"
        for name, value in rows.items()
        if value
    )
    return f'<dl class="model-facts">{"".join(made)}</dl>'


def runs_on(hardware: Hardware, tensors: bool) -> str:
    """The device, and the number format where the model has tensors that are cast to it."""
    device = hardware.gpus[0].name if hardware.gpus else hardware.device.upper()
    return f"{device}, {hardware.dtype}" if tensors else device


def revision(model: Model, name: str, say: Texts) -> str:
    """Short, with a button that copies the whole and one that puts it into the address."""
    if model.owner:
        return ""
    pinned = parse(name).revision is not None
    turn, other = ("unpin", model.id) if pinned else ("pin", f"{model.id}@{model.revision}")
    whole, copy = escape(model.revision), say.html("playground.copy_revision")
    return (
        f'<code title="{whole}">{whole[:SHORT]}</code>'
        f'<button type="button" class="plain" data-do="copy" data-text="{whole}" '
        f'aria-label="{copy}" title="{copy}">{COPY}</button>'
        f'<button type="button" class="plain" data-do="pin" data-text="{escape(other)}" '
        f'title="{say.html(f"playground.{turn}_help")}">{say.html(f"playground.{turn}")}</button>'
    )


def notes(model: Model) -> str:
    return "".join(f'<p class="notice" role="note">{escape(each)}</p>' for each in model.notes)


def state(say: Texts) -> str:
    """Where it stands; the line keeps its place while the answer is on its way."""
    return (
        '<div class="model-state"><span class="pill"></span> <span class="model-line"></span>'
        '<div class="load" hidden><span></span></div></div>'
        f'<div class="problem model-why" role="alert" data-title="{say.html("playground.why")}" '
        "hidden></div>"
    )


def tasks(tags: Sequence[str], task: str | None, say: Texts) -> str:
    """A choice of those that the model can do; a lone one is told."""
    if not tags:
        return ""
    made = "".join(
        f'<label><input type="radio" name="model-task" value="{tag}"'
        f"{' checked' if tag == task else ''}><span>{tag}</span></label>"
        for tag in tags
    )
    name = say.html("playground.task")
    return f'<div id="task" class="model-tasks" role="radiogroup" aria-label="{name}">{made}</div>'
