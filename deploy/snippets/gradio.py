"""What Gradio's clients send to the endpoint of a task."""

from pathlib import Path
from typing import Any

from deploy.snippets.ask import Ask, tidied
from deploy.snippets.files import filled
from deploy.snippets.messages import Written


def given(ask: Ask, handled: Written, encoded: Written) -> dict[str, Any]:
    """The model, the inputs and the parameters by their names. A field that is a file takes it
    as `handled` writes it; files inside of others are `encoded` in base64. Raises InvalidInput."""
    row = {
        name: filled(value, ask.files, handled if isinstance(value, Path) else encoded)
        for name, value in ask.inputs.items()
    }
    return {"model": ask.name, **row, **tidied(ask.task, ask.parameters)}
