"""The page of one pipeline tag, as its record has it; of one that is not run, why."""

import json
from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote, urlencode

from api import schema, specimen, tools
from api.texts import Texts
from components.icons import flow, icon, taken
from deploy.snippets import curl, first
from pipelines.kinds.outputs import output_kind
from pipelines.modalities import modality
from pipelines.model import Model
from pipelines.registry import served_by
from pipelines.slots import Slot, slots
from pipelines.task import Task
from pipelines.unserved import Unserved

HUB = "https://huggingface.co"
OWN = "tagline/"  # models of our own, which the Hub does not have
SHORTEST = 88  # characters of JSON that stand in one line


def served(task: Task, here: Sequence[Model], server: str, signed: bool, say: Texts) -> str:
    """`server` is the address of this one; `signed` says that it asks for a token."""
    usual = tools.usual(task, here)
    model = next((each for each in here if each.id == usual), None)
    call = curl.snippet(first.ask(task, model, usual, server, token=signed)).code
    return (
        head(task.tag, task.summary, modality(task), flow(task), say)
        + f'<p class="go"><a class="button main" href="{playground(task=task.tag)}">'
        f"{say('tasks.try_task')}</a></p>"
        + part(say("tasks.inputs"), table(slots(task.inputs), say, required=True))
        + part(say("tasks.parameters"), options(task, say))
        + part(say("tasks.output"), output(task, say))
        + part(say("tasks.models"), models(task, here, say))
        + part(say("tasks.call"), code(call, say) + f'<p class="quiet">{say("tasks.docs")}</p>')
    )


def unserved(about: Unserved, here: Sequence[Model], say: Texts) -> str:
    hub = f"{HUB}/models?{urlencode({'pipeline_tag': about.tag})}"
    shown = [each.id for each in here if each.tag == about.tag]
    items = "".join(f"<li>{model_link(id, None)}</li>" for id in shown)
    listed = part(say("tasks.shown_here"), f'<ul class="plain-list">{items}</ul>') if shown else ""
    return (
        head(about.tag, about.what, about.modality, icon(about.modality), say)
        + part(say("tasks.why_not"), f"<p>{sentence(about.why, say)}</p>")
        + part(say("tasks.instead"), f"<p>{sentence(about.by, say)}</p>")
        + listed
        + f'<p class="go"><a class="button" href="{hub}" target="_blank" rel="noopener">'
        f"{say('tasks.on_hub', tag=about.tag)}</a></p>"
    )


def sentence(text: str, say: Texts) -> str:
    found = say.word(text)
    end = "" if found.endswith(("。", ".")) else "."
    return escape(found[:1].upper() + found[1:] + end)


def head(tag: str, meaning: str, group: str, drawn: str, say: Texts) -> str:
    return (
        f'<nav class="path" aria-label="{say("tasks.path")}"><a href="/tasks">'
        f'{say("tasks.title")}</a><span aria-hidden="true">/</span><a href="/tasks#{group}">'
        f'{say(f"tasks.{group}")}</a></nav><div class="page-head" data-page="{tag}">'
        f"<h2>{drawn}{tag}</h2><p>{escape(say.word(meaning))}</p></div>"
    )


def part(title: str, body: str) -> str:
    return f'<section class="card"><h3>{title}</h3>{body}</section>'


def playground(**query: str) -> str:
    return f"/?{urlencode(query, safe='/')}"


# What goes in -----------------------------------------------------------------------------------


def options(task: Task, say: Texts) -> str:
    shown = [slot for slot in slots(task.params) if not slot.fixed]
    if not shown:
        return f'<p class="quiet">{say("tasks.no_parameters")}</p>'
    return table(shown, say, required=False)


