"""The tables of docs/engine.md that benchmarks write."""

from collections.abc import Sequence

from docs.generate import ROOT, fill

PAGE = ROOT / "docs" / "engine.md"


def write(name: str, body: str) -> None:
    """Puts `body` between the marks of `name`. Raises ValueError where the page has none."""
    PAGE.write_text(fill(PAGE.read_text(encoding="utf-8"), name, body), encoding="utf-8")


def publish(name: str, text: str, claims: Sequence[str], keep: bool) -> None:
    """Prints tables and claims; with `keep` the tables go into the page too."""
    print(f"\n{text}\n")
    if keep:
        write(name, text)
    print("\n".join(claims))
