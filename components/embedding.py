"""Code that shows a page inside another one, and who may do so.

An iframe, and no `<gradio-app>`: that element draws Gradio's components in the foreign page itself,
where the parts that are ours have neither their scripts nor a server at their own address.
"""

from html import escape

from api.frames import ancestors
from pipelines.settings import Settings

CODE = """\
<iframe
  src="{address}"
  title="{title}"
  width="100%" height="700" style="border: 0"
  allow="camera; microphone; clipboard-write"
></iframe>"""
LATER, NAME = "ADDRESS", "NAME"  # what a script puts the address and the model in for


def iframe(address: str, title: str) -> str:
    return CODE.format(address=escape(address), title=escape(title))


def who(settings: Settings) -> str:
    """Whose pages may hold it: `anybody`, `nobody`, or `near`, those of this machine and of sites
    that the settings list."""
    if settings.sign_in:
        return "nobody"
    return "near" if ancestors(settings) else "anybody"
