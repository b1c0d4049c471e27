"""What the chaos benchmark makes of what it saw; no server runs here."""

import math
from dataclasses import replace

import pytest

from benchmarks import chaos
from benchmarks.chaos import Found
from benchmarks.killer import Kill, named, recoveries, undisturbed
from tests.benchmarks.samples import fire, squeeze

LOG = """The process of org/a (11) ended unexpectedly.
Something else (12).
The process of org/b (13) ended unexpectedly.
"""


@pytest.mark.parametrize(
    ("argv", "seconds", "clients", "only"),
    [
        ([], 30, 16, None),
        (["--quick", "--only", "room"], 15, 16, "room"),
        (["--seconds", "5", "--clients", "8", "--only", "kills"], 5, 8, "kills"),
    ],
)
def test_arguments(argv: list[str], seconds: float, clients: int, only: str | None) -> None:
    given = chaos.arguments(argv)
    assert (given.seconds, given.clients, given.only) == (seconds, clients, only)


@pytest.mark.parametrize(
    "argv",
    [["--seconds", "0"], ["--clients", "4"], ["--every", "-1"], ["--write", "--only", "room"]],
)
def test_wrong_arguments_end_with_a_usage_line(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        chaos.arguments(argv)
    assert "usage:" in capsys.readouterr().err


def test_the_log_names_whom_a_kill_met() -> None:
    kills = named([Kill(1, 11), Kill(2, 12), Kill(3, 13)], LOG)
    assert [kill.model for kill in kills] == ["org/a", None, "org/b"]


def test_a_model_is_back_with_its_own_next_answer() -> None:
    found = recoveries(fire().kills, fire().outcomes)
    assert found == [pytest.approx(0.4), pytest.approx(0.6), 3.0, 2.0, None]


def test_kills_in_a_row_do_not_count_as_one_crash() -> None:
    assert undisturbed(fire().kills, fire().outcomes) == [pytest.approx(0.4), pytest.approx(0.6)]


def test_claims_of_the_kills() -> None:
    assert chaos.claims(Found(fire())) == [
        "hung 1",
        "unexpected failures 2",
        "recovery median 1.30 s",
        "recovery of one crash median 0.50 s",
        "recovery longest 3.00 s",
        "kills without recovery 1",
        "quarantined models 0",
        "same server 1",
        "leaked processes 2",
    ]


def test_a_quarantine_is_told_apart() -> None:
    seen = replace(fire(), quarantined=["c"])
    assert chaos.missing(seen) == 0
    assert "quarantined models 1" in chaos.claims(Found(seen))
    assert "| Models in quarantine at the end | c |" in chaos.fire_table(seen)


def test_claims_of_the_room() -> None:
    lines = chaos.claims(Found(squeeze=squeeze()))
    assert lines[:5] == [
        "room hung 0",
        "room unexpected failures 0",
        "room same server 0",
        "room leaked processes 1",
        "room most workers at a time 2",
    ]
    assert lines[5] == "room workers_vs_budget ratio 0.75"


def test_the_tables_hide_no_failure() -> None:
    text = chaos.body(Found(fire(), squeeze()), "2026-01-31")
    for row in ("| – 502 | 1 |", "| – 503 | 1 |", "| – 500 | 1 |", "| – another answer | 1 |",
                "| – no answer within 60 s | 1 |",
                "| Kills after which the model did not come back | 1 |",
                "| The server is the same process | no |"):  # fmt: skip
        assert row in text
    assert "2026-01-31" in text
    assert "Others used 0.25 cores" in text


def test_without_any_kill_no_time_is_claimed() -> None:
    assert math.isnan(chaos.middle([]))
    assert chaos.seconds(math.nan) == "–"
    assert chaos.kill_text(Kill(1, 2, "a"), None) == "killed 2: a, no answer since"
