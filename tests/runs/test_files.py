"""What is made of a run: files that read back, and a report that runs nobody's words."""

import io
from pathlib import Path

import pandas
import pyarrow.parquet
import pytest

from api.texts import Texts
from runs import export, report
from runs.kept import Kept, Shelf
from runs.ledger import Result
from tests.runs.conftest import plan

EVIL = "<script>alert(1)</script>"
CSV = f'text,label,score\n{EVIL},5,"a ""b"", c"\nbroken,1,\nlater,2,x\n'


@pytest.fixture
def kept(shelf: Shelf) -> Kept:
    made = shelf.add(f"{EVIL}.csv", "me", lambda path: path.write_text(CSV), 100)
    made.change(plan=plan("1", 3))
    with made.ledger.writing() as writer:
        writer.write(
            [
                Result(0, EVIL, EVIL, "5", 0.9, 0, seconds=0.5, value="[5]"),
                Result(1, "broken", error=f"Broke at {EVIL}"),
            ]
        )
    return made


def test_csv_reads_back(kept: Kept) -> None:
    table = pandas.read_csv(io.BytesIO(b"".join(export.as_csv(kept))))
    columns = ["text", "label", "score", "prediction", "score_", "correct", "error", "seconds"]
    assert list(table.columns) == [*columns, "result"]
    assert table["text"].tolist() == [EVIL, "broken"]  # the third row has no result yet
    assert table["score"].tolist()[0] == 'a "b", c'
    assert table["score_"].tolist()[0] == 0.9
    assert not table["correct"][0]
    assert table["error"][1] == f"Broke at {EVIL}"


def test_parquet_reads_back(kept: Kept, tmp_path: Path) -> None:
    export.as_parquet(kept, tmp_path / "a.parquet")
    rows = pyarrow.parquet.read_table(tmp_path / "a.parquet").to_pylist()
    assert rows[0]["prediction"] == "5"
    assert rows[0]["correct"] is False
    assert rows[1]["score_"] is None
    assert rows[1]["error"] == f"Broke at {EVIL}"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_runs_nothing(kept: Kept, language: str) -> None:
    made = report.html(kept, Texts(language).html, language)
    assert "<script" not in made
    assert "alert(1)" in made
    assert "http" not in made.replace("http-equiv", "")
    assert f'lang="{language}"' in made


def test_search_takes_words_as_they_are(kept: Kept) -> None:
    ledger = kept.ledger
    assert ledger.matching("all", "brok") == 1
    assert ledger.matching("all", "%") == 0
    assert ledger.matching("wrong", "") == 1
    assert ledger.matching("failed", "alert") == 1
