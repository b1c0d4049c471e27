"""Videos that play where they stand."""

from html import escape

from components import addresses, texts
from components.views.sounds import file_of
from pipelines.kinds.outputs import OutputKind
from pipelines.kinds.shapes import Media
from pipelines.task import Inputs


def video(value: Media, inputs: Inputs, kind: OutputKind) -> str:
    """A player that begins anew at the end, and the file to keep."""
    address = addresses.of(file_of(value))
    name = escape(address.rpartition("/")[2])
    result, download = texts.here()("views.result"), texts.here()("views.download")
    return (
        f'<video controls loop playsinline preload="auto" aria-label="{result}" src="{address}">'
        f'</video><p class="caption"><a href="{address}" download="{name}">{download}</a></p>'
    )
