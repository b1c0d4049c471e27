"""The page's words in the language of whoever sits before it."""

from functools import cache

import gradio as gr
from gradio.context import LocalContext
from gradio.i18n import I18nData

from api import texts
from api.texts import COOKIE, LANGUAGES, Texts, catalogue

FIXED = "fixed."  # the table of labels that stand before anybody has come


def of(request: gr.Request | None) -> Texts:
    """The words for a browser: by `?lang=`, then its cookie, then what it accepts."""
    if request is None:
        return Texts()
    asked = dict(request.query_params).get("lang")
    accepted = request.headers.get("accept-language", "")
    return Texts(texts.chosen(asked, request.cookies.get(COOKIE), accepted))


def here() -> Texts:
    """The words for whoever caused what runs now: inside a handler or a `gr.render`."""
    return of(LocalContext.request.get(None))


def both(key: str, **fields: object) -> str:
    """HTML for what is drawn before anybody has come: a text in every language, of which the style
    sheet shows the reader's."""
    each = (f'<span class="in-{one}">{Texts(one).html(key, **fields)}</span>' for one in LANGUAGES)
    return "".join(each)


def fixed(name: str) -> I18nData:
    """The same for the label of a component: a text of the table `fixed`, which the browser puts
    in. It can have no fields, and stands in a label alone, never in a value or an error."""
    return i18n()(FIXED + name)


@cache
def i18n() -> gr.I18n:
    """For `launch`: the fixed labels alone, since Gradio sends all of it with every page."""
    english, chinese = (
        {key: text for key, text in catalogue(one).items() if key.startswith(FIXED)}
        for one in LANGUAGES
    )
    return gr.I18n(en=english, **{"zh-CN": chinese})
