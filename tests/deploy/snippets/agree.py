"""Whether what a snippet printed, or wrote into a file, is what the engine answers."""

import base64
import io
import json
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from PIL import Image

from pipelines.kinds.outputs import OutputKind
from pipelines.kinds.shapes import is_media
from tests.zoo.alike import alike

PLY = "model/ply"
MIMES = {".glb": "model/gltf-binary", ".ply": PLY}


def given(outcome: dict[str, Any], folder: Path) -> Any:
    """The answer of a snippet: a file that it wrote, or what it printed."""
    files = sorted(folder.glob("answer*"))
    if files:
        return [file_of(each) for each in files] if len(files) > 1 else file_of(files[0])
    printed = outcome["printed"]
    assert printed, "It printed nothing."
    value = printed[0] if len(printed) == 1 else printed
    return parsed(value) if isinstance(value, str) else value


def parsed(text: str) -> Any:
    """JSON, the path of a file, or words."""
    try:
        return json.loads(text)
    except ValueError:
        path = Path(text[:200])
        return file_of(path) if len(text) < 200 and path.is_file() else text


def file_of(path: Path) -> Any:
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    mime = MIMES.get(path.suffix) or str(guess_type(path.name)[0])
    return {"content": path.read_bytes(), "mime": mime.replace("x-", "")}


def agrees(found: Any, wanted: Any, kind: OutputKind) -> bool:
    """The same, but for what a client takes off: a list around one value, all but the first or
    all but the words."""
    if isinstance(found, str) and not isinstance(wanted, str):
        return found.strip() == words(wanted, kind).strip()
    if is_media(wanted) and isinstance(found, dict) and "blob" in found:
        found = {"content": base64.b64decode(found["blob"]), "mime": wanted["mime"]}
    if is_media(wanted) and is_media(found):
        return alike({**found, "mime": wanted["mime"]}, wanted)
    first, second = bare(found), bare(wanted)
    if isinstance(second, list) and isinstance(first, dict):
        second = second[0]
    return alike(comparable(first), comparable(second, first))


def words(wanted: Any, kind: OutputKind) -> str:
    return kind.text(wanted[0] if isinstance(wanted, list) and kind.name != "message"
                     and "generated_text" not in wanted[0] else wanted)  # fmt: skip


def bare(value: Any) -> Any:
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value


def comparable(value: Any, like: Any = None) -> Any:
    """With masks as their pixels, and only the fields that `like` has too; huggingface_hub has no
    dash in their names."""
    if isinstance(value, list):
        others = like if isinstance(like, list) and len(like) == len(value) else [None] * len(value)
        return [comparable(*both) for both in zip(value, others, strict=True)]
    if isinstance(value, dict):
        value = named(value)
        inner = named(like) if isinstance(like, dict) else {}
        names = inner.keys() & value.keys() if inner else value.keys()
        return {n: comparable(value[n], inner.get(n)) for n in sorted(names)}
    if isinstance(value, str) and value.startswith("iVBOR"):
        return pixels(Image.open(io.BytesIO(base64.b64decode(value))))
    return value


def named(value: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("-", "_"): each for name, each in value.items()}


def pixels(picture: Any) -> dict[str, Any]:
    flat = base64.b64encode(picture.convert("L").tobytes()).decode()
    return {"pixels": flat, "size": list(picture.size)}
