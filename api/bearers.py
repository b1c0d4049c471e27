"""The bearer tokens of a request: ours, and the one that is meant for the Hub.

`gradio_client` sends its token in `X-HF-Authorization`; the others send theirs in `Authorization`.
Whoever calls a gated model through a server that asks for a token needs both headers, in either
order.
"""

from collections.abc import Iterator

from starlette.datastructures import Headers

from store.token import PREFIX

NAMES = ("authorization", "x-hf-authorization")


def ours(headers: Headers) -> str | None:
    """A token of this kind of server, good or not."""
    return next((each for each in sent(headers) if each.startswith(PREFIX)), None)


def of_the_hub(headers: Headers) -> str | None:
    """What may be shown to the Hub: never one of ours."""
    return next((each for each in sent(headers) if not each.startswith(PREFIX)), None)


def sent(headers: Headers) -> Iterator[str]:
    for name in NAMES:
        scheme, _, value = headers.get(name, "").partition(" ")
        if scheme.lower() == "bearer" and value.strip():
            yield value.strip()
