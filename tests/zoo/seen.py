"""Pictures and videos, and the pieces of models that see."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import transformers
from PIL import Image

from tests.pipelines.media import saved
from tests.zoo.parts import SMALL, word_pieces

SIDE = 32  # pixels of what tiny models see
SQUARE = {"height": SIDE, "width": SIDE}
VIT: dict[str, Any] = {**SMALL, "image_size": SIDE, "patch_size": 8}


def scene(width: int = 48, height: int = 40, turn: int = 0) -> Image.Image:
    """Waves of colour, other ones for each `turn`."""
    y, x = np.mgrid[:height, :width]
    waves = [np.sin((x * a + y * b) / 9 + turn) for a, b in ((1, 2), (2, -1), (-1, 1))]
    return Image.fromarray((127.5 + 120 * np.stack(waves, -1)).astype(np.uint8))


def encoded(image: Image.Image) -> str:
    return base64.b64encode(saved(image)).decode()


def opened(picture: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(picture)))


def film(count: int, rate: int = 8) -> bytes:
    """A video of so many scenes, its pixels kept exactly."""
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as file:
        stream: Any = file.add_stream("ffv1", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 48, 40, "bgr0"
        for turn in range(count):
            file.mux(stream.encode(av.VideoFrame.from_image(scene(turn=turn))))
        file.mux(stream.encode(None))
    return out.getvalue()


def eye(folder: Path, kind: str, **about: Any) -> None:
    """The file of an image processor, as those on the Hub have it."""
    square = {"size": SQUARE, "do_resize": True, "do_rescale": True, "do_normalize": True}
    means = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    text = json.dumps({"image_processor_type": kind, **square, **means, **about})
    (folder / "preprocessor_config.json").write_text(text, encoding="utf-8")


def processor(folder: Path) -> Any:
    return transformers.AutoImageProcessor.from_pretrained(folder)


def words(**more: Any) -> tuple[Any, dict[str, Any]]:
    """A tokenizer, and the configuration of a text model for it."""
    tokenizer = word_pieces()
    text = {**SMALL, "vocab_size": len(tokenizer), "max_position_embeddings": 64, **more}
    return tokenizer, text


def names(*labels: str) -> dict[str, Any]:
    return {
        "id2label": dict(enumerate(labels)),
        "label2id": {label: at for at, label in enumerate(labels)},
    }
