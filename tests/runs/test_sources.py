"""Rows out of files of every kind, the bad ones too."""

import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow
import pytest
from pyarrow import parquet

from pipelines.errors import InvalidInput
from runs.sources.opening import counted, open_source
from runs.sources.row import File, Row, Source

MOST = 1_000_000
ROWS = [{"text": "good", "n": "1"}, {"text": 'a "quoted", one\nof two lines', "n": None}]


def opened(path: Path) -> Source:
    return open_source(path, MOST)


def cells(source: Source) -> list[dict[str, Any]]:
    return [row.cells for row in source.rows()]


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", list(",;\t|"))
def test_a_table_of_text(tmp_path: Path, encoding: str, separator: str) -> None:
    text = f'text{separator}n\ngood{separator}1\n"a ""quoted"", one\nof two lines"{separator}\n\n'
    source = opened(write(tmp_path / "a.csv", text, encoding))
    assert source.columns == ("text", "n")
    assert cells(source) == ROWS
    assert source.count() == 2


def test_ragged_rows(tmp_path: Path) -> None:
    source = opened(write(tmp_path / "a.csv", "a,b\n1\n1,2,3\n4,5\n"))
    short, long, good = source.rows()
    assert short.cells == {"a": "1", "b": None}
    assert long.error
    assert "3 cells" in long.error
    assert good == Row(2, {"a": "4", "b": "5"})


def test_columns_of_the_same_name_or_none(tmp_path: Path) -> None:
    assert opened(write(tmp_path / "a.csv", "a,a,\n1,2,3\n")).columns == ("a", "a (2)", "column 3")


def test_json_lines(tmp_path: Path) -> None:
    lines = [json.dumps(ROWS[0]), "", "{broken", "[1]", json.dumps({"other": {"x": [1]}})]
    source = opened(write(tmp_path / "a.jsonl", "\n".join(lines)))
    assert source.columns == ("text", "n", "other")
    good, broken, listed, other = source.rows()
    assert good.cells == ROWS[0]
    assert broken.error
    assert listed.error
    assert other.cells == {"other": {"x": [1]}}
    assert source.count() == 4


@pytest.mark.parametrize("whole", [ROWS, {"version": "1", "data": ROWS}])
def test_a_list_of_objects(tmp_path: Path, whole: Any) -> None:
    source = opened(write(tmp_path / "a.json", json.dumps(whole)))
    assert cells(source) == ROWS
    assert source.count() == 2


def test_parquet(tmp_path: Path) -> None:
    rows = [{"text": f"row {n}", "image": {"bytes": b"picture", "path": "a.png"}, "n": n}
            for n in range(150)]  # fmt: skip
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(rows), path, row_group_size=40)
    source = opened(path)
    found = list(source.rows())
    assert [row.number for row in found] == list(range(150))
    assert found[149].cells["text"] == "row 149"
    file = found[0].cells["image"]
    assert isinstance(file, File)
    assert (file.name, file.read(), file.kind) == ("a.png", b"picture", "image")
    assert source.count() == 150


def test_a_folder_of_parquet(tmp_path: Path) -> None:
    for number in range(2):
        table = pyarrow.table({"n": [number * 2, number * 2 + 1]})
        parquet.write_table(table, tmp_path / f"{number:05}.parquet")
    assert cells(opened(tmp_path)) == [{"n": n} for n in range(4)]


def test_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["text", "n"], ["good", 1], [None, None], ["bad", 2.5]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    source = opened(tmp_path / "a.xlsx")
    assert cells(source) == [{"text": "good", "n": 1}, {"text": "bad", "n": 2.5}]
    assert source.count() == 2


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zip:
        for name, data in files.items():
            zip.writestr(name, data)
    return path


def test_a_zip_of_folders(tmp_path: Path) -> None:
    files = {"cats/1.png": b"one", "dogs/2.png": b"two", "__MACOSX/cats/._1.png": b"", "a.txt": b""}
    source = opened(packed(tmp_path / "a.zip", files))
    assert source.columns == ("image", "file_name", "label")
    found = cells(source)
    assert [row["label"] for row in found] == ["cats", "dogs"]
    assert [row["image"].read() for row in found] == [b"one", b"two"]


def test_a_zip_that_says_what_is_in_it(tmp_path: Path) -> None:
    about = b"file_name,text\na.wav,hello\nmissing.wav,none\n"
    source = opened(packed(tmp_path / "a.zip", {"train/a.wav": b"x", "train/metadata.csv": about}))
    assert source.columns == ("audio", "file_name", "text")
    good, missing = source.rows()
    assert good.cells["text"] == "hello"
    assert good.cells["audio"].read() == b"x"
    assert missing.error == "The zip has no file missing.wav."


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.png": bytes(50 * MOST)})
    assert path.stat().st_size < MOST
    (row,) = opened(path).rows()
    with pytest.raises(InvalidInput, match="more than 1 MB"):
        row.cells["image"].read()


def test_a_damaged_file_in_a_zip(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.png": b"x" * 5_000})
    data = bytearray(path.read_bytes())
    data[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    (row,) = opened(path).rows()
    with pytest.raises(InvalidInput, match="cannot be unpacked"):
        row.cells["image"].read()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", "Müll".encode("latin-1"), "UTF-8"),
        ("a.csv", b"PK\0\1", "no text"),
        ("a.csv", b",".join(b"c%d" % n for n in range(1_001)), "1,001 columns"),
        ("a.csv", b"a,b\n", "no rows"),
        ("a.jsonl", b"", "empty"),
        ("a.json", b"{", "cannot be read"),
        ("a.json", b'{"a": 1}', "no list"),
        ("a.json", b"[" * 100_000, "cannot be read"),
        ("a.parquet", b"PAR1 not really", "no Parquet"),
        ("a.zip", b"PK not really", "cannot be opened"),
        ("a.xlsx", b"PK not really", "CSV UTF-8"),
        ("a.docx", b"", "no data set"),
    ],
)  # fmt: skip
def test_what_is_no_data_set(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InvalidInput, match=words):
        counted(opened(tmp_path / name))


def test_a_zip_without_media(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no pictures"):
        opened(packed(tmp_path / "a.zip", {"a.txt": b"x"}))
