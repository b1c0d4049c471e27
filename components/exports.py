"""Copy and download for every result, by the kind of the output.

What can be had lies in files of their own, which the browser fetches when somebody asks for one:
nothing goes over the line twice.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder

from api.texts import Texts
from components import addresses, sheets
from pipelines.formats import ending
from pipelines.kinds.outputs import OutputKind
from pipelines.kinds.shapes import is_media
from pipelines.task import Inputs

MOST_COPIED = 2_000_000  # bytes that are worth a place in the clipboard
COPIED_PICTURES = "image/"


@dataclass(frozen=True)
class Piece:
    """A result, or a part of it, as a file. `copied` names the text of the button that copies it,
    empty where a clipboard takes no such thing; `kept` says that it may be downloaded."""

    ending: str
    content: bytes
    mime: str = "text/plain"
    copied: str = ""
    kept: bool = True


def row(value: Any, wire: Any, inputs: Inputs, kind: OutputKind, name: str, say: Texts) -> str:
    """The buttons under a result. `wire` is the JSON that the API sends, `name` what a file of it
    is called, without its ending."""
    pieces = list(pieces_of(value, wire, inputs, kind))
    made = [(piece, address(piece, name)) for piece in pieces]
    copies = "".join(copy(piece, at, say) for piece, at in made if copies_of(piece))
    kept = [(piece, at) for piece, at in made if piece.kept]
    links = "".join(
        link(each, at, called(name, number, kept), say) for number, (each, at) in enumerate(kept)
    )
    title = say("panel.result")
    return f'<div class="exports" role="group" aria-label="{title}">{copies}{links}</div>'


def pieces_of(value: Any, wire: Any, inputs: Inputs, kind: OutputKind) -> Iterator[Piece]:
    several = value if isinstance(value, list) and value and is_media(value[0]) else [value]
    if is_media(several[0]):
        yield from (picture_or_file(each, first=at == 0) for at, each in enumerate(several))
        return
    words, rows = kind.text(value) if has_words(kind) else "", sheets.sheet(value, inputs, kind)
    if words:
        yield Piece("txt", words.encode(), copied="copy")
    if rows:
        yield Piece("tsv", sheets.written(rows, "\t").encode(), copied="copy", kept=False)
        # With a byte order mark, by which spreadsheets know UTF-8.
        yield Piece("csv", sheets.written(rows, ",").encode("utf-8-sig"), "text/csv")
    if kind.file:
        yield picture_or_file(kind.file(value), first=True)
    written = json.dumps(wire, ensure_ascii=False, indent=1 if rows or words else None)
    yield Piece("json", written.encode(), "application/json", copied="copy_json")


def has_words(kind: OutputKind) -> bool:
    return kind.name in ("text", "message")


def picture_or_file(media: Any, first: bool) -> Piece:
    """A file as the model made it; the first picture can be copied."""
    mime = media["mime"]
    picture = first and mime.startswith(COPIED_PICTURES)
    copied = "copy_picture" if picture else ""
    return Piece(ending(mime), media["content"], mime, copied)


def copies_of(piece: Piece) -> bool:
    """Whether its button is worth while: a picture of any size, a text of some."""
    small = len(piece.content) <= MOST_COPIED or piece.mime.startswith(COPIED_PICTURES)
    return bool(piece.copied) and small


def address(piece: Piece, name: str) -> str:
    """Where it lies in gradio's own cache, the only place it serves files from."""
    path = save_bytes_to_cache(piece.content, f"{name}.{piece.ending}", get_upload_folder())
    return addresses.of(path)


def called(name: str, number: int, kept: list[Any]) -> str:
    """The name of a file; several of one kind are counted."""
    piece = kept[number][0]
    same = [at for at, (each, _) in enumerate(kept) if each.ending == piece.ending]
    count = f"-{same.index(number) + 1}" if len(same) > 1 else ""
    return f"{name}{count}.{piece.ending}"


def copy(piece: Piece, at: str, say: Texts) -> str:
    label = say(f"panel.{piece.copied}")
    return f'<button type="button" data-copy="{at}" data-mime="{piece.mime}">{label}</button>'


def link(piece: Piece, at: str, name: str, say: Texts) -> str:
    label = f"{say('panel.download')} .{piece.ending}"
    return f'<a href="{at}" download="{escape(name)}">{label}</a>'


def named(tag: str, model: str) -> str:
    """What the files of a result are called, by its task and its model."""
    return re.sub(r"[^\w.-]+", "-", f"{tag}_{model.rpartition('/')[2]}")
