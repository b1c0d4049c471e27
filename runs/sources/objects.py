"""JSON: an object on each line, or one list of objects."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.errors import InvalidInput
from runs.sources.delimited import encoding
from runs.sources.row import Row, columns_of

MOST_WHOLE = 20_000_000  # bytes of a list, which must be read at once
NO_OBJECT = 'This is no JSON object, such as {{"text": "Hello"}}{why}.'


class Lines:
    """JSON lines (JSONL, NDJSON)."""

    def __init__(self, path: Path) -> None:
        self.path, self.encoding = path, encoding(path)
        self.columns = columns_of(self.rows())

    def rows(self) -> Iterator[Row]:
        yield from (read(number, line) for number, line in enumerate(self.lines()))

    def lines(self) -> Iterator[str]:
        with self.path.open(encoding=self.encoding) as file:
            yield from (line for line in file if line.strip())

    def count(self) -> int:
        return sum(1 for _ in self.lines())


def read(number: int, line: str) -> Row:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Row(number, {}, NO_OBJECT.format(why=f": {error}"))
    return as_row(number, found)


def as_row(number: int, found: Any) -> Row:
    if isinstance(found, dict):
        return Row(number, found)
    return Row(number, {}, NO_OBJECT.format(why=""))


class Whole:
    """One JSON list of objects; it may be the only value of an object around it."""

    def __init__(self, path: Path) -> None:
        self.path, self.encoding = path, encoding(path)
        if path.stat().st_size > MOST_WHOLE:
            raise InvalidInput(
                f"A JSON list of more than {MOST_WHOLE // 1_000_000} MB must be read at once. Save "
                "it as JSON lines (.jsonl), with one object a line."
            )
        self.columns = columns_of(self.rows())

    def rows(self) -> Iterator[Row]:
        yield from (as_row(number, each) for number, each in enumerate(self.items()))

    def items(self) -> list[Any]:
        try:
            found = json.loads(self.path.read_text(encoding=self.encoding))
        except (ValueError, RecursionError) as error:
            raise InvalidInput(
                f"This JSON cannot be read: {error}. If it has one object a line, name it .jsonl."
            ) from error
        lists = [found] if isinstance(found, list) else values(found)
        if len(lists) != 1:
            raise InvalidInput('This JSON is no list of objects, such as [{"text": "Hello"}].')
        return lists[0]

    def count(self) -> int:
        return len(self.items())


def values(found: Any) -> list[list[Any]]:
    inner = found.values() if isinstance(found, dict) else ()
    return [each for each in inner if isinstance(each, list)]
