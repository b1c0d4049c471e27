"""Odd pictures of one scene, each of the same size once it stands upright."""

import base64
from collections.abc import Callable

import numpy as np
from PIL import Image

from tests.pipelines.media import saved
from tests.zoo.sights import PICTURE, SIZE

TURNED = 0x0112  # EXIF's tag of the orientation


def sixteen_bits() -> bytes:
    grey = np.asarray(PICTURE.convert("L"), np.uint16) * 257
    return saved(Image.fromarray(grey))


def turned() -> bytes:
    """Stored lying on its side, with the tag that says so."""
    exif = Image.Exif()
    exif[TURNED] = 6
    return saved(PICTURE.transpose(Image.Transpose.ROTATE_90), exif=exif)


def animated() -> bytes:
    frames = [PICTURE, Image.new("RGB", SIZE, "white")]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:])


def see_through() -> bytes:
    image = PICTURE.convert("RGBA")
    image.putalpha(128)
    return saved(image)


ODD: dict[str, Callable[[], bytes]] = {
    "CMYK": lambda: saved(PICTURE.convert("CMYK"), "JPEG"),
    "16 bits": sixteen_bits,
    "palette": lambda: saved(PICTURE.convert("P")),
    "grey": lambda: saved(PICTURE.convert("L")),
    "turned": turned,
    "animated": animated,
    "transparent": see_through,
    "one bit": lambda: saved(PICTURE.convert("1"), "TIFF"),
}


def written(data: bytes) -> str:
    return base64.b64encode(data).decode()
