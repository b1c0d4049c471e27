"""Will a model fit here, who would have to leave for it, and how long does it take to load?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pipelines.errors import TooLarge
from pipelines.models.offer import in_words
from pipelines.models.weights import at_least

Verdict = Literal["loaded", "fits", "evicts", "waits", "never"]


@dataclass(frozen=True)
class Fit:
    """`need` and `free` are bytes; `seconds` to load, None where nothing was ever loaded here.

    `evicts` names the idle models that would leave; `measured` says that `need` is what the model
    took here before, rather than foretold from its files.
    """

    verdict: Verdict
    need: int
    free: int
    evicts: tuple[str, ...] = ()
    seconds: float | None = None
    measured: bool = False

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        about = "takes" if self.measured else "will take about"
        size = f"It {about} {in_words(self.need)} of memory"
        time = f", {self.seconds:.1f} s to load" if self.seconds else ""
        return {
            "loaded": "It is loaded, or on its way.",
            "fits": f"{size}{time}; {in_words(self.free)} are free.",
            "evicts": f"{size}{time}; {' and '.join(self.evicts)} would be unloaded for it.",
            "waits": f"{size}, and only {in_words(self.free)} are free while others are busy.",
            "never": f"{size}, more than this server has for models.",
        }[self.verdict]


def judge(
    *,
    need: int,
    seconds: float | None,
    measured: bool,
    here: bool,
    never: bool,
    free: int,
    leaving: Sequence[str] | None,
) -> Fit:
    """`leaving` are those who would leave for it; None where not even that would be enough now."""
    if here:
        verdict: Verdict = "loaded"
    elif never:
        verdict = "never"
    elif leaving is None:
        verdict = "waits"
    else:
        verdict = "evicts" if leaving else "fits"
    return Fit(verdict, need, free, tuple(leaving or ()), seconds, measured)


@dataclass(frozen=True)
class Ceiling:
    """What no model may exceed here: `bytes` of memory in all, weights loaded in `dtype`."""

    bytes: int
    dtype: str

    def check(self, name: str, sizes: Mapping[str, int]) -> None:
        """Raises TooLarge for files that could never be loaded, before one of them is fetched."""
        least = at_least(sizes, self.dtype)
        if least > self.bytes:
            raise TooLarge(
                f"{name} needs at least {in_words(least)} of memory, and this server has "
                f"{in_words(self.bytes)} for models, so it is not downloaded. Choose a smaller "
                "model. The operator can raise TAGLINE_MEMORY_GB where the machine has more."
            )
