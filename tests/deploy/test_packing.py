"""A folder as a ZIP that is made while it is sent."""

import io
import os
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from deploy.packing import CHUNK, zipped

FILES = {
    "app.py": b"print('hello')\n" * 1000,
    "empty.txt": b"",
    "models/org/name/model.safetensors": bytes(range(256)) * 20_000,
    "模型/说明.md": "好\n".encode(),
}


def filled(folder: Path) -> Path:
    for name, data in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_it_holds_the_folder(tmp_path: Path) -> None:
    data = b"".join(zipped(filled(tmp_path / "space")))
    with ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
        kinds = {info.filename: info.compress_type for info in archive.infolist()}
    assert found == {f"space/{name}": data for name, data in FILES.items()}
    assert kinds["space/models/org/name/model.safetensors"] == ZIP_STORED
    assert kinds["space/app.py"] == ZIP_DEFLATED


def test_no_more_than_a_chunk_is_held(tmp_path: Path) -> None:
    sizes = [len(part) for part in zipped(filled(tmp_path / "space"))]
    assert max(sizes) <= CHUNK + 10_000
    assert sum(sizes) > len(FILES["models/org/name/model.safetensors"])


def test_a_date_that_zip_does_not_know(tmp_path: Path) -> None:
    folder = filled(tmp_path / "space")
    os.utime(folder / "app.py", (0, 0))  # 1970, ten years before its calendar begins
    assert b"".join(zipped(folder))
