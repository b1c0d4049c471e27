"""Claims, and the file that is made of all of them; nothing is timed here."""

import argparse
import math
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import __main__ as runner
from benchmarks.book import Run, book, rows, split
from benchmarks.claims import Claim, of, parse, within
from benchmarks.herd import Step, share
from benchmarks.peak import encoder_flops
from benchmarks.scripts import SCRIPTS, Script

GOOD = Claim("fast", 5.0, 4.0)
LOST = Claim("slow", 3.0, 4.0)
LIGHT = Claim("light", 1.2, 1.4, most=True)
HEAVY = Claim("heavy", 2.1, 1.4, most=True)
TOLD = Claim("told", 0.5)
ALL = (GOOD, LOST, LIGHT, HEAVY, TOLD)
OUTPUT = "\n".join(
    [
        "2 cores of X",
        "round 1  A  3.00 s  (others: 0.10 cores)",
        "",
        "| a | b |",
        "| --- | --- |",
        "| 1 | 2 |",
        "",
        "| c |",
        "| --- |",
        "A peer would not run here.",
        *map(str, ALL),
    ]
)
SCRIPT = Script("engine", "A process for each model")


def test_a_claim_is_read_as_it_was_written() -> None:
    assert [parse(str(each)) for each in ALL] == list(ALL)
    assert str(LIGHT) == "light ratio 1.20 target <=1.4"
    assert [parse(line) for line in ("x ratio y", "a b ratio 1", "hop_row 0.5 ms", "")] == [
        None
    ] * 4


def test_which_are_met() -> None:
    assert [each.met for each in ALL] == [True, False, True, False, None]
    assert Claim("unknown", math.nan, 1.0).met is False
    assert within("of_2_ms", 1.0, 2.0) == Claim("of_2_ms", 0.5, 1.0, most=True)


def test_tables_words_and_progress_are_told_apart() -> None:
    tables, words = split(OUTPUT)
    assert tables == ["| a | b |\n| --- | --- |\n| 1 | 2 |", "| c |\n| --- |"]
    assert words == ["2 cores of X", "A peer would not run here."]
    assert list(of(OUTPUT)) == list(ALL)


def test_rows_say_by_how_much_is_missed() -> None:
    found = rows(Run(SCRIPT, OUTPUT, 0, 1.0))
    assert [row[-1] for row in found] == ["met", "missed by 25%", "met", "missed by 50%", ""]
    assert found[1][1:3] == ["3.00", "at least 4"]
    assert found[2][2] == "at most 1.4"


def test_the_book_has_losing_rows_and_failed_scripts() -> None:
    made = book(
        [Run(SCRIPT, OUTPUT, 0, 7.0, 0.25), Run(SCRIPT, "half ratio 1", 3, 1.0)], "Today; X."
    )
    assert "Today; X." in made
    assert "| engine | slow | 3.00 | at least 4 | missed by 25% |" in made
    assert "- heavy: " in made
    assert "`python -m benchmarks.engine`, 7 s; others used 0.25 cores meanwhile." in made
    assert "| engine | it ended with 3 | – | – | not measured |" in made
    assert "half" not in made.split("## A process")[0]  # nothing of a run that broke off is claimed


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda each: each.name)
def test_each_script_has_a_quick_way(script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        import_module(f"benchmarks.{script.name}").main(["--help"])
    assert ended.value.code == 0
    assert "--quick" in capsys.readouterr().out


def test_only_a_whole_run_writes_the_file_by_itself(tmp_path: Path) -> None:
    def out(*argv: str) -> object:
        given: argparse.Namespace = runner.arguments(argv)
        return given.out

    assert out() == runner.BOOK
    assert out("--quick") is None
    assert out("--only", "start") is None
    assert out("--quick", "--out", str(tmp_path / "b.md")) == tmp_path / "b.md"


def test_a_script_s_end_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What it printed before it failed stands there, and the others run on."""
    monkeypatch.setattr(runner, "SCRIPTS", (Script("nothing_such", "x"), Script("claims", "y")))
    assert runner.main(["--out", str(tmp_path / "b.md")]) == 1
    assert "| nothing_such | it ended with 1 |" in (tmp_path / "b.md").read_text()


def test_work_of_an_encoder() -> None:
    """BERT-base, by hand: 2 * 7,077,888 products a token and layer, and those of attention."""
    assert encoder_flops(12, 768, 3072, [10]) == 12 * (10 * 2 * 7_077_888 + 4 * 100 * 768)
    assert encoder_flops(1, 2, 4, [1, 1]) == 2 * encoder_flops(1, 2, 4, [1])


def test_what_models_take_beyond_the_base() -> None:
    assert share(Step(10, 2_500, 1.0), 500, 100) == 2.0
