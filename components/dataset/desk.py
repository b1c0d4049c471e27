"""What every part of the page of data sets works with."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from api import callers
from api.datasets import PATH
from components.callers import scope
from pipelines.errors import Forbidden
from pipelines.inference import Inference
from pipelines.settings import Settings
from runs.kept import Kept
from runs.runs import Runs

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# Goes where the handler before it says, keeping language and theme; nowhere for an empty text.
GO = """(query) => {
  if (!query) return;
  const here = new URL(window.location.href), kept = new URLSearchParams(query);
  for (const name of ["lang", "__theme"])
    if (here.searchParams.has(name)) kept.set(name, here.searchParams.get(name));
  window.location.search = kept;
}"""


@dataclass(frozen=True)
class Desk:
    inference: Inference
    settings: Settings
    runs: Runs

    def owner(self, request: gr.Request) -> str:
        """Whose a run is: his who has the token, or the address, it was made with."""
        return callers.of(scope(request)).name

    def check(self, kept: Kept, request: gr.Request) -> None:
        """Raises Forbidden for whoever has no more than the link."""
        if kept.about.owner != self.owner(request):
            raise Forbidden("Only whoever made this run may do that. Begin one of your own.")

    @property
    def listed(self) -> bool:
        """Whether callers are shown a list of their runs: many strangers may share an address."""
        return self.settings.level != "public"


def query(kept: Kept | None) -> str:
    return urlencode({"id": kept.id}) if kept else ""


def link(kept: Kept, name: str) -> str:
    return f"{PATH}/{kept.id}/{name}"


def going() -> gr.Textbox:
    """Where a handler says which address comes next."""
    return gr.Textbox("", visible=False)


def go(event: Any, box: gr.Textbox) -> None:
    """Lets the browser follow what `event` put into `box`."""
    event.then(None, box, None, js=GO, queue=False, **QUIET)
