"""Every client, by the name that the command line and the page know it by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from deploy.snippets import (
    curl,
    fetch,
    hub,
    javascript_gradio,
    javascript_hub,
    javascript_openai,
    local,
    mcp,
    openai,
    python_gradio,
    python_openai,
    python_requests,
    streams,
)
from deploy.snippets.ask import Ask, Snippet
from pipelines.errors import InvalidInput, UnsupportedTask


def never(ask: Ask) -> bool:
    return False


@dataclass(frozen=True)
class Client:
    """`title` is its own name, `snippet` writes the code, `streams` says whether it can read the
    answer piece by piece, `far` whether it calls a server, which may want a token."""

    title: str
    snippet: Callable[[Ask], Snippet]
    streams: Callable[[Ask], bool] = never
    far: bool = True


CLIENTS: Mapping[str, Client] = MappingProxyType(
    {
        "curl": Client("curl", curl.snippet, streams.can),
        "hub": Client("Python: huggingface_hub", hub.snippet, hub.streams),
        "requests": Client("Python: requests", python_requests.snippet, streams.can),
        "openai": Client("Python: openai", python_openai.snippet, openai.streams),
        "gradio": Client("Python: gradio_client", python_gradio.snippet),
        "local": Client("Python: no server", local.snippet, far=False),
        "js": Client("JavaScript: @huggingface/inference", javascript_hub.snippet, streams.can),
        "openai-js": Client("JavaScript: openai", javascript_openai.snippet, openai.streams),
        "gradio-js": Client("JavaScript: @gradio/client", javascript_gradio.snippet),
        "fetch": Client("JavaScript: fetch", fetch.snippet, streams.can),
        "mcp": Client("MCP", mcp.snippet),
    }
)


def streams_with(name: str, ask: Ask) -> bool:
    """Whether this client can have this answer piece by piece."""
    return streams.can(ask) and CLIENTS[name].streams(ask)


def write(name: str, ask: Ask) -> Snippet:
    """The code. Raises InvalidInput for an unknown client, or for inputs and parameters that it
    cannot send; UnsupportedTask for a task that it has not."""
    if name not in CLIENTS:
        raise InvalidInput(f"There is no client {name[:40]!r}. There are: {', '.join(CLIENTS)}.")
    if ask.stream and not streams_with(name, ask):
        raise InvalidInput(
            f"{CLIENTS[name].title} gives no answer of {ask.task.tag} piece by piece. Leave out "
            "streaming, or choose another client."
        )
    return CLIENTS[name].snippet(ask)


def offered(ask: Ask) -> list[str]:
    """The clients that have the task at all."""
    return [name for name in CLIENTS if has(name, replace(ask, stream=False))]


def has(name: str, ask: Ask) -> bool:
    try:
        CLIENTS[name].snippet(ask)
    except UnsupportedTask:
        return False
    except InvalidInput:
        return True
    return True
