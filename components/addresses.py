"""Where a browser finds a file in Gradio's own cache, the only place that files are served from."""

from html import escape
from pathlib import Path

from gradio.context import LocalContext

from api import embedded


def of(path: str | Path) -> str:
    """Relative on the pages of this server, whole within a page of somebody else."""
    request = LocalContext.request.get(None)
    server = embedded.server(request.request.scope) if request and request.request else ""
    return escape(f"{server}/gradio_api/file={path}".lstrip("/"))
