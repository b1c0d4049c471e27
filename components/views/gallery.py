"""Pictures that were made: as they grow, beside what they were made of, and to be kept."""

import base64
import io
from html import escape
from typing import Any

from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder
from PIL import Image

from components import addresses, texts
from components.views.view import empty_line
from pipelines.formats import ending
from pipelines.kinds.outputs import OutputKind
from pipelines.kinds.shapes import Media
from pipelines.media import Picture
from pipelines.pictures import told_by
from pipelines.slots import slots
from pipelines.task import Inputs

SHOWN = ("PNG", "JPEG", "WEBP", "GIF", "BMP")  # that every browser shows
ALIKE = 0.05  # how far two pictures' proportions may be apart, to lie over each other
# A range over the whole picture: dragged, or moved by the arrow keys
SLIDE = "this.parentNode.style.setProperty('--at', this.value + '%')"


def gallery(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """Every picture, never larger than it is; a single one over the picture that it was made of."""
    made = value if isinstance(value, list) else [value]
    before = source(inputs) if len(made) == 1 else None
    if before and alike(before, made[0]):
        return compared(before, made[0], inputs)
    figures = "".join(figure(each, at, inputs) for at, each in enumerate(made, 1))
    return f'<div class="pictures">{figures}</div>'


def figure(media: Media, at: int, inputs: Inputs) -> str:
    address, title = address_of(media), texts.here()("views.full_size")
    return (
        f'<figure><a href="{address}" target="_blank" title="{title}">'
        f'<img src="{address}" alt="{alt(inputs, at)}"></a>{caption(media, address)}</figure>'
    )


def compared(before: Media, after: Media, inputs: Inputs) -> str:
    old, new, say = address_of(before), address_of(after), texts.here()
    first, last = say("views.before"), say("views.after")
    return (
        f'<figure><div class="compare" style="--at: 50%"><img src="{new}" alt="{alt(inputs, 1)}">'
        f'<img class="before" src="{old}" alt="{first}">'
        f'<input type="range" value="50" aria-label="{say("views.before_after")}"'
        f' oninput="{SLIDE}">'
        f"<b>{first}</b><b>{last}</b></div>{caption(after, new)}</figure>"
    )


def caption(media: Media, address: str) -> str:
    """How it was made, as its file says, and the file itself."""
    told = told_by(media)
    facts = [f"{name.replace('_', ' ')} {value}" for name, value in told.items()]
    name = f"picture-{told.get('seed', 1)}.{ending(media['mime'])}"
    say = texts.here()
    links = (
        f'<a href="{address}" target="_blank">{say("views.full_size")}</a> · '
        f'<a href="{address}" download="{escape(name)}">{say("views.download")}</a>'
    )
    line = escape(" · ".join(facts))
    return f"<figcaption><span>{line}</span><span>{links}</span></figcaption>"


def growing(chunks: list[Any], inputs: Inputs, kind: OutputKind) -> str:
    """The last preview that came, if one did."""
    seen: Media | None = next((c["preview"] for c in reversed(chunks) if "preview" in c), None)
    if seen is None:
        return empty_line("views.picture_waiting")
    rough = texts.here()("views.rough")
    data = base64.b64encode(seen["content"]).decode()
    return (
        f'<figure class="growing"><img src="data:{seen["mime"]};base64,{data}" alt="{rough}">'
        f"<figcaption>{rough}</figcaption></figure>"
    )


# What it was made of -----------------------------------------------------------------------------


def source(inputs: Inputs) -> Media | None:
    """The picture that came in, if one did and a browser shows it."""
    names = [slot.name for slot in slots(type(inputs)) if slot.kind == "image"]
    value = getattr(inputs, names[0]) if names else None
    if not isinstance(value, Picture):
        return None
    with value.open() as opened:
        shown = opened.format in SHOWN
        mime = Image.MIME.get(opened.format or "", "")
    return {"content": value.data, "mime": mime} if shown else None


def alike(one: Media, other: Media) -> bool:
    """Whether two pictures have the same proportions."""
    first, second = proportion(one), proportion(other)
    return abs(first - second) <= ALIKE * second


def proportion(media: Media) -> float:
    with Image.open(io.BytesIO(media["content"])) as image:
        wide, high = image.size
        turned = image.getexif().get(0x0112, 1) >= 5  # a browser turns it by this tag
    return high / wide if turned else wide / high


def first(value: Any) -> str:
    """The path of the first picture."""
    return path_of(value[0] if isinstance(value, list) else value)


def alt(inputs: Inputs, at: int) -> str:
    """What a picture shows: the words it was made of, where there are some."""
    words = next((v for v in inputs.model_dump().values() if isinstance(v, str)), "")
    return escape(f"{words or texts.here()('views.result')} ({at})", quote=True)


def address_of(media: Media) -> str:
    return addresses.of(path_of(media))


def path_of(media: Media) -> str:
    """The path of a copy in gradio's own cache, the only place it serves files from."""
    name = f"picture.{ending(media['mime'])}"
    return str(save_bytes_to_cache(media["content"], name, get_upload_folder()))