def table(fields: Iterable[Slot], say: Texts, required: bool) -> str:
    """A row for each field: its name, what it is, what it may be, and its meaning."""
    last = say("tasks.required") if required else say("tasks.default")
    names = [say("tasks.name"), say("tasks.kind"), last, say("tasks.meaning")]
    top = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = "".join(row(slot, say, required) for slot in fields)
    return (
        f'<div class="fields" tabindex="0" role="group" aria-label="{say("tasks.fields")}">'
        f"<table><thead><tr>{top}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def row(slot: Slot, say: Texts, required: bool) -> str:
    last = say("tasks.yes" if slot.required else "tasks.no") if required else usual(slot, say)
    name = say("tasks.required" if required else "tasks.default")
    kinds = say("tasks.join").join(say(f"tasks.in_{kind}") for kind in taken(slot))
    return (
        f"<tr><td><code>{slot.name}</code></td>"
        f"<td>{kinds}{allowed(slot)}</td>"
        f'<td data-name="{name}">{last}</td><td>{escape(say.word(slot.description))}</td></tr>'
    )


def allowed(slot: Slot) -> str:
    """What a field may be: its choices, or from where to where."""
    if slot.choices:
        return f"<small>{escape(', '.join(map(str, slot.choices)))}</small>"
    if slot.low is None and slot.high is None:
        return ""
    low, high = number(slot.low), number(slot.high)
    span = f"{low} – {high}" if low and high else f"≥ {low}" if low else f"≤ {high}"
    return f"<small>{span}</small>"


def number(end: float | None) -> str:
    if end is None:
        return ""
    return f"{int(end):,}" if end == int(end) else f"{end:g}"


def usual(slot: Slot, say: Texts) -> str:
    if slot.default in (None, [], {}, ""):
        return "–"
    if isinstance(slot.default, bool):
        return say("tasks.yes" if slot.default else "tasks.no")
    return f"<code>{escape(str(slot.default))}</code>"


# What comes out ---------------------------------------------------------------------------------


def output(task: Task, say: Texts) -> str:
    """What an answer is, as JSON, and as what file it may come."""
    kind = output_kind(task.output).name
    files = schema.mimes(task)
    offer = f"<p>{say.html('tasks.files', types=', '.join(files))}</p>" if files else ""
    pieces = f"<p>{say('tasks.streams')}</p>" if task.stream else ""
    return (
        f"<p><b>{say(f'tasks.out_{kind}')}</b></p>{offer}{pieces}"
        f'<p class="quiet">{say("tasks.form")}</p>{code(written(specimen.of(task)), say)}'
    )


def written(value: object) -> str:
    """JSON, in several lines where it is long."""
    short = json.dumps(value, ensure_ascii=False)
    return short if len(short) < SHORTEST else json.dumps(value, ensure_ascii=False, indent=2)


def code(text: str, say: Texts) -> str:
    return (
        f'<div class="code"><pre tabindex="0"><code>{escape(text)}</code></pre>'
        f'<button type="button" class="plain" data-copy>{say("tasks.copy")}</button></div>'
    )


# What does it -----------------------------------------------------------------------------------


def models(task: Task, here: Sequence[Model], say: Texts) -> str:
    able = tools.able(task, here)
    others = [id for id in (task.default_model, *task.more_models) if id and id not in able]
    libraries = escape(", ".join(served_by(task, here)))
    return (
        f"<p>{say('tasks.loaded_by', libraries=libraries)}</p>"
        + listed(say("tasks.on_board"), able, task.tag, say)
        + listed(say("tasks.on_the_hub"), others, task.tag, say)
    )


def listed(title: str, ids: Sequence[str], tag: str, say: Texts) -> str:
    items = "".join(f"<li>{model_link(id, tag)}{hub_link(id, say)}</li>" for id in ids)
    body = f'<ul class="plain-list">{items}</ul>' if ids else f"<p>{say('tasks.no_model')}</p>"
    return f"<h4>{title}</h4>{body}"


def model_link(id: str, tag: str | None) -> str:
    """Where a model can be tried for a task."""
    query = {"model": id, "task": tag} if tag else {"model": id}
    return f'<a href="{playground(**query)}">{escape(id)}</a>'


def hub_link(id: str, say: Texts) -> str:
    if id.startswith(OWN) or "/" not in id:
        return ""
    return (
        f' <a class="away" href="{HUB}/{quote(id)}" target="_blank" rel="noopener" '
        f'aria-label="{say.html("tasks.its_card", model=id)}">{say("tasks.card")}</a>'
    )
