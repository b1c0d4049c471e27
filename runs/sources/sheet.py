"""A workbook of Excel: its first sheet, whose first row names the columns."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.errors import InvalidInput, MissingPackage
from runs.sources.row import Row, named

MOST_UNPACKED = 1_000_000_000  # bytes


class Sheet:
    def __init__(self, path: Path) -> None:
        self.path = path
        check(path)
        self.columns = named(next(self.cells(), ()))

    def rows(self) -> Iterator[Row]:
        found = self.cells()
        next(found, None)
        for number, cells in enumerate(each for each in found if any(c is not None for c in each)):
            yield Row(number, dict(zip(self.columns, map(plain, cells), strict=False)))

    def cells(self) -> Iterator[tuple[Any, ...]]:
        book = opened(self.path)
        try:
            yield from book.worksheets[0].iter_rows(values_only=True)
        finally:
            book.close()

    def count(self) -> int:
        return sum(1 for _ in self.rows())


def check(path: Path) -> None:
    """Raises InvalidInput for a file that is no workbook, or would unpack to far too much."""
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(each.file_size for each in packed.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise InvalidInput("This workbook cannot be opened. Save it as CSV UTF-8.") from error
    if size > MOST_UNPACKED:
        raise InvalidInput("This workbook unpacks to more than 1 GB. Save it as CSV UTF-8.")


def opened(path: Path) -> Any:
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise MissingPackage(
            "Workbooks of Excel need the package openpyxl, which is not installed here. Save the "
            "sheet as CSV UTF-8."
        ) from error
    try:
        return load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises about anything on a damaged file
        raise InvalidInput("This workbook cannot be read. Save it as CSV UTF-8.") from error


def plain(cell: Any) -> Any:
    """Dates as text: no input of a task is one."""
    return cell if cell is None or isinstance(cell, str | int | float | bool) else str(cell)
