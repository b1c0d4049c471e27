"""Sound to listen to, and parts of a recording drawn over its waveform."""

import base64
from collections.abc import Sequence
from html import escape
from typing import Any

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from components import addresses, texts
from components.views.view import Component, empty_line
from pipelines.formats import ending
from pipelines.kinds.outputs import OutputKind
from pipelines.kinds.shapes import Media
from pipelines.task import Inputs

COLOURS = 8  # classes c0 to c7 of the style sheet


def player() -> Component:
    return gr.Audio(
        label=texts.here()("views.result"),
        interactive=False,
        elem_id="result",
        type="filepath",
        format=None,
        buttons=["download"],
    )


def audio(value: Media, inputs: Inputs, kind: OutputKind) -> str:
    return file_of(value)


def file_of(media: Media) -> str:
    """The path of a copy in gradio's own cache, the only place it serves files from."""
    name = f"result.{ending(media['mime'])}"
    return str(save_bytes_to_cache(media["content"], name, get_upload_folder()))


def tracks(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """Each track with its name, to listen to."""
    return "".join(map(track, value)) or empty_line("views.nothing")


def track(each: Any) -> str:
    media: Media = {"content": base64.b64decode(each["blob"]), "mime": each["content-type"]}
    address = addresses.of(file_of(media))
    name, download = escape(each["label"]), texts.here()("views.download")
    file = f"{name}.{ending(media['mime'])}"
    return (
        f'<p class="caption track"><span>{name}</span>'
        f'<a href="{address}" download="{file}">{download}</a></p>'
        f'<audio controls preload="metadata" aria-label="{name}" src="{address}"></audio>'
    )


def segments(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """The waveform with its segments, and when each begins and ends."""
    found, length = value["segments"], value["duration"] or 1
    names = list(dict.fromkeys(each["label"] for each in found))
    colour = {name: at % COLOURS for at, name in enumerate(names)}
    bands = "".join(
        f'<rect class="c{colour[each["label"]]}" x="{1000 * each["start"] / length:.1f}" y="0"'
        f' width="{1000 * (each["end"] - each["start"]) / length:.1f}" height="100"/>'
        for each in found
    )
    rows = "".join(
        f'<li class="c{colour[each["label"]]}"><i></i><span>{escape(each["label"])}</span>'
        f"<b>{each['start']:.2f} – {each['end']:.2f} s</b></li>"
        for each in found
    )
    told = told_of(len(found), value["duration"])
    return (
        f'<svg class="wave" viewBox="0 0 1000 100" preserveAspectRatio="none" role="img">'
        f"<title>{told}</title>{bands}{wave(value['waveform'])}</svg>"
        f'<p class="caption">{told}</p><ul class="legend">{rows}</ul>'
    )


def told_of(parts: int, seconds: float) -> str:
    say = texts.here()
    if not parts:
        return say("views.nothing")
    key = "views.part" if parts == 1 else "views.parts"
    return say(key, n=parts, seconds=f"{seconds:.1f}")


def wave(loudness: Sequence[float]) -> str:
    """One thin bar per piece, as far up as down."""
    top = max(loudness, default=0) or 1
    wide = 1000 / max(1, len(loudness))
    return "".join(
        f'<rect class="loud" x="{i * wide:.1f}" width="{wide * 0.7:.2f}"'
        f' y="{50 - 46 * x / top:.1f}" height="{max(1.0, 92 * x / top):.1f}"/>'
        for i, x in enumerate(loudness)
    )
