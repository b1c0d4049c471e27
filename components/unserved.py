"""The page of a tag that is not served: what it is, why not, and what does it."""

from html import escape
from urllib.parse import quote

import gradio as gr
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

from api.texts import Texts
from pipelines.model import Model
from pipelines.unserved import REPLAY, UNSERVED, Unserved

HUB = "https://huggingface.co/models?pipeline_tag="


def draw(about: Unserved, model: Model | None, here: list[Model], say: Texts) -> None:
    """Builds it in the Blocks now open; of `model` its film is shown if there is one. `here` are
    the models of this tag on this machine."""
    gr.HTML(card(about, model, here, say), padding=False)
    if model is None:
        return
    film = model.path / REPLAY
    if film.is_file():
        gr.HTML(f'<p class="caption">{say("playground.film")}</p>', padding=False)
        gr.Video(
            save_file_to_cache(film, get_upload_folder()),
            label=say("playground.replay"),
            interactive=False,
            height=320,
            elem_id="replay",
        )


def card(about: Unserved, model: Model | None, here: list[Model], say: Texts) -> str:
    others = [each.id for each in here if model is None or each.id != model.id]
    what, why, by = map(say.word, (about.what, about.why, about.by))
    return (
        f'<div class="note unserved" data-tag="{about.tag}"><h3>{title(about, model, say)}</h3>'
        f"<p>{escape(what)}.</p><p>{say.html('playground.why_not_run', why=why)}</p>"
        f"<p>{escape(by)}.</p>{listed(others, say)}"
        f'<p><a href="{HUB}{about.tag}" target="_blank" rel="noopener">'
        f"{say.html('playground.tagged', tag=about.tag)}</a></p></div>"
    )


def title(about: Unserved, model: Model | None, say: Texts) -> str:
    if model:
        return say.html("playground.shown_not_run", model=model.shown)
    return say.html("playground.tag_not_run", tag=about.tag)


def listed(ids: list[str], say: Texts) -> str:
    links = "".join(
        f'<li><a href="?model={quote(each, safe="/")}">{escape(each)}</a></li>' for each in ids
    )
    return f"<p>{say('playground.on_this_machine')}</p><ul>{links}</ul>" if ids else ""


def of(tag: str | None) -> Unserved | None:
    return UNSERVED.get(tag or "")
