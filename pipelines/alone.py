"""One task of one model in this very process: no server, no engine, no other model.

What an exported handler runs: it gets the body of a call as Inference Endpoints hand it over, and
answers as the HTTP API does.
"""

import base64
import json
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines import registry
from pipelines.engine import inline
from pipelines.engine.failures import failure
from pipelines.errors import InvalidInput, TaglineError
from pipelines.hardware import detect, probe
from pipelines.inference import with_notices
from pipelines.kinds.shapes import is_media
from pipelines.levels import LOOPBACK
from pipelines.loaders.safety import reading
from pipelines.model import Model
from pipelines.models.describe import Describer
from pipelines.pictures import picture
from pipelines.samples import card_parameters
from pipelines.settings import Settings
from pipelines.slots import slots
from pipelines.task import Request

ABOUT = "model.json"  # what a folder says of its model
MODELS = "models"  # where in it the files are, by the model's id, unless the Hub has them
ASIDE = ("options",)  # keys of the classic Inference API that change no answer


class Alone:
    """The model that `folder` describes, loaded. Calls are answered one after the other."""

    def __init__(self, folder: Path) -> None:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        self.settings = settings(about)
        self.model = model(about, folder, self.settings)
        self.task = registry.choose(self.model, about["task"])
        hardware = detect(probe(), self.settings.device, self.settings.dtype)
        self.turn = threading.Lock()
        with reading(self.model):
            self.pipe = self.task.loader(self.model)(self.model, hardware)
        if "torch" in sys.modules:  # which not every library needs
            sys.modules["torch"].set_num_threads(hardware.threads)

    def __call__(self, data: Mapping[str, Any]) -> Any:
        """The answer to `{"inputs": ..., "parameters": {...}}`. Files are bytes, base64 or Pillow's
        pictures; a picture that is made is Pillow's, any other file an object of base64.

        Raises TaglineError, whose sentence says what to do.
        """
        asked = self.read(data)
        try:
            with self.turn:
                values, told, _ = inline.run(self.task, self.pipe, asked.inputs, asked.params)
        except TaglineError:
            raise
        except Exception as error:
            raise failure(self.model.id, self.task.tag, error) from error
        return sent(with_notices(self.task.wire(values, asked.many), told))

    def read(self, data: Mapping[str, Any]) -> Request:
        body = {name: received(value) for name, value in data.items() if name not in ASIDE}
        usual = card_parameters(self.task, self.model)
        asked = self.task.read(body, self.settings.limits, usual)
        for slot in slots(self.task.params):
            if slot.kind == "adapter" and getattr(asked.params, slot.name) is not None:
                raise InvalidInput(f"parameters.{slot.name}: there are no adapters here.")
        return asked


def settings(about: Mapping[str, Any]) -> Settings:
    """Those of a process that serves nobody, and trusts the one model as far as its maker did."""
    id = (about["id"],)
    return Settings(
        level="private",
        host=LOOPBACK,
        trusted_code=id if about["trusted_code"] else (),
    )


def model(about: Mapping[str, Any], folder: Path, settings: Settings) -> Model:
    """The model, fetched from the Hub where it is pinned to a commit of it."""
    pinned = about["commit"] is not None
    place = fetched(about) if pinned else folder / MODELS / about["id"]
    return Describer(settings).model(place, about["id"], "folder", about["commit"])


def fetched(about: Mapping[str, Any]) -> Path:
    from huggingface_hub import snapshot_download

    commit, files = about["commit"], about["files"]
    return Path(snapshot_download(about["id"], revision=commit, allow_patterns=files))


def received(value: Any) -> Any:
    """A value with Pillow's pictures as the files that tasks take."""
    from PIL import Image

    if isinstance(value, Image.Image):
        return picture(value)["content"]
    if isinstance(value, dict):
        return {name: received(each) for name, each in value.items()}
    if isinstance(value, list):
        return list(map(received, value))
    return bytes(value) if isinstance(value, bytearray) else value


def sent(value: Any) -> Any:
    """An answer as those who call a handler can send it on."""
    if is_media(value):
        return file(value["content"], value["mime"])
    if isinstance(value, dict):
        return {name: sent(each) for name, each in value.items()}
    if isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        return list(map(sent, value))
    return value


def file(content: bytes, mime: str) -> Any:
    import io

    from PIL import Image

    if mime.startswith("image/"):
        image = Image.open(io.BytesIO(content))
        image.load()
        return image
    return {"blob": base64.b64encode(content).decode(), "content-type": mime}
