"""Files that a browser sent: only those that lie where Gradio put them are opened."""

from collections.abc import Callable
from contextlib import closing
from functools import wraps
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder
from gradio_client.utils import is_http_url_like

from components import texts
from pipelines.errors import InvalidInput
from pipelines.media import Picture, Sound
from pipelines.slots import Slot
from pipelines.video import Clip

Component = gr.components.Component
Make = Callable[[Slot, Any], Component]
Media = Picture | Sound | Clip


def sent(make: Make) -> Make:
    """`make`, whose component takes no addresses."""

    @wraps(make)
    def made(slot: Slot, value: Any) -> Component:
        return without_addresses(make(slot, value))

    return made


def without_addresses(box: Component) -> Component:
    """The same component; Gradio would fetch what a caller names."""
    move = box.async_move_resource_to_block_cache

    async def moved(place: str | Path | None) -> str | None:
        if place and is_http_url_like(str(place)):
            raise gr.Error(texts.here()("views.no_addresses"), print_exception=False)
        return await move(place)

    box.async_move_resource_to_block_cache = moved  # type: ignore[assignment, method-assign]
    return box


def ending(file: Media) -> str:
    """By which a browser, and who reads it back, know what the file is."""
    if isinstance(file, Picture):
        with file.open() as image:
            return str(image.format).lower()
    with closing(file.open()) as opened:
        name = str(opened.format.name).split(",")[0]
    return {"mov": "mp4" if isinstance(file, Clip) else "m4a", "matroska": "webm"}.get(name, name)


def kind_of(file: Media) -> str:
    """What a kind of value calls it."""
    return "image" if isinstance(file, Picture) else "video" if isinstance(file, Clip) else "audio"


def placed(file: Media) -> Path:
    """A copy in gradio's own cache, the only place it serves files from."""
    name = f"{kind_of(file)}.{ending(file)}"
    return Path(save_bytes_to_cache(file.data, name, get_upload_folder()))


def uploaded(path: str | Path) -> Path:
    """A file that was uploaded, or shown from here. Raises InvalidInput for a path that a caller
    made up: Gradio itself checks only those that look like its own."""
    place = Path(path).resolve()
    if not place.is_relative_to(Path(get_upload_folder()).resolve()) or not place.is_file():
        raise InvalidInput(texts.here()("views.not_sent", name=place.name[:80]))
    return place


def read(path: str | Path) -> bytes:
    """What such a file holds. Raises InvalidInput as `uploaded` does."""
    return uploaded(path).read_bytes()
