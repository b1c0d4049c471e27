"""Which web pages may call, and which may read the answers.

A browser sends along what it has without being asked: its place on this machine, and our cookie. So
whatever is trusted for one of these is checked for the page that sent it. A bearer token is nothing
that a browser would add by itself; who sends one may come from anywhere.

Source: the Fetch standard (`Origin`) and Fetch Metadata (`Sec-Fetch-*`), which a page cannot forge;
nor can it send `X-Forwarded-Host`, as proxies do, without asking first.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from pipelines.errors import Forbidden
from pipelines.levels import is_loopback

OWN = ("same-origin", "none")  # `none` is an address typed, or a bookmark
ANY = "*"


@dataclass(frozen=True)
class Origins:
    """`allowed` are the origins of other sites' pages that may call, as the settings list them.

    With `local`, pages on this machine may read what a server on this machine answers.
    """

    allowed: tuple[str, ...] = ()
    local: bool = False

    def check_place(self, headers: Headers) -> None:
        """Raises Forbidden for another site's page that reaches the server only because the
        browser runs on this machine. It may send plain text to any address without asking, and by
        the time that the browser withholds the answer, a model has run or been downloaded.
        """
        origin = headers.get("origin")
        if origin is None or is_local(origin) or not is_local(host(headers)):
            return
        proxied = headers.get("sec-fetch-site") in OWN or is_own(headers)
        if not proxied and not self.lists(origin):
            raise Forbidden(
                "Pages of other sites may not use this server, which is for its own machine alone. "
                "TAGLINE_ALLOW_ORIGINS can list those that may."
            )

    def check_session(self, method: str, headers: Headers) -> None:
        """Raises Forbidden for another site's page that sends our cookie along. To follow a link
        to here is fine.
        """
        site = headers.get("sec-fetch-site")
        told = site is not None  # not over plain HTTP to another machine, nor without a browser
        own = site in OWN or follows_link(method, headers) if told else is_own(headers)
        if not own:
            raise Forbidden(
                "A page of another site may not act with your sign-in. Open this server's own "
                "page, or send a token in Authorization. If this is its own page, the proxy before "
                "the server should pass the Host header on."
            )

    def may_read(self, headers: Headers) -> bool:
        origin = headers.get("origin", "")
        here = self.local and is_local(origin) and is_local(host(headers))
        return here or self.lists(origin)

    def lists(self, origin: str) -> bool:
        return ANY in self.allowed or origin.lower() in self.allowed


def is_own(headers: Headers) -> bool:
    """Whether the page is this server's, or there is none."""
    origin = headers.get("origin")
    if origin is None:
        return True
    name = origin.lower().partition("://")[2]
    hosts = (headers.get("host", ""), headers.get("x-forwarded-host", ""))
    return bool(name) and name in map(str.lower, hosts)


def follows_link(method: str, headers: Headers) -> bool:
    """Whether the browser goes to another page, which the one before cannot read."""
    mode, place = headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")
    return method == "GET" and mode == "navigate" and place == "document"


def host(headers: Headers) -> str:
    return f"//{headers.get('host')}"


def is_local(address: str) -> bool:
    try:
        name = urlsplit(address).hostname or ""
    except ValueError:
        return False
    return is_loopback(name) or name == "0.0.0.0"
