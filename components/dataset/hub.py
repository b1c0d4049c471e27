"""A data set of the Hub by its name."""

import asyncio

import gradio as gr

from api.texts import Texts
from components import lines
from components.dataset.desk import QUIET, Desk, go, query
from pipelines.errors import TaglineError
from runs import hub


def draw(desk: Desk, note: gr.HTML, next_: gr.Textbox, say: Texts) -> None:
    """A box for the name, or nothing on a server that may not ask the Hub."""
    if desk.settings.offline or not desk.settings.downloads_open:
        gr.HTML(f'<p class="caption">{say("dataset.hub_off")}</p>', padding=False)
        return
    with gr.Row(elem_classes="options"):
        name = gr.Textbox("", label=say("dataset.hub"), info=say("dataset.hub_help"), lines=1,
                          interactive=True, elem_id="dataset-hub")  # fmt: skip
        button = gr.Button(say("dataset.hub_get"), elem_id="dataset-get", min_width=96, scale=0)

    async def get(wanted: str, request: gr.Request) -> list[str]:
        try:
            owner = desk.owner(request)
            kept = await asyncio.to_thread(
                hub.fetch, desk.settings.hub, wanted, owner, desk.runs.shelf
            )
        except TaglineError as error:
            return [lines.error(str(error)), ""]
        return ["", query(kept)]

    for event in (button.click, name.submit):
        go(event(get, name, [note, next_], **QUIET), next_)
