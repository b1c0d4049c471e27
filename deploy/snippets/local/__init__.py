"""Code that runs the model itself, by the library that it is made for: no server, no Tagline."""

from collections.abc import Callable

from deploy.snippets.ask import Ask, Snippet
from deploy.snippets.local import chat, drawing, handler, programs, transformers, writing
from deploy.snippets.local.program import written
from pipelines.errors import UnsupportedTask
from pipelines.model import HANDLER

BY_LIBRARY: dict[str | None, Callable[[Ask], Snippet]] = {
    HANDLER: handler.snippet,
    "diffusers": drawing.snippet,
    "transformers": transformers.snippet,
}


def snippet(ask: Ask) -> Snippet:
    """Raises UnsupportedTask for a task that the library does not do by itself, InvalidInput for
    a parameter that the code has no word for."""
    library = ask.model.library
    if program := programs.find(ask.model, ask.task.tag):
        return written(ask, program)
    if library == "transformers" and chat.is_one(ask):
        return chat.snippet(ask)
    if library == "transformers" and writing.is_one(ask):
        return writing.snippet(ask)
    if library not in BY_LIBRARY:
        raise UnsupportedTask(f"{library} does no {ask.task.tag} without Tagline.")
    return BY_LIBRARY[library](ask)
