"""Which web pages may call: where only this machine reaches the server, none of another site.

Gradio withholds the answer from such a page. But a page may send plain text to any address without
asking, and by then a model would have run, or been downloaded.
"""

from urllib.parse import urlsplit

from fastapi import HTTPException, Request

from pipelines.settings import is_loopback


def check(request: Request) -> None:
    """Raises HTTPException for a browser that another site's page has sent here."""
    origin = request.headers.get("origin")
    if origin is None or is_local(origin) or not is_local(f"//{request.headers.get('host')}"):
        return
    raise HTTPException(
        403, "Pages of other sites may not use this server, which is for its own machine alone."
    )


def is_local(address: str) -> bool:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    return is_loopback(host) or host == "0.0.0.0"
