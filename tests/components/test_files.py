"""Files that a browser sent are read; a path that somebody made up is not."""

from pathlib import Path
from typing import Any

import pytest
from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

from components import files, values
from components.views import words
from pipelines.errors import InvalidInput
from tests.conftest import SAMPLES


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    return tmp_path / "uploads"


def test_what_was_uploaded_is_read() -> None:
    path = save_file_to_cache(SAMPLES / "cat.jpg", get_upload_folder())
    assert files.read(path) == (SAMPLES / "cat.jpg").read_bytes()


@pytest.mark.parametrize("path", ["/etc/passwd", str(SAMPLES / "cat.jpg"), "no/such.png", ""])
def test_any_other_path_is_refused(uploads: Path, path: str) -> None:
    with pytest.raises(InvalidInput, match="was not uploaded here"):
        files.read(path)


def test_no_way_out_of_the_folder(uploads: Path) -> None:
    uploads.mkdir()
    (uploads / "link.png").symlink_to(SAMPLES / "cat.jpg")
    for path in (uploads / ".." / "x.png", uploads / "link.png", uploads):
        with pytest.raises(InvalidInput):
            files.read(path)


def test_every_way_of_a_path_into_a_message_or_a_box() -> None:
    path = str(SAMPLES / "cat.jpg")
    ways: list[Any] = [
        lambda: values.read_file(path),
        lambda: values.read_files([(path, None)]),
        lambda: values.filed(path),
        lambda: words.part_of({"file": {"path": path}}),
    ]
    for way in ways:
        with pytest.raises(InvalidInput, match=r"cat\.jpg was not uploaded here"):
            way()
