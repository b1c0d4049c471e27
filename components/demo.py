"""A demo: one model's widget and nothing else, for a page of somebody else or for an audience.

An address asks for it with `demo=1`; the setting `demo` leaves a server nothing else to show.
"""

from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from api.texts import Texts
from components import lines
from components.answering import Answering
from components.choosing import Chosen
from components.panel import Panel
from pipelines import registry
from pipelines.allowance import Client
from pipelines.errors import TaglineError
from pipelines.inference import Inference
from pipelines.model import Model
from pipelines.search import tags_of
from pipelines.settings import Settings

KEY = "demo"  # in an address


def wanted(settings: Settings, query: Mapping[str, str]) -> bool:
    return settings.demo or query.get(KEY, "").lower() in ("1", "true", "yes")


def draw(
    inference: Inference,
    client: Client,
    chosen: Chosen,
    query: Mapping[str, str],
    onward: bool,
    say: Texts,
    server: str = "",
) -> None:
    """Builds it in the Blocks now open; `onward` says that there is more here to lead to, and
    `server` where that is, for a page of somebody else."""
    try:
        model = inference.models.find(chosen.name or "")
        task = registry.choose(model, tag_of(model, chosen.task))
    except TaglineError as error:
        gr.HTML(lines.error(str(error)), padding=False)
        return
    name = chosen.name or model.id
    more = {"model": name, "task": task.tag} if onward else None
    gr.HTML(head(model, more, say, server), padding=False)
    same = query.get("model", name) == name
    answering = Answering(inference, model, task, client)
    Panel(answering, query if same else {}, name=name, demo=True).draw()


def tag_of(model: Model, asked: str | None) -> str | None:
    """The task to show: the one asked for, else the one that leads."""
    able = tags_of(model)
    return asked if asked in able else next(iter(able), None)


def head(model: Model, more: Mapping[str, Any] | None, say: Texts, server: str = "") -> str:
    """The name of the model, and the way to the whole page where there is one."""
    link = ""
    if more:
        where = escape(f"{server}/?{urlencode(more, safe='/')}")
        link = f'<a href="{where}" target="_blank" rel="noopener">{say.html("demo.whole")}</a>'
    return (
        f'<header class="demo-head" data-page="{escape(model.id)}">'
        f"<h1>{escape(model.id)}</h1>{link}</header>"
    )
