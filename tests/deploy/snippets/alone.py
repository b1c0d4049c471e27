"""Whether code without a server gives what the engine answers, where a library leaves some of it
out, or writes it into another kind of file."""

import base64
import io
import math
from typing import Any

import numpy as np
from PIL import Image

from pipelines.kinds.outputs import OutputKind
from pipelines.kinds.shapes import is_media
from pipelines.video import Clip
from tests.deploy.snippets.agree import PLY, agrees, bare
from tests.zoo import glb, ply
from tests.zoo.alike import alike, opened, same_corners

# How far the frames of two encoders may be apart on average, of full scale: each loses some, and
# most of the noise that tiny models draw. Another seed makes it three times as much and more.
LOSS = 0.03
PACE = 0.01  # how far two paces may be apart, as a share


def agrees_alone(found: Any, wanted: Any, kind: OutputKind) -> bool:
    wanted = part(found, wanted, kind)
    if is_media(found) and is_media(wanted):
        return same_file(found, wanted)
    return agrees(found, wanted, kind)


def part(found: Any, wanted: Any, kind: OutputKind) -> Any:
    """What a model gives by itself of the engine's answer: of speech its stretches, without what is
    drawn under them; the files of tracks and of depths where these were written."""
    if kind.name == "segments" and isinstance(found, list):
        return wanted["segments"]
    if kind.name == "tracks" and all(map(is_media, found if isinstance(found, list) else [found])):
        return bare([media(each["blob"], each["content-type"]) for each in wanted])
    if kind.name == "depth" and is_media(found):
        return shaded(wanted["depth"])
    return wanted


def media(blob: str, mime: str) -> dict[str, Any]:
    return {"content": base64.b64decode(blob), "mime": mime}


def shaded(blob: str) -> dict[str, Any]:
    """A picture of 65,536 shades as one of 256."""
    deep = np.asarray(Image.open(io.BytesIO(base64.b64decode(blob))))
    file = io.BytesIO()
    Image.fromarray((deep // 257).astype(np.uint8)).save(file, "png")
    return {"content": file.getvalue(), "mime": "image/png"}


def same_file(found: Any, wanted: Any) -> bool:
    """Whether two files show or sound the same."""
    if found["mime"] == PLY:  # its z is up
        x, y, z = ply.read(found["content"]).T
        _, [corners, *_] = glb.read(wanted["content"])
        return same_corners(np.stack([x, z, -y], axis=1), corners)
    if wanted["mime"].startswith("video/"):
        return same_film(found, wanted)
    return alike({**found, "mime": wanted["mime"]}, wanted)


def same_film(found: Any, wanted: Any) -> bool:
    """Whether two videos have the same pace and as many frames, and these look the same."""
    first, second = opened(found), opened(wanted)
    paces = (Clip(each["content"], 60, 1_000_000, 100).rate for each in (found, wanted))
    if first.shape != second.shape or not math.isclose(*paces, rel_tol=PACE):
        return False
    return bool(np.abs(first - second).mean() <= LOSS)
