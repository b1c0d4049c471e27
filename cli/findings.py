"""What a look at the machine, or a try at the server, has found."""

from dataclasses import dataclass

SIGNS = {True: "ok ", False: "BAD", None: "-- "}


@dataclass(frozen=True)
class Finding:
    """`good` is None for what is neither: a plain fact, or what could not be tried."""

    text: str
    good: bool | None = None

    def __str__(self) -> str:
        return f"  {SIGNS[self.good]} {self.text}"
