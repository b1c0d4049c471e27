"""Models of their own code: a `handler.py` beside a card."""

from pathlib import Path

from tests.zoo.parts import card


def build(folder: Path, tag: str, code: str) -> None:
    (card(folder, tag, "custom") / "handler.py").write_text(code, encoding="utf-8")
