"""A model that is not here: look it up on the Hub, say what it costs, ask, then fetch it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from html import escape
from typing import Any

import gradio as gr

from components import outputs
from pipelines.errors import TaglineError
from pipelines.inference import Inference
from pipelines.models.offer import Offer, Progress, in_words

TICK = 0.3  # seconds between two looks at a download
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def draw(inference: Inference, name: str, choice: gr.State) -> None:
    """Looks the model up on the Hub and asks before anything is downloaded."""
    note = gr.HTML(plain(f"Looking for {name} on the Hub…"), padding=False)
    get = gr.Button("Download", variant="primary", visible=False, elem_id="download")

    async def look() -> list[Any]:
        try:
            offer = await inference.models.offer(name)
        except TaglineError as error:
            return [outputs.error(str(error)), gr.update(visible=False)]
        return [offered(offer), gr.update(visible=True)]

    async def download() -> AsyncGenerator[list[Any], None]:
        async with aclosing(fetch(inference, name)) as states:
            async for state in states:
                yield state

    gr.on(None, look, None, [note, get], **QUIET)
    get.click(download, None, [note, get, choice], **QUIET)


def plain(text: str) -> str:
    return f'<div class="note" role="status">{escape(text)}</div>'


def offered(offer: Offer) -> str:
    return plain(
        f"{offer.id} is not on this machine. The Hub has it: {in_words(offer.bytes)} to download, "
        f"task {offer.tag or 'unknown'}."
    )


async def fetch(inference: Inference, name: str) -> AsyncGenerator[list[Any], None]:
    """Downloads; yields the note, the button and, at the end, the choice that shows the panel."""
    seen: list[Progress] = [Progress("looking")]
    task = asyncio.create_task(inference.models.resolve(name, progress=seen.append))
    try:
        while not task.done():
            yield [progress(name, seen[-1]), gr.update(visible=False), gr.skip()]
            await asyncio.wait({task}, timeout=TICK)
        model = await task
    except TaglineError as error:
        yield [outputs.error(str(error)), gr.update(visible=True), gr.skip()]
        return
    finally:
        task.cancel()
    chosen = {"model": name, "task": model.tag, "fresh": model.revision}
    yield [plain(f"{name} is here."), gr.update(visible=False), chosen]


def progress(name: str, now: Progress) -> str:
    """A line, and a bar as soon as the size is known."""
    if not now.total_bytes:
        return plain(f"Downloading {name}…")
    left = f", about {now.eta:.0f} s left" if now.eta is not None else ""
    line = f"Downloading {name}: {in_words(now.done_bytes)} of {in_words(now.total_bytes)}{left}"
    return plain(line) + outputs.progress(now.done_bytes / now.total_bytes)
