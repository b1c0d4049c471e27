"""A folder as one ZIP file, made while it is sent."""

import io
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from pipelines.models.listing import WEIGHTS

CHUNK = 1 << 20  # bytes that are held at a time


class Outlet(io.RawIOBase):
    """What has been written and not been taken yet."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self.waiting += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self.waiting)
        self.waiting.clear()
        return taken


def zipped(folder: Path) -> Iterator[bytes]:
    """The ZIP of `folder`, which is the one folder at its top. Files are read as they are sent, so
    the whole is never in memory."""
    outlet = Outlet()
    with ZipFile(outlet, "w", strict_timestamps=False) as archive:
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            info = ZipInfo.from_file(path, path.relative_to(folder.parent), strict_timestamps=False)
            # Weights hardly shrink, and take their time.
            info.compress_type = ZIP_STORED if path.suffix in WEIGHTS else ZIP_DEFLATED
            with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as target:
                while chunk := source.read(CHUNK):
                    target.write(chunk)
                    yield outlet.take()
            yield outlet.take()
    yield outlet.take()
