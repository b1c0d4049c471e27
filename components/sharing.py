"""The dialog that shares a page: its link, a QR code of it, who can open it, and code for a page
that is to hold it."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from api.texts import Texts
from components import embedding
from components.embedding import Way
from pipelines.levels import is_loopback
from pipelines.settings import Settings


@dataclass(frozen=True)
class Share:
    """`public` is the address for everybody, if the server was started with one; `alone` says that
    only this machine reaches the server, `ways` how other pages may hold it."""

    public: str | None
    alone: bool
    ways: Sequence[Way] = ()

    def dialog(self, say: Texts) -> str:
        """Scripts fill in the link, the address of the page, which they know."""
        copy, close = say.html("playground.copy"), say.html("playground.close")
        link, code = say.html("playground.link"), say.html("playground.qr")
        return (
            f'<dialog class="share" data-public="{escape(self.public or "")}" '
            f'aria-labelledby="share-title"><h2 id="share-title">{say.html("playground.share_it")}'
            f'<button type="button" class="plain" data-do="close" aria-label="{close}">✕</button>'
            f'</h2><div class="share-link"><input type="text" readonly aria-label="{link}">'
            f'<button type="button" class="small" data-do="copy-link">{copy}</button></div>'
            f'<img alt="{code}" width="200" height="200"><p>{self.note(say)}</p>'
            f"{self.embedding(say)}</dialog>"
        )

    def embedding(self, say: Texts) -> str:
        """Code for a page that is to hold the widget alone, and whose page may."""
        if not self.ways:
            return f"<p>{say('deploy.embed_nobody')}</p>"
        made = "".join(self.way(each, say) for each in self.ways)
        return f"<details><summary>{say.html('deploy.embed')}</summary>{made}</details>"

    def way(self, way: Way, say: Texts) -> str:
        return (
            f"<div><h4>{say.html(f'deploy.{way.name}')}</h4><p>{say(way.about)}</p>"
            f'<div class="code"><pre tabindex="0"><code data-embed="{escape(way.code)}"></code>'
            f'</pre><button type="button" class="plain" data-copy>{say.html("playground.copy")}'
            "</button></div></div>"
        )

    def note(self, say: Texts) -> str:
        """What a link holds, and who can open it."""
        who = "public" if self.public else "alone" if self.alone else "network"
        return f"{say('playground.share_holds')} {say(f'playground.share_{who}')}"


def of(settings: Settings, public: str | None) -> Share:
    alone = not public and is_loopback(settings.host)
    return Share(public, alone, embedding.later(settings))
