"""What a widget holds as the value of a field (`read_...`), and the other way (`show_...`)."""

import json
import re
from pathlib import Path
from typing import Any

from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder
from gradio_client.utils import get_mimetype

from components import files, texts
from pipelines import samples
from pipelines.errors import InvalidInput
from pipelines.kinds.messages import MEDIA

UNSET = "default"  # the choice that means "not given"
OWN = {UNSET: "unset", "yes": "yes", "no": "no"}  # choices of the page itself, by their texts


def read_blank(value: Any) -> Any:
    """An empty box means "not given"."""
    return None if value == "" else value


def show_blank(value: Any) -> Any:
    """An empty text, not None: in the browser None leaves what stood in the same place before."""
    return "" if value is None else value


def read_choice(value: Any) -> Any:
    return None if value == UNSET else value


def show_choice(value: Any) -> Any:
    return UNSET if value is None else str(value)


def read_maybe(value: Any) -> Any:
    return {"yes": True, "no": False, UNSET: None}.get(value, value)


def show_maybe(value: Any) -> Any:
    return UNSET if value is None else "yes" if value else "no"


def read_number(value: Any) -> Any:
    """A number, None for an empty box; other text goes on, for the task's record to refuse."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    try:
        return float(text) if text else None
    except ValueError:
        return text


def show_number(value: Any) -> Any:
    return "" if value is None else f"{value:g}"


def read_lines(value: Any) -> Any:
    if isinstance(value, list):
        return value
    return [each for each in (value or "").splitlines() if each.strip()]


def show_lines(value: Any) -> Any:
    return "\n".join(value) if isinstance(value, list) else show_blank(value)


def read_names(value: Any) -> Any:
    if isinstance(value, list):
        return value
    return [each.strip() for each in re.split("[,，]", value or "") if each.strip()]


def show_names(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, list) else show_blank(value)


def read_file(value: Any) -> Any:
    return files.read(value) if value else None


def show_file(value: Any) -> Any:
    """A copy in gradio's own cache, the only place it serves files from: models stay unseen."""
    return save_file_to_cache(value, get_upload_folder()) if value else None


def read_files(value: Any) -> Any:
    """The files of a gallery, whose items are pairs of path and caption."""
    return [files.read(path) for path, _ in value] if value else value


def show_files(value: Any) -> Any:
    return [show_file(each) for each in value] if value else value


def read_table(value: Any) -> Any:
    """A Dataframe's pandas value to columns by name; empty cells become None."""
    if not hasattr(value, "to_dict"):
        return value
    columns: dict[str, list[Any]] = value.astype(object).to_dict("list")
    return {str(name): [blank(cell) for cell in column] for name, column in columns.items()}


def blank(cell: Any) -> Any:
    """None for an empty cell, which pandas holds as NaN or as an empty text."""
    return None if cell == "" or cell != cell else cell


def show_table(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        "headers": list(value),
        "data": [list(row) for row in zip(*value.values(), strict=True)],
    }


def show_chat(value: Any) -> Any:
    return value[-1]["content"] if isinstance(value, list) and value else show_blank(value)


def read_talk(value: Any) -> Any:
    """What was written and added, as the content of a message: its files stand first."""
    if not isinstance(value, dict):
        return value or ""
    files = [filed(path) for path in value.get("files") or ()]
    words = value.get("text") or ""
    if not files:
        return words
    return [*files, {"type": "text", "text": words}] if words.strip() else files


def filed(path: str) -> dict[str, Any]:
    """A file as a part of a message. Raises InvalidInput if its name says nothing of its kind."""
    kind = (get_mimetype(path) or "").partition("/")[0]
    if kind not in MEDIA:
        raise InvalidInput(texts.here()("views.not_media", name=Path(path).name))
    return {"type": kind, kind: files.read(path)}


def show_talk(value: Any) -> Any:
    """The last message of a conversation in its box."""
    content = value[-1]["content"] if isinstance(value, list) and value else value or ""
    if isinstance(content, str):
        return {"text": content, "files": []}
    files = [show_file(part[part["type"]]) for part in content if part["type"] != "text"]
    return {"text": samples.words(content), "files": files}


def read_json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value.strip() else None
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise InvalidInput(texts.here()("views.not_json", **place)) from error


def show_json(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False, indent=2) if value is not None else None
