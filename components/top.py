"""What stands above every page: the names of the pages, ours, and the hardware."""

from html import escape

import gradio as gr
from gradio.components.navbar import Navbar

from components.icons import icon
from components.texts import both
from components.theme import FAVICON
from pipelines.hardware import Hardware

# The pages and their paths, in the order of the navigation bar; the first one is the root.
PAGES = {
    "playground": "/",
    "compare": "/compare",
    "dataset": "/dataset",
    "history": "/history",
    "tasks": "/tasks",
    "endpoints": "/endpoints",
    "deploy": "/deploy",
    "machine": "/machine",
}
MARK = FAVICON.read_text(encoding="utf-8").strip().replace("<svg ", '<svg aria-hidden="true" ', 1)
OWN_NAMES = {"en": "English", "zh": "中文"}  # of the languages, in themselves
# A form and no link: to follow a link may sign nobody out.
SIGN_OUT = (
    '<form method="post" action="/sign-out">'
    f'<button class="plain">{both("top.sign_out")}</button></form>'
)


def draw(page: str, hardware: Hardware, signed_in: bool) -> None:
    """Builds it in the Blocks now open, once for each page.

    `signed_in` says that nobody else sees it.
    """
    Navbar(visible=False)  # Gradio's own speaks one language
    gr.HTML(header(page, hardware, signed_in), padding=False, elem_id="top")


def header(page: str, hardware: Hardware, signed_in: bool) -> str:
    corner = f"{SIGN_OUT if signed_in else ''}{switches()}{badge(hardware)}"
    return (
        f'<a class="skip" href="#content" data-to="content">{both("top.skip")}</a>'
        f'<header class="top"><h1><a href="/">{MARK}Tagline</a></h1>{navigation(page)}'
        f'<div class="corner">{corner}</div></header>'
        '<div id="content" tabindex="-1"></div>'
    )


def badge(hardware: Hardware) -> str:
    """The hardware in a word, which leads to the page of the machine."""
    tier, reason = escape(hardware.tier), escape(hardware.reason)
    return f'<a class="badge" href="{PAGES["machine"]}" title="{reason}">{tier}</a>'


def navigation(page: str) -> str:
    links = "".join(
        f'<a href="{path}"{current(name == page)}>{both(f"nav.{name}")}</a>'
        for name, path in PAGES.items()
    )
    name = f'<span id="pages" class="unseen">{both("top.pages")}</span>'
    return f'{name}<nav aria-labelledby="pages">{links}</nav>'


def current(here: bool) -> str:
    return ' aria-current="page"' if here else ""


def switches() -> str:
    """Buttons that change the language and the theme, and one for help. Each language names
    itself; the others are drawings with a name that is heard."""
    languages = "".join(
        f'<button class="plain to-{each}" data-lang="{each}" lang="{each}">{name}</button>'
        for each, name in OWN_NAMES.items()
    )
    drawn = "".join(
        f'<button class="plain round" data-{name}>{icon(name)}'
        f'<span class="unseen">{both(f"top.{name}")}</span></button>'
        for name in ("theme", "help")
    )
    return languages + drawn


def skeleton(lines: int) -> str:
    """What stands where something is still on its way: grey lines, and words for the ear."""
    bones = "<i></i>" * lines
    words = f'<span class="unseen">{both("top.coming")}</span>'
    return f'<div class="skeleton" role="status">{words}{bones}</div>'
