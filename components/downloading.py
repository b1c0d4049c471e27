"""A model that is not here: look it up on the Hub, say what it costs, ask, then fetch it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from html import escape
from typing import Any

import gradio as gr

from api.texts import Texts
from components import lines, texts
from pipelines.errors import TaglineError
from pipelines.inference import Inference
from pipelines.models.offer import Offer, Progress, in_words

TICK = 0.3  # seconds between two looks at a download
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def draw(inference: Inference, name: str, choice: gr.State) -> None:
    """Looks the model up on the Hub and asks before anything is downloaded."""
    say = texts.here()
    note = gr.HTML(plain(say("playground.looking", model=name)), padding=False)
    get = gr.Button(
        say("playground.download"), variant="primary", visible=False, elem_id="download"
    )

    async def look() -> list[Any]:
        try:
            offer = await inference.models.offer(name)
        except TaglineError as error:
            return [lines.error(str(error)), gr.update(visible=False)]
        return [offered(offer, texts.here()), gr.update(visible=True)]

    async def download() -> AsyncGenerator[list[Any], None]:
        async with aclosing(fetch(inference, name, texts.here())) as states:
            async for state in states:
                yield state

    gr.on(None, look, None, [note, get], **QUIET)
    get.click(download, None, [note, get, choice], **QUIET)


def plain(text: str) -> str:
    return f'<div class="note" role="status">{escape(text)}</div>'


def offered(offer: Offer, say: Texts) -> str:
    tag, size = offer.tag or say("playground.unknown"), in_words(offer.bytes)
    return plain(say("playground.offered", model=offer.id, size=size, tag=tag))


async def fetch(inference: Inference, name: str, say: Texts) -> AsyncGenerator[list[Any], None]:
    """Downloads; yields the note, the button and, at the end, the choice that shows the panel."""
    seen: list[Progress] = [Progress("looking")]
    task = asyncio.create_task(inference.models.resolve(name, progress=seen.append))
    try:
        while not task.done():
            yield [progress(name, seen[-1], say), gr.update(visible=False), gr.skip()]
            await asyncio.wait({task}, timeout=TICK)
        model = await task
    except TaglineError as error:
        yield [lines.error(str(error)), gr.update(visible=True), gr.skip()]
        return
    finally:
        task.cancel()
    chosen = {"model": name, "task": model.tag, "fresh": model.revision}
    yield [plain(say("playground.arrived", model=name)), gr.update(visible=False), chosen]


def progress(name: str, now: Progress, say: Texts) -> str:
    """A line, and a bar as soon as the size is known."""
    if not now.total_bytes:
        return plain(say("playground.downloading", model=name))
    sizes = {"done": in_words(now.done_bytes), "total": in_words(now.total_bytes)}
    line = say("playground.downloading_of", model=name, **sizes)
    if now.eta is not None:
        line += say("playground.left", seconds=f"{now.eta:.0f}")
    return plain(line) + lines.progress(now.done_bytes / now.total_bytes)
