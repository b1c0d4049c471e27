"""Parquet, as data sets of the Hub have it: one file or several, read a few rows at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipelines.errors import InvalidInput
from runs.sources.row import File, Row, named

ROWS = 64  # decoded at a time
MOST_GROUP = 2_000_000_000  # bytes that a group of rows holds, unpacked
BAD = "This is no Parquet file that can be read ({why}). Save it again, or send a CSV file."


class Parquet:
    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = paths
        about = [self.check(path) for path in paths]
        self.columns = named(about[0].schema_arrow.names)
        self.total: int = sum(each.metadata.num_rows for each in about)

    def check(self, path: Path) -> Any:
        """Raises InvalidInput unless the file's footer is that of rows that can be read."""
        file = opened(path)
        about = file.metadata
        groups = (about.row_group(number) for number in range(about.num_row_groups))
        if max((each.total_byte_size for each in groups), default=0) > MOST_GROUP:
            raise InvalidInput(
                "This Parquet file has groups of rows of more than "
                f"{MOST_GROUP // 10**9} GB. Write it again with smaller ones (row_group_size)."
            )
        return file

    def rows(self) -> Iterator[Row]:
        for number, cells in enumerate(self.cells()):
            found = {name: cell(each) for name, each in zip(self.columns, cells, strict=False)}
            yield Row(number, found)

    def cells(self) -> Iterator[list[Any]]:
        import pyarrow

        for path in self.paths:
            file = opened(path)
            try:
                for batch in file.iter_batches(ROWS, use_threads=False):
                    for at in range(batch.num_rows):
                        yield [column[at].as_py() for column in batch.columns]
            except (pyarrow.ArrowException, OSError) as error:
                raise InvalidInput(BAD.format(why=reason(error))) from error
            finally:
                file.close()

    def count(self) -> int:
        return self.total


def opened(path: Path) -> Any:
    import pyarrow
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise InvalidInput(BAD.format(why=reason(error))) from error


def reason(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def cell(value: Any) -> Any:
    """Pictures and sound of the Hub are objects of their bytes and a path."""
    if isinstance(value, dict) and isinstance(data := value.get("bytes"), bytes):
        return File(str(value.get("path") or "file"), lambda: data)
    if isinstance(value, bytes):
        return File("file", lambda: value)
    return value
