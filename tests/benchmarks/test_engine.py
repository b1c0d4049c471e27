"""What the benchmark of the engine makes of its measurements; nothing is timed here."""

from pathlib import Path

import pytest

from benchmarks import engine
from benchmarks.cold import alike
from benchmarks.hop import INLINE, MORE, WORKER, summary
from benchmarks.room import flows
from benchmarks.start import Sample
from tests.benchmarks.samples import held, measured


@pytest.mark.parametrize(
    ("argv", "rounds", "tries", "pairs", "write"),
    [
        ([], 5, 4, 100, False),
        (["--quick"], 1, 1, 20, False),
        (["--rounds", "2", "--tries", "3", "--pairs", "5", "--write"], 2, 3, 5, True),
    ],
)
def test_arguments(argv: list[str], rounds: int, tries: int, pairs: int, write: bool) -> None:
    given = engine.arguments(argv)
    assert (given.rounds, given.tries, given.pairs, given.write) == (rounds, tries, pairs, write)


@pytest.mark.parametrize("argv", [["--rounds", "0"], ["--tries", "x"], ["--pairs", "0"], ["--no"]])
def test_wrong_arguments_end_with_a_usage_line(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        engine.arguments(argv)
    assert "usage:" in capsys.readouterr().err


def test_every_claim_is_a_name_a_number_and_a_unit() -> None:
    assert engine.claims(measured()) == [
        "cold_first_answer_vs_sentence_transformers_script ratio 0.04",
        "cold_first_answer_vs_in_process ratio 2.00",
        "answers_alike cosine 0.9999",
        "hop_row 0.40 ms",
        "hop_text 0.40 ms",
        "hop_picture_1mb 0.40 ms",
        "hop_bare_empty 0.10 ms",
        "hop_bare_1mb 0.50 ms",
        "returned_smollm2_135m_workers_machine share 1.00",
        "returned_smollm2_135m_workers_processes share 1.00",
        "returned_smollm2_135m_inline_machine share 0.50",
        "returned_smollm2_135m_inline_processes share 0.44",
        "private_of_each_of_1_workers_vs_weights ratio 0.50",
        "private_of_each_of_4_workers_vs_weights ratio 0.40",
    ]


def test_the_difference_is_that_of_the_pairs_not_of_the_medians() -> None:
    pairs = [(1.0, 3.0), (10.0, 11.0), (20.0, 20.5)]
    assert summary(pairs) == {INLINE: 10.0, WORKER: 11.0, MORE: 1.0}


def test_available_memory_falls_where_what_processes_take_grows() -> None:
    million = 1_000_000
    figures = {
        "machine": [900 * million, 800 * million, 890 * million],
        "processes": [100 * million, 180 * million, 110 * million],
    }
    assert flows(figures) == {
        "machine taken": 100,
        "machine returned": 90,
        "processes taken": 80,
        "processes returned": 70,
    }


def test_no_share_is_claimed_of_nothing() -> None:
    assert engine.share([held(-20, 5)], "processes") is None
    assert engine.memory_cells([held(-20, 5)], "processes") == ["-20 MB", "5 MB", "–"]


def test_a_calm_sample_wins_over_a_disturbed_one() -> None:
    assert engine.share([held(100, 10, 3.0), held(100, 90)], "processes") == 0.9


def test_what_was_not_measured_is_not_reported() -> None:
    with pytest.raises(AssertionError, match="first answer was not measured"):
        engine.value([Sample({}, None)], "first answer")


def test_the_tables_own_up_to_noise() -> None:
    text = engine.body(measured(), "2026-01-31")
    assert "| nothing, there and back, 1 MB | – | 0.50 ms (disturbed) | – |" in text
    assert "| 40 MB | 44% (disturbed) |" in text
    assert "| 4 | 40 MB | 0.40 |" in text
    assert "2026-01-31, rounds: 1" in text
    assert "2 of 9 measurements stayed disturbed" in text


def test_another_answer_is_no_measurement() -> None:
    assert alike("x", [1.0, 0.0], [2.0, 0.0]) == pytest.approx(1.0)
    for wrong in ([0.0, 1.0], [], [float("nan"), 0.0]):
        with pytest.raises(RuntimeError, match="x gives another answer"):
            alike("x", wrong, [1.0, 0.0])


def test_a_page_without_marks_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks import page

    monkeypatch.setattr(page, "PAGE", tmp_path / "engine.md")
    page.PAGE.write_text("<!-- engine -->\nold\n<!-- /engine -->\n")
    page.write("engine", "new")
    assert page.PAGE.read_text() == "<!-- engine -->\n\nnew\n\n<!-- /engine -->\n"
    with pytest.raises(ValueError, match="chaos"):
        page.write("chaos", "new")
