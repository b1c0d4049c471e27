"""The tables of docs/engine.md that benchmarks write."""

from docs.generate import ROOT, fill

PAGE = ROOT / "docs" / "engine.md"


def write(name: str, body: str) -> None:
    """Puts `body` between the marks of `name`. Raises ValueError where the page has none."""
    PAGE.write_text(fill(PAGE.read_text(encoding="utf-8"), name, body), encoding="utf-8")
