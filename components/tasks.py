"""The page of tasks: every pipeline tag with its meaning, and a page of its own for each."""

from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from api import look, tools
from api.texts import Texts
from components import task_page, texts, top
from components.icons import flow, icon
from pipelines.inference import Inference
from pipelines.modalities import modality
from pipelines.model import Model
from pipelines.registry import TASKS, served_by
from pipelines.settings import Settings
from pipelines.task import Task
from pipelines.unserved import MODALITIES, UNSERVED, Modality, Unserved

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
SEARCH = f"import('{look.address('tasks')}')"


def draw(inference: Inference, settings: Settings) -> None:
    """Builds the page in the Blocks now open."""
    top.draw("tasks", inference.engine.hardware, settings.sign_in)
    page = gr.HTML(top.skeleton(6), padding=False, elem_id="tasks", js_on_load=SEARCH)

    def show(request: gr.Request) -> str:
        tag = str(dict(request.query_params).get("tag") or "")
        say, here = texts.here(), inference.models.list()
        if tag in UNSERVED:
            return task_page.unserved(UNSERVED[tag], here, say)
        if tag in TASKS:
            server = str(request.base_url).rstrip("/")
            return task_page.served(TASKS[tag], here, server, settings.sign_in, say)
        return unknown(tag, say) + catalogue(here, say)

    blocks = gr.context.Context.root_block
    assert blocks is not None
    blocks.load(show, None, page, **QUIET)


def unknown(tag: str, say: Texts) -> str:
    if not tag:
        return ""
    return f'<div class="problem" role="alert">{say.html("tasks.unknown", tag=tag[:80])}</div>'


def catalogue(here: Sequence[Model], say: Texts) -> str:
    """All tags by their groups."""
    groups = {name: cards(name, here, say) for name in MODALITIES}
    total = sum(map(len, groups.values()))
    return (
        f'<div class="page-head"><h2>{say("tasks.title")}</h2>'
        f"<p>{say('tasks.lead', served=len(TASKS), all=total)}</p></div>"
        f'<div class="find"><label class="search">{icon("search")}<input type="search" data-search '
        f'aria-label="{say("tasks.search")}" placeholder="{say("tasks.search")}"></label>'
        f'<p class="quiet" role="status"></p></div>{contents(groups, say)}'
        + "".join(group(name, made, say) for name, made in groups.items())
    )


def contents(groups: dict[Modality, list[str]], say: Texts) -> str:
    """Links to the groups."""
    links = "".join(
        f'<a href="/tasks#{name}" data-to="{name}">{icon(name)}{say(f"tasks.{name}")} '
        f"<small>{len(made)}</small></a>"
        for name, made in groups.items()
    )
    return f'<nav class="groups" aria-label="{say("tasks.groups")}">{links}</nav>'


def group(name: Modality, made: Sequence[str], say: Texts) -> str:
    return (
        f'<section class="group" id="{name}" tabindex="-1"><h3>{icon(name)}'
        f'{say(f"tasks.{name}")}</h3><ul class="cards">{"".join(made)}</ul></section>'
    )


def cards(name: Modality, here: Sequence[Model], say: Texts) -> list[str]:
    """Those of one group, by their tags; what is not run comes last."""
    run = [card(task, here, say) for task in TASKS.values() if modality(task) == name]
    return run + [not_run(each, say) for each in UNSERVED.values() if each.modality == name]


def card(task: Task, here: Sequence[Model], say: Texts) -> str:
    able = tools.able(task, here)
    count = say("tasks.here", n=len(able)) if able else say("tasks.none_here")
    libraries = escape(", ".join(served_by(task, here)))
    name = say.html("tasks.try_this", tag=task.tag)
    return (
        f'<li class="task" data-words="{escape(words(task.tag, task.summary, say))}">'
        f"{flow(task)}<h4>{link(task.tag)}</h4>"
        f"<p>{escape(say.word(task.summary))}</p><footer><small>{libraries}<br>{count}</small>"
        f'<a class="button" href="/?{urlencode({"task": task.tag})}" aria-label="{name}">'
        f"{say('tasks.try')}</a></footer></li>"
    )


def not_run(about: Unserved, say: Texts) -> str:
    return (
        f'<li class="task unrun" data-words="{escape(words(about.tag, about.what, say))}">'
        f'<span class="flow">{icon(about.modality)}</span>'
        f"<h4>{link(about.tag)}</h4>"
        f"<p>{escape(say.word(about.what))}</p>"
        f"<footer><small>{say('tasks.not_run')}</small></footer></li>"
    )


def link(tag: str) -> str:
    return f'<a href="/tasks?{urlencode({"tag": tag})}">{tag}</a>'


def words(tag: str, meaning: str, say: Texts) -> str:
    """What a search looks through: both languages, since a reader may know either."""
    return " ".join((tag, tag.replace("-", " "), meaning, say.word(meaning))).casefold()
