"""The arithmetic and the words of the benchmark; nothing is timed here."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import start
from benchmarks.subjects import ANSWER, OURS, PAGE, SCORES, SUBJECTS, check
from docs.generate import README

CALM = start.Sample({PAGE: 2.0, ANSWER: 6.0}, 0.1)
CALMER = start.Sample({PAGE: 4.0, ANSWER: 10.0}, 0.0)
NOISY = start.Sample({PAGE: 3.0, ANSWER: 9.0}, 0.9)
NOISIER = start.Sample({PAGE: 5.0, ANSWER: 20.0}, 1.5)


def found() -> dict[str, list[start.Sample]]:
    return {
        OURS: [CALM, CALMER, NOISY],
        "A page": [start.Sample({PAGE: 6.0, ANSWER: 6.0}, 0.0)],
        "a script": [start.Sample({ANSWER: 4.0}, 0.2), start.Sample({ANSWER: 6.0}, None)],
    }


def in_turn(*samples: start.Sample) -> Callable[[], start.Sample]:
    waiting = iter(samples)
    return lambda: next(waiting)


@pytest.mark.parametrize(
    ("argv", "rounds", "tries", "write"),
    [
        ([], 3, 4, False),
        (["--quick"], 2, 2, False),
        (["--rounds", "7", "--tries", "1", "--write"], 7, 1, True),
    ],
)
def test_arguments(argv: list[str], rounds: int, tries: int, write: bool) -> None:
    given = start.arguments(argv)
    assert (given.rounds, given.tries, given.write) == (rounds, tries, write)


@pytest.mark.parametrize(
    "argv", [["--rounds", "0"], ["--tries", "0"], ["--rounds", "x"], ["--fast"]]
)
def test_wrong_arguments_end_with_a_usage_line(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        start.arguments(argv)
    assert "usage:" in capsys.readouterr().err


def test_the_middle_is_the_median_of_what_was_measured() -> None:
    assert start.middle(found()[OURS], PAGE) == 3.0
    assert start.middle(found()["a script"], ANSWER) == 5.0
    assert start.middle(found()["a script"], PAGE) is None


def test_disturbed_samples_count_only_where_there_is_no_other() -> None:
    assert start.judged([NOISY, CALM, NOISIER]) == [CALM]
    assert start.judged([NOISY, NOISIER]) == [NOISY, NOISIER]


def test_a_claim_is_ours_divided_by_theirs() -> None:
    assert start.claims(found()) == [
        "first_page_vs_a_page ratio 0.50",
        "first_answer_vs_a_page ratio 1.33",
        "first_answer_vs_a_script ratio 1.60",
        "first_page_of_2500_ms ratio 1.20 target <=1",
        "first_answer_of_6000_ms ratio 1.33 target <=1",
    ]


def test_every_subject_has_its_row_those_that_win_too() -> None:
    rows = start.result_table(found()).splitlines()[2:]
    assert rows == [
        f"| {OURS} | 3.00 s | 8.00 s |",
        "| A page | 6.00 s | 6.00 s |",
        "| a script | – | 5.00 s |",
    ]


def test_a_cell_says_that_nothing_calm_was_measured() -> None:
    assert start.cell([NOISY, NOISIER], PAGE) == "4.00 s (disturbed)"
    assert start.cell([NOISY, CALM], PAGE) == "2.00 s"


def test_the_circumstances_own_up_to_noise() -> None:
    text = start.circumstances(found(), "2026-01-31")
    assert "2026-01-31, rounds: 3" in text
    assert "Others used 0.05 cores" in text
    assert "1 of 6 measurements stayed disturbed" in text
    assert "gradio" in text


def test_a_calm_sample_is_taken_at_once() -> None:
    assert start.quiet_sample(in_turn(CALM), "round 1", 4) is CALM


def test_a_disturbed_sample_is_measured_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert start.quiet_sample(in_turn(NOISY, CALM), "round 1", 4) is CALM
    lines = capsys.readouterr().out.splitlines()
    assert ["disturbed" in line for line in lines] == [True, False]


def test_the_least_disturbed_counts_when_the_tries_are_used_up() -> None:
    assert start.quiet_sample(in_turn(NOISIER, NOISY, NOISIER), "round 1", 3) is NOISY


def test_unknown_noise_is_no_disturbance() -> None:
    sample = start.Sample({}, None)
    assert not sample.disturbed
    assert "unknown" in start.row_text(sample)


def test_the_processor_is_read_where_it_is_written(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    assert start.processor(cpuinfo)
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Fast 9000\n")
    assert start.processor(cpuinfo) == "Fast 9000"


def test_an_answer_must_be_the_models() -> None:
    check([score + 0.001 for score in SCORES])
    for wrong in ([], list(SCORES[:1]), [0.0, 0.0]):
        with pytest.raises(RuntimeError, match="answer"):
            check(wrong)


def test_the_readme_shows_every_subject() -> None:
    readme = README.read_text(encoding="utf-8")
    assert all(f"| {name} |" in readme for name in SUBJECTS)
