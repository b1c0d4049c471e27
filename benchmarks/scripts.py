"""The benchmarks that are run together, and why what is missed is missed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Script:
    """A module of benchmarks/; `options` are given beside --quick, `minutes` are its most."""

    name: str
    title: str
    options: Sequence[str] = ()
    minutes: float = 60.0


SCRIPTS = (
    Script("start", "From the start of a process to its first page and answer"),
    Script("overhead", "HTTP around a call"),
    Script("embeddings", "Embeddings over HTTP"),
    Script("encoders", "Encoders offline"),
    Script("speech", "A minute of speech"),
    Script("pictures", "A picture from a text"),
    Script("chat", "Conversations over HTTP"),
    Script("growth", "How an embedding's cost grows"),
    Script("herd", "Many models: memory and turns"),
    Script("engine", "A process for each model"),
    Script("endpoints", "Endpoints"),
    Script("page_speed", "The page in a browser"),
    Script("chaos", "Workers killed, and ten models in the room of one"),
)
# By the claim's name. Only what was looked into stands here.
GRAPH = (
    "The graph computes about twice as fast as torch on this processor, and each request takes "
    "0.9 ms of a core of the server's own process (`overhead`)."
)
WHY: Mapping[str, str] = {
    "embeddings_32_vs_fastapi": GRAPH,
    "embeddings_32_vs_litserve": GRAPH,
    "embeddings_32_vs_litserve_batching": GRAPH,
}
UNKNOWN = "Not looked into yet."
