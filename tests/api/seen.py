"""What the tests of counts and logs share: a server with a model that fails as it is told."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.api.wire import SECONDS
from tests.conftest import Server
from tests.zoo import handlers

ODD = "odd/model"
# A model's own code: it prints what it is given, and fails or dies of some words.
HANDLER = """
import os, sys, warnings

class EndpointHandler:
    def __init__(self, path=""):
        pass

    def __call__(self, data):
        text = str(data["inputs"])
        print("got", text)
        print("got", text, file=sys.stderr)
        warnings.warn(text)
        if "fail" in text:
            raise KeyError(text)
        if "die" in text:
            os.abort()
        return [{"label": "fine", "score": 1.0}]
"""

Key = tuple[str, tuple[tuple[str, str], ...]]


def start(folder: Path, *flags: str, **variables: str) -> Server:
    """A server whose odd model stands in `folder`."""
    handlers.build(folder / "models" / ODD, "text-classification", HANDLER)
    own = {"TAGLINE_MODELS_DIR": str(folder / "models"), "TAGLINE_TRUSTED_CODE": ODD}
    return Server(folder, *flags, **own, **variables).wait()


def lines(server: Server) -> list[dict[str, Any]]:
    """The log so far; every line must be JSON."""
    whole = server.log.read_text().rpartition("\n")[0]
    return [json.loads(line) for line in whole.splitlines()]


def until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + SECONDS
    while not true() and time.monotonic() < end:
        time.sleep(0.1)
    return true()


class Counts:
    """What /metrics says now."""

    def __init__(self, server: Server) -> None:
        answer = httpx.get(f"{server.url}/metrics", timeout=SECONDS)
        answer.raise_for_status()
        self.families = list(text_string_to_metric_families(answer.text))
        self.values: dict[Key, float] = {
            (each.name, tuple(sorted(each.labels.items()))): each.value
            for family in self.families
            for each in family.samples
            if not each.name.endswith("_created")
        }

    def of(self, name: str, **labels: str) -> float:
        return self.values.get((f"tagline_{name}", tuple(sorted(labels.items()))), 0)

    def labels(self, name: str) -> set[str]:
        """All values of a label, whatever the metric."""
        return {value for _, pairs in self.values for key, value in pairs if key == name}

    def since(self, before: "Counts", *names: str) -> Mapping[Key, float]:
        """What these have grown by, without `tagline_`; nothing that has not."""
        grown = {key: value - before.values.get(key, 0) for key, value in self.values.items()}
        return {
            (key[0].removeprefix("tagline_"), key[1]): value
            for key, value in grown.items()
            if value and key[0].removeprefix("tagline_") in names
        }
