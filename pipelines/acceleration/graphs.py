"""A model by a graph for each of its parts."""

import logging
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pipelines.acceleration import openvino
from pipelines.acceleration.modules import Given, Part, put, seen, take_out, tensors
from pipelines.acceleration.subject import Failed, Run, empty

log = logging.getLogger(__name__)


class Parts:
    """A part that cannot be a graph stays with torch."""

    names: Sequence[str] = tuple(openvino.PRECISIONS)

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = list(parts)

    def convert(self, run: Run, place: Path) -> None:
        """Raises what the last part fails with, if there is none that can be a graph."""
        with ExitStack() as stack:
            calls = [stack.enter_context(seen(part.module)) for part in self.parts]
            run()
        errors = [
            self.try_to_convert(part, largest(given), place / part.name)
            for part, given in zip(self.parts, calls, strict=True)
            if given
        ]
        if not errors:
            raise ValueError("None of its parts was asked.")
        if all(errors) and (error := errors[-1]):
            raise error

    def try_to_convert(self, part: Part, given: Given, place: Path) -> Exception | None:
        try:
            openvino.convert(part.module, given, place, part.exact)
        except Exception as error:
            log.info("The %s stays with torch: %s", part.name, error)
            return error
        return None

    def keep(self, place: Path, name: str | None) -> None:
        for part in self.parts:
            empty(place / part.name, [each for each in self.names if each != name])
            if name is None:
                shutil.rmtree(place / part.name, ignore_errors=True)

    def way(self, place: Path, name: str, threads: int, failed: Failed) -> "Graphs":
        made = {
            part.module: openvino.Graph(part.module, place / part.name, name, threads, failed)
            for part in self.parts
            if openvino.is_there(place / part.name)
        }
        if not made:
            raise FileNotFoundError(f"There are no graphs in {place}.")
        return Graphs(made)


class Graphs:
    """Those of one model, by their modules."""

    def __init__(self, made: dict[Any, openvino.Graph]) -> None:
        self.made = made

    def put(self) -> None:
        for module, graph in self.made.items():
            put(module, graph)

    def take_out(self) -> None:
        for module in self.made:
            take_out(module)


def largest(calls: Sequence[Given]) -> Given:
    return max(calls, key=lambda given: sum(each.numel() for each in tensors(given).values()))
