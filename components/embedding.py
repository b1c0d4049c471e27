"""Code that shows a widget inside another page, and who may do so: in a frame, or drawn by Gradio's
web component, which grows with what it shows and takes no more room than that."""

from dataclasses import dataclass
from html import escape

from api import embedded, look
from api.frames import ancestors
from api.origins import ANY
from pipelines.settings import Settings

FRAME = """\
<iframe
  src="{address}"
  title="{title}"
  width="100%" height="700" style="border: 0"
  allow="camera; microphone; clipboard-write"
></iframe>"""
ELEMENT = """\
<script type="module" src="{script}"></script>
<gradio-app src="{address}"></gradio-app>"""


@dataclass(frozen=True)
class Way:
    """One of the ways, called `name` in the texts: its `code`, and whose pages may:
    `anybody`'s, or `near`, those of this machine and of sites that the settings list."""

    name: str
    code: str
    who: str

    @property
    def about(self) -> str:
        """Which text says so."""
        return f"deploy.{self.name}_{self.who}"


def ways(settings: Settings, server: str, demo: str, model: str, task: str) -> list[Way]:
    """`demo` is the address of the widget alone; none where no page may hold one."""
    if settings.sign_in:
        return []
    return [
        Way("frame", iframe(demo, model), "near" if ancestors(settings) else "anybody"),
        Way("element", element(server, model, task), "anybody" if any_reads(settings) else "near"),
    ]


def later(settings: Settings) -> list[Way]:
    """With words in them that a script puts the page's own address, model and task in for."""
    return ways(settings, "SERVER", "ADDRESS", "MODEL", "TASK")


def any_reads(settings: Settings) -> bool:
    """Whether every page may read what the server answers, which the component's page has to and a
    frame's has not."""
    return ANY in settings.allow_origins


def iframe(address: str, title: str) -> str:
    return FRAME.format(address=escape(address), title=escape(title))


def element(server: str, model: str, task: str) -> str:
    """`server` is an address without a slash at its end."""
    place = embedded.address(server, model, task)
    return ELEMENT.format(script=escape(f"{server}{look.COMPONENT}"), address=escape(place))
