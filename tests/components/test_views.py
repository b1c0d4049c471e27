"""What the page draws of a result: right, short, and without a caller's markup."""

import re
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from components import lines, outputs
from components.views import bars, marks, plots, sounds, tables, words
from components.views.view import number
from pipelines.kinds.messages import Anything
from pipelines.kinds.outputs import OutputKind, Said, output_kind
from pipelines.task import Inputs
from tests.conftest import SAMPLES

KIND = OutputKind("any", lambda a, b: 0.0)
KIND_OF_CHAT = output_kind(Said)
EVIL = "<script>alert(1)</script>"


class Texts(Inputs):
    question: str = "who?"
    text: str


class Rows(Inputs):
    data: dict[str, list[Any]]


def visible(html: str) -> str:
    """The words that somebody would read."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def span(start: int | None, end: int | None, label: str, word: str = "") -> dict[str, Any]:
    return {"entity_group": label, "score": 0.5, "word": word, "start": start, "end": end}


# Marks in a text -------------------------------------------------------------------------------


def test_spans_stand_where_they_were_found() -> None:
    text = "🦊 Ada met Bo in 東京."
    found = [span(2, 5, "PER"), span(10, 12, "PER"), span(16, 18, "LOC")]
    html = marks.spans(found, Texts(question="", text=text), KIND)
    assert visible(html.replace("<small>", "/<small>")) == "🦊 Ada/ PER met Bo/ PER in 東京/ LOC ."
    assert re.findall(r'class="(c\d)"', html) == ["c0", "c0", "c1"]


def test_the_first_of_two_spans_that_overlap_stays() -> None:
    html = marks.marked("abcdef", [(2, 5, "B"), (0, 3, "A"), (3, 3, "C")])
    assert visible(html) == "abc A def"


def test_spans_without_places_are_listed() -> None:
    html = marks.spans([span(None, None, "PER", "Ada")], Texts(text="Ada"), KIND)
    assert visible(html) == "Ada: PER 0.500"
    assert "Nothing was found" in marks.spans([], Texts(text="Ada"), KIND)


def test_an_answer_is_marked_in_its_text_and_not_in_the_question() -> None:
    given = Texts(question="Berlin or Rome?", text="I live in Berlin")
    found = {"answer": "Berlin", "score": 0.9, "start": 10, "end": 16}
    html = marks.answers(found, given, KIND)
    assert "<mark" in html.partition("I live in")[2]
    assert visible(html) == "Berlin 0.900 I live in Berlin"


def test_no_answer_is_said() -> None:
    nothing = {"answer": "", "score": 0.8, "start": 0, "end": 0}
    assert visible(marks.answers([nothing], Texts(text="a"), KIND)) == (
        "no answer in this text 0.800"
    )


@pytest.mark.parametrize(
    "html",
    [
        bars.bars([(EVIL, 1.0)]),
        marks.marked(EVIL, [(0, 8, EVIL)]),
        tables.grid([(EVIL, [EVIL])], {(0, 0)}),
        tables.cells(
            {"answer": EVIL, "coordinates": [], "cells": [], "aggregator": EVIL},
            Rows(data={"a": ["b"]}),
            KIND,
        ),
        plots.forecast({"forecast": {EVIL: [1.0, 2.0]}}, Rows(data={EVIL: [0.0]}), KIND),
        sounds.segments(
            {"segments": [{"label": EVIL, "start": 0, "end": 1}], "duration": 1, "waveform": [1]},
            Texts(text=""),
            KIND,
        ),
        bars.decisions({EVIL: {"type": "noul", "noul": 0.5}}, Texts(text=""), KIND),
        lines.notices([EVIL]),
        lines.error(EVIL),
        lines.status(EVIL),
    ],
)  # fmt: skip
def test_what_a_model_or_a_caller_says_is_never_markup(html: str) -> None:
    assert "<script" not in html
    assert "&lt;script" in html


# Numbers ---------------------------------------------------------------------------------------


def test_small_scores_are_not_shown_as_nothing() -> None:
    assert [number(x) for x in (0.5, 0, 1e-5, -2e-7, 12.3456)] == [
        "0.500", "0.000", "1.0e-05", "-2.0e-07", "12.346",
    ]  # fmt: skip


def test_several_masks_are_told_apart() -> None:
    fill = {"sequence": "a b", "score": 0.5, "token": 1, "token_str": "b"}
    assert visible(bars.fills([fill], Texts(text=""), KIND)) == "a b 0.500"
    assert visible(bars.fills([[fill], [fill]], Texts(text=""), KIND)) == (
        "Mask 1 b 0.500 Mask 2 b 0.500"
    )


def test_decisions_show_every_choice_in_its_words() -> None:
    made = {
        "late": {"type": "noul", "noul": 0.25},
        "tone": {"type": "choice", "choice": "x", "probabilities": {"x": 0.75, "y": 0.25}},
        "level": {
            "type": "score", "score": 0.5, "legend": {"0": "low", "1": "high"},
            "probabilities": {"0": 0.5, "1": 0.5},
        },
    }  # fmt: skip
    assert visible(bars.decisions(made, Texts(text=""), KIND)) == (
        "late yes 0.250 no 0.750 tone x 0.750 y 0.250 level low 0.500 high 0.500"
    )


def test_probabilities_are_columns_the_likeliest_first() -> None:
    rows = [
        {"label": "b", "probabilities": {"a": 0.2, "b": 0.8}},
        {"label": "a", "probabilities": {"a": 0.9, "b": 0.1}},
    ]
    html = tables.table(rows, Rows(data={"size": [1, None]}), KIND)
    assert visible(html) == "prediction p(b) p(a) size b 0.8 0.2 1 a 0.1 0.9"
    assert html.count("class=new") == 9


def test_marked_cells_and_how_they_were_put_together() -> None:
    answer = {"answer": "SUM > 1, 2", "coordinates": [(0, 1), (1, 1)], "cells": ["1", "2"]}
    html = tables.cells(
        answer | {"aggregator": "SUM"}, Rows(data={"who": ["x", "y"], "n": ["1", "2"]}), KIND
    )
    assert visible(html) == "SUM > 1, 2 sum of the marked cells who n x 1 y 2".replace(">", "&gt;")
    assert html.count("class=new") == 2


def test_a_forecast_goes_on_from_the_last_value() -> None:
    html = plots.course([0.0, 1.0], [2.0])
    assert 'points="0,96.0 1,50.0"' in html
    assert 'points="1,50.0 2,4.0"' in html
    assert plots.course([5.0], [5.0])  # no range to draw


def test_written_numbers_are_drawn_as_numbers() -> None:
    assert plots.numbers([1, "2.5", None, "x", True]) == [1.0, 2.5, 1.0]


def test_segments_are_drawn_to_scale() -> None:
    found = [
        {"label": "speech", "start": 1.0, "end": 2.0},
        {"label": "music", "start": 2.0, "end": 4.0},
    ]
    value = {"segments": found, "duration": 4.0, "waveform": [0.0, 0.5]}
    html = sounds.segments(value, Texts(text=""), KIND)
    assert 'class="c0" x="250.0" y="0" width="250.0"' in html
    assert 'class="c1" x="500.0" y="0" width="500.0"' in html
    assert "2 parts in 4.0 s" in visible(html)
    nothing = {"segments": [], "duration": 0.0, "waveform": []}
    assert "Nothing was found" in sounds.segments(nothing, Texts(text=""), KIND)


# Words and JSON --------------------------------------------------------------------------------


def test_what_was_said_stands_beside_its_time() -> None:
    chunks = [
        {"text": " one", "timestamp": (0.0, 1.5)},
        {"text": " two", "timestamp": (1.5, None)},
    ]
    shown = words.text({"text": "one two", "chunks": chunks}, Texts(text=""), KIND)
    assert shown == "0.00 – 1.50  one\n1.50 – …  two"


class Turns(Inputs):
    messages: Anything


def test_functions_that_a_model_calls_are_shown() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    answer = {"role": "assistant", "content": "", "tool_calls": [call]}
    given = Turns.model_validate({"messages": [{"role": "user", "content": "Hi"}]})
    shown = words.message({"choices": [{"message": answer}], "usage": {}}, given, KIND_OF_CHAT)
    assert shown[-1] == {"role": "assistant", "content": '`f({"a": 1})`'}


async def test_files_of_a_conversation_are_shown_and_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    files = {"image": "cat.jpg", "audio": "speech.flac", "video": "walk.mp4"}
    parts = [{"type": kind, kind: (SAMPLES / name).read_bytes()} for kind, name in files.items()]
    asked = [*parts, {"type": "text", "text": "What?"}]
    sent = [{"role": "user", "content": asked}, {"role": "assistant", "content": "A cat"}]
    with gr.Blocks():
        box: Any = words.chatbot()
        shown = words.turns(Turns.model_validate({"messages": sent}))
        assert [Path(each["path"]).name for each in shown[0]["content"][:3]] == [
            "image.jpeg", "audio.flac", "video.mp4",
        ]  # fmt: skip
        assert words.past(box.preprocess(box.postprocess(shown))) == sent


def test_files_are_told_and_not_written_out() -> None:
    assert outputs.short({"content": b"x" * 2_000, "mime": "audio/flac"})["content"] == (
        "2,000 bytes, which the API sends as they are"
    )
    track = {"label": "a", "content-type": "audio/flac", "blob": "A" * 100}
    assert outputs.short([track])[0]["blob"] == "A" * 60 + "… (100 characters)"
    assert outputs.short([track | {"blob": "AA"}])[0]["blob"] == "AA"
    assert outputs.short([[0.5, 1.0]]) == [[0.5, 1.0]]


def test_a_longer_run_counts_its_seconds() -> None:
    assert "Running…<" in lines.running(1.9)
    assert ">12 s</span>" in lines.running(12.2)  # told to the eye alone, four times a second
