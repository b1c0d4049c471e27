"""What a replica costs an hour: a table that an operator can put his own in the place of."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.errors import InvalidInput

OURS = Path(__file__).parent.parent / "assets" / "prices.toml"


class Table(BaseModel):
    """The file. `source` says where the prices are from, `per_hour` are they by flavour."""

    model_config = ConfigDict(extra="forbid")

    currency: str = Field(min_length=1, max_length=8)
    source: str = Field(max_length=300)
    per_hour: dict[str, float] = Field(max_length=1_000)


@dataclass(frozen=True)
class Prices:
    """Of a replica for an hour, in `currency`, by the flavour of its hardware."""

    currency: str
    source: str
    per_hour: Mapping[str, float]


def read(file: Path | None) -> Prices:
    """Raises InvalidInput for a file that is none, or is not as `assets/prices.toml` is."""
    try:
        text = (file or OURS).expanduser().read_text(encoding="utf-8")
        table = Table.model_validate(tomllib.loads(text))
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"TAGLINE_PRICES: {file} holds no prices: {said(error)}. Write it as "
            "assets/prices.toml is written."
        ) from error
    if any(price < 0 for price in table.per_hour.values()):
        raise InvalidInput(f"TAGLINE_PRICES: {file} holds a price below 0. Take it out.")
    return Prices(table.currency, table.source, table.per_hour)


def said(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error).rstrip(".")
