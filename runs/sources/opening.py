"""Which reader a file needs, by the ending of its name."""

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path

from pipelines.errors import InvalidInput
from runs.sources.archive import Archive
from runs.sources.delimited import Delimited
from runs.sources.objects import Lines, Whole
from runs.sources.parquet import Parquet
from runs.sources.row import MOST_ROWS, Row, Source
from runs.sources.sheet import Sheet

Open = Callable[[Path, int], Source]
READERS: Mapping[str, Open] = {
    ".csv": lambda path, most: Delimited(path),
    ".tsv": lambda path, most: Delimited(path),
    ".jsonl": lambda path, most: Lines(path),
    ".ndjson": lambda path, most: Lines(path),
    ".json": lambda path, most: Whole(path),
    ".parquet": lambda path, most: Parquet([path]),
    ".zip": Archive,
    ".xlsx": lambda path, most: Sheet(path),
}


def reader(name: str) -> str:
    """The ending of a file's name. Raises InvalidInput for one that nothing here reads."""
    ending = Path(name).suffix.lower()
    if ending not in READERS:
        raise InvalidInput(
            f"{Path(name).name[:80]} is no data set by its name. Send a CSV, TSV, JSONL, JSON, "
            "Parquet or XLSX file, or a zip of pictures or recordings."
        )
    return ending


def open_source(path: Path, most: int) -> Source:
    """The rows of a file, or of a folder of Parquet files. `most` is the bytes that a picture or a
    recording may have. Raises InvalidInput for what is no data set."""
    if path.is_dir():
        return Parquet(sorted(path.glob("*.parquet")))
    return READERS[reader(path.name)](path, most)


def counted(source: Source) -> int:
    """How many rows there are. Raises InvalidInput for none, or too many."""
    found = source.count()
    if found < 1:
        raise InvalidInput("This file has no rows below the names of its columns.")
    if found > MOST_ROWS:
        raise InvalidInput(f"This file has {found:,} rows; at most {MOST_ROWS:,} go.")
    return found


def first(source: Source, amount: int) -> list[Row]:
    return list(islice(source.rows(), amount))
