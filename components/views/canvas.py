"""A picture of the caller's to draw over, as the page shows it: upright, and no larger than it
is."""

from dataclasses import dataclass, replace
from html import escape

from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import get_upload_folder
from PIL import Image

from components import addresses
from pipelines.formats import ending
from pipelines.kinds.shapes import Media
from pipelines.media import Picture
from pipelines.pictures import picture

PLAIN = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
TURNED = 0x0112  # EXIF's tag of the orientation; 1 is upright
SMALL = 1_000_000  # pixels of a picture that is converted without loss


@dataclass(frozen=True)
class Canvas:
    """Where the page finds a picture, and its size in pixels."""

    url: str
    width: int
    height: int

    def drawn(self, over: str, kind: str = "", under: str = "", *, name: str) -> str:
        """The picture, or `under`, with SVG over it, in pixels of the picture. `name` says what
        there is to see; all else that is given must be markup of ours."""
        return (
            f'<figure class="canvas {kind}" style="max-width:{self.width}px">'
            f'<svg viewBox="0 0 {self.width} {self.height}" role="img"'
            f' aria-label="{escape(name)}">{under or self.image()}{over}</svg>'
            "</figure>"
        )

    def image(self, x: float = 0, width: float = 0, height: float = 0) -> str:
        wide, high = width or self.width, height or self.height
        return (
            f'<image href="{self.url}" x="{x:g}" y="0" width="{wide:g}" height="{high:g}"'
            ' preserveAspectRatio="none"/>'
        )

    @property
    def stroke(self) -> float:
        """What is about two pixels wide on the page."""
        return max(self.width, self.height) / 200


def canvas(encoded: Picture) -> Canvas:
    """The caller's own file where a browser shows it as a model saw it, else a copy that it
    does."""
    encoded = replace(encoded, bounded=False)
    with encoded.open() as header:
        if is_plain(header):
            return Canvas(
                address({"content": encoded.data, "mime": PLAIN[str(header.format)]}), *header.size
            )
    image = encoded.decode()
    kind = "image/png" if image.width * image.height <= SMALL else "image/jpeg"
    return Canvas(address(picture(image, kind)), *image.size)


def is_plain(header: Image.Image) -> bool:
    """Whether a browser shows the file as Pillow reads it."""
    still = getattr(header, "n_frames", 1) == 1 and not header.has_transparency_data
    upright = header.getexif().get(TURNED, 1) == 1
    return header.format in PLAIN and header.mode in ("RGB", "L") and still and upright


def address(media: Media) -> str:
    """Where the page finds a copy in gradio's own cache, the only place it serves files from."""
    name = f"picture.{ending(media['mime'])}"
    path = save_bytes_to_cache(media["content"], name, get_upload_folder())
    return addresses.of(path)
