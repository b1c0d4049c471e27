"""A zip of pictures, recordings or videos: the folder around each names its class, unless a
metadata.csv or metadata.jsonl says more, as in the Hub's ImageFolder and AudioFolder.

Nothing is unpacked to the disk, so names that lead elsewhere lead nowhere.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from pipelines.errors import InvalidInput
from runs.sources.delimited import Delimited
from runs.sources.objects import Lines
from runs.sources.row import File, Row, Source, kind_of, named

MOST_FILES = 100_000
MOST_TABLE = 50_000_000  # bytes of a metadata file
METADATA: dict[str, Callable[[Path], Source]] = {"metadata.csv": Delimited, "metadata.jsonl": Lines}
LABEL, NAME = "label", "file_name"


class Archive:
    """`most` is the bytes that one file inside may have, unpacked."""

    def __init__(self, path: Path, most: int) -> None:
        self.path, self.most = path, most
        self.zip = opened(path)
        every = [each for each in self.zip.infolist() if usable(each)]
        if len(every) > MOST_FILES:
            raise InvalidInput(
                f"This zip has more than {MOST_FILES:,} files. Send fewer at a time."
            )
        self.files = {each.filename: each for each in every if kind_of(each.filename)}
        if not self.files:
            raise InvalidInput(
                "This zip holds no pictures, recordings or videos. Send a table as CSV, JSONL or "
                "Parquet, not packed."
            )
        self.kind = kind_of(next(iter(self.files))) or ""
        self.tables = [each for each in every if plain(each.filename).name in METADATA]
        self.columns = self.named()

    def named(self) -> tuple[str, ...]:
        if self.tables:
            first = next(self.told(), Row(0, {}))
            return named(list(first.cells))
        folders = {plain(name).parent for name in self.files}
        return (self.kind, NAME, LABEL) if len(folders) > 1 else (self.kind, NAME)

    def rows(self) -> Iterator[Row]:
        if self.tables:
            yield from self.told()
            return
        for number, (name, info) in enumerate(self.files.items()):
            cells = {self.kind: self.file(info), NAME: name, LABEL: plain(name).parent.name}
            yield Row(number, {column: cells[column] for column in self.columns})

    def told(self) -> Iterator[Row]:
        """The rows of the metadata files, each with its file."""
        number = 0
        for info in self.tables:
            with TemporaryDirectory() as folder:
                for row in self.table(info, Path(folder)).rows():
                    yield self.joined(number, row, plain(info.filename).parent)
                    number += 1

    def table(self, info: zipfile.ZipInfo, folder: Path) -> Source:
        name = plain(info.filename).name
        (folder / name).write_bytes(self.read(info, MOST_TABLE))
        return METADATA[name](folder / name)

    def joined(self, number: int, row: Row, folder: PurePosixPath) -> Row:
        name = str(row.cells.get(NAME, ""))
        info = self.files.get(str(folder / name))
        if row.error or info is None:
            missing = f"The zip has no file {name or '(without a name)'}."
            return Row(number, {self.kind: None, **row.cells}, row.error or missing)
        return Row(number, {self.kind: self.file(info), **row.cells})

    def file(self, info: zipfile.ZipInfo) -> File:
        return File(info.filename, partial(self.read, info, self.most))

    def read(self, info: zipfile.ZipInfo, most: int) -> bytes:
        """At most `most` bytes, whatever the archive says of itself."""
        try:
            with self.zip.open(info) as file:
                data = file.read(most + 1)
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError,
                EOFError) as error:  # fmt: skip
            raise InvalidInput(f"{info.filename} cannot be unpacked: {error}.") from error
        if len(data) > most:
            raise InvalidInput(f"{info.filename} has more than {most // 1_000_000:,} MB.")
        return data

    def count(self) -> int:
        return sum(1 for _ in self.told()) if self.tables else len(self.files)


def opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InvalidInput(f"This zip cannot be opened: {error}. Pack it again.") from error


def plain(name: str) -> PurePosixPath:
    return PurePosixPath(name)


def usable(info: zipfile.ZipInfo) -> bool:
    """Neither a folder nor what macOS packs beside each file."""
    parts: Any = plain(info.filename).parts
    return not info.is_dir() and not any(part.startswith((".", "__MACOSX")) for part in parts)
