"""How the files of exports are written."""

from typing import Any

import yaml  # type: ignore[import-untyped]


def as_yaml(value: Any) -> str:
    """In the order given; lines are as long as they are."""
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10_000)
    return text
