"""How values of settings are written: lists in one line, rates, proxies, origins."""

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

RATE = "120/minute"  # where a rate is wanted and none is named
RATES = r"off|[1-9]\d*/([1-9]\d* ?)?(second|minute|hour|day)s?"


def split_names(value: Any) -> Any:
    return value.replace(",", " ").split() if isinstance(value, str) else value


def split_paths(value: Any) -> Any:
    return [p for p in value.split(os.pathsep) if p] if isinstance(value, str) else value


def check_rate(value: str) -> str:
    if re.fullmatch(RATES, value):
        return value
    raise ValueError(f"write it as in {RATE} or 1000/2 hours, or off; not {value}")


def check_proxies(value: tuple[str, ...]) -> tuple[str, ...]:
    for each in value:
        ip_network(each)  # raises a ValueError with its own sentence
    return value


def check_origins(value: tuple[str, ...]) -> tuple[str, ...]:
    """As browsers send them: without a path, in small letters."""
    found = tuple(each.rstrip("/").lower() for each in value)
    for each in found:
        if not re.fullmatch(r"\*|https?://[^/*\s]+", each):
            raise ValueError(f"{each} is no origin. Write it as https://example.org, or * for any")
    return found


# NoDecode: pydantic-settings would read a list as JSON.
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_names)]
Folders = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(split_paths)]
Proxies = Annotated[Names, AfterValidator(check_proxies)]
Origins = Annotated[Names, AfterValidator(check_origins)]
Rate = Annotated[str, AfterValidator(check_rate)]
