"""Folders of models that bring their own code: handler.py, what it needs, and a config.json."""

import json
from pathlib import Path
from shutil import copyfile
from typing import Any

HANDLERS = Path(__file__).parent / "handlers"


def source(name: str) -> str:
    """The file that becomes a model's handler.py."""
    return str(HANDLERS / f"{name}.py")


def write(folder: Path, name: str, needs: tuple[str, ...], **config: Any) -> None:
    """Put handler `name` into `folder`; `needs` are packages beyond torch and numpy."""
    copyfile(source(name), folder / "handler.py")
    (folder / "requirements.txt").write_text("".join(f"{package}\n" for package in needs))
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
