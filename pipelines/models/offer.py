"""What a download would bring, and how far one has come."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipelines.models.names import Name


@dataclass(frozen=True)
class Offer:
    """`bytes` is the size of all `files`; both are empty for a model that is here already."""

    id: str
    commit: str
    tag: str | None
    bytes: int
    files: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A download that may begin: who asks the Hub (`token`) and who may use the files (`owner`)."""

    wanted: Name
    commit: str
    tag: str | None
    sizes: Mapping[str, int]
    token: str | None = None
    owner: str | None = None

    @property
    def offer(self) -> Offer:
        size = sum(self.sizes.values())
        return Offer(self.wanted.id, self.commit, self.tag, size, tuple(self.sizes))


@dataclass(frozen=True)
class Progress:
    """How far a model has come: bytes; `seconds` since the download began; `eta` in seconds.

    `stage` is `looking` (at the Hub), `making room` (on the disk), `downloading` or `done`.
    """

    stage: str
    done_bytes: int = 0
    total_bytes: int = 0
    seconds: float = 0.0
    eta: float | None = None


Listener = Callable[[Progress], None]


def in_words(size: float) -> str:
    """`size` bytes, as "1.3 GB"."""
    for unit in ("bytes", "kB", "MB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 9.95 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"
