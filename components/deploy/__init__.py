"""The page that takes a model elsewhere: a card for each place, with its options, its download and
the command that does the same."""

from typing import Any

import gradio as gr

from api import hands, look
from components import texts, top
from components.callers import scope
from components.choosing import by_address
from components.deploy import cards, forms
from components.deploy.ground import Ground
from components.lines import error
from deploy.plan import Plan, plan
from pipelines.errors import TaglineError
from pipelines.inference import Inference
from pipelines.settings import Settings

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}
SCRIPT = f"import('{look.address('deploy')}')"


def draw(inference: Inference, settings: Settings) -> None:
    """Builds the page in the Blocks now open."""
    top.draw("deploy", inference.engine.hardware, settings.sign_in)
    page = gr.HTML(top.skeleton(6), padding=False, elem_id="deploy", js_on_load=SCRIPT)

    def show(request: gr.Request) -> str:
        return html(inference, settings, request)

    blocks = gr.context.Context.root_block
    assert blocks is not None
    blocks.load(show, None, page, **QUIET)


def html(inference: Inference, settings: Settings, request: gr.Request) -> str:
    """The page for the model that the address names, or the first one here."""
    say, asked = texts.here(), by_address(inference, dict(request.query_params))
    begin = forms.head(say)
    try:
        about = plan(inference.models, asked.name or "", asked.task)
    except TaglineError as problem:
        return begin + forms.choose(inference, asked.name, None, say) + error(str(problem))
    return (
        begin
        + forms.choose(inference, asked.name, about.task.tag, say)
        + cards.all_of(about, ground(settings, about, asked.name, request), say)
    )


def ground(settings: Settings, about: Plan, name: str | None, request: gr.Request) -> Ground:
    """What the cards have to know of this server and of who looks at them."""
    may = not settings.offline and hands.may(scope(request), settings)
    server = str(request.base_url).rstrip("/")
    return Ground(settings, server, name or about.model.id, about.task.tag, may)
