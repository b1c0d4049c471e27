"""Figures against scikit-learn and jiwer on cases made by hand."""

import json
import random
from collections.abc import Sequence
from typing import Any

import jiwer
import pytest
from sklearn import metrics as sk

from pipelines.kinds.outputs import Labels, Ranks, Transcribed, output_kind
from runs.judging import is_right, label_text
from runs.ledger import Result
from runs.metrics import Metrics, measure, roc
from runs.predicted import Predicted, predicted, written

LABELS, SAID = list("aababbcacb"), list("abababcacc")


def result(number: int, label: str | None, said: str, **more: Any) -> Result:
    right = None if label is None else int(label.casefold() == said.casefold())
    return Result(number, "x", label, said, right=right, **{"seconds": 0.5, **more})


def classified(labels: Sequence[str], said: Sequence[str]) -> Metrics:
    pairs = enumerate(zip(labels, said, strict=True))
    return measure("labels", [result(n, a, b, score=0.7) for n, (a, b) in pairs])


def test_classes() -> None:
    found = classified(LABELS, SAID)
    assert found.figures["accuracy"] == sk.accuracy_score(LABELS, SAID)
    assert found.figures["f1_macro"] == pytest.approx(sk.f1_score(LABELS, SAID, average="macro"))
    weighted = sk.f1_score(LABELS, SAID, average="weighted")
    assert found.figures["f1_weighted"] == pytest.approx(weighted)
    assert found.names == ["a", "b", "c"]
    assert found.confusion == sk.confusion_matrix(LABELS, SAID).tolist()
    assert [each.rows for each in found.classes] == [4, 4, 2]


def test_capitals_do_not_matter_and_strangers_are_told() -> None:
    found = classified(["Pos", "neg", "maybe"], ["POS", "POS", "POS"])
    assert found.figures["accuracy"] == pytest.approx(1 / 3)
    assert set(found.strangers) == {"neg", "maybe"}


def test_the_curve_of_two_classes() -> None:
    draw = random.Random(0)
    truth = [draw.choice("ny") for _ in range(200)]
    sure = [min(1, max(0, draw.gauss(0.7 if each == "y" else 0.4, 0.2))) for each in truth]
    rows = [
        result(
            n, t, "y" if p > 0.5 else "n", score=max(p, 1 - p),
            ranked=json.dumps([["y", p], ["n", 1 - p]]),
        )
        for n, (t, p) in enumerate(zip(truth, sure, strict=True))
    ]  # fmt: skip
    found = measure("labels", rows)
    roc(found, "labels", rows)
    assert found.positive == "y"
    expected = sk.roc_auc_score([each == "y" for each in truth], sure)
    assert found.figures["auc"] == pytest.approx(expected)
    assert (found.roc[0], found.roc[-1]) == ((0, 0), (1, 1))
    assert sum(n for _, _, n in found.calibration) == 200
    assert 0 < found.figures["ece"] < 0.5
    assert "mrr" not in found.figures


def test_amounts() -> None:
    labels, said = [1.0, 2.5, 4.0, 8.0], [1.5, 2.0, 4.5, 7.0]
    rows = [result(n, str(a), str(b)) for n, (a, b) in enumerate(zip(labels, said, strict=True))]
    found = measure("table", rows)
    assert found.figures["r2"] == pytest.approx(sk.r2_score(labels, said))
    assert found.figures["mae"] == pytest.approx(sk.mean_absolute_error(labels, said))
    assert found.figures["rmse"] == pytest.approx(sk.root_mean_squared_error(labels, said))
    assert found.points == list(zip(labels, said, strict=True))


def test_classes_that_are_numbers() -> None:
    assert measure("table", [result(n, str(n % 2), "1") for n in range(4)]).figures[
        "accuracy"
    ] == 0.5  # fmt: skip


def test_texts() -> None:
    labels = ["the cat sat on the mat", "hello world"]
    said = ["the cat sat mat", "hello big world"]
    rows = [result(n, a, b) for n, (a, b) in enumerate(zip(labels, said, strict=True))]
    found = measure("text", rows).figures
    assert found["wer"] == pytest.approx(jiwer.wer(labels, said))
    assert found["cer"] == pytest.approx(jiwer.cer(labels, said))
    assert found["exact"] == 0
    assert 0 < found["token_f1"] < 1


def test_ranks() -> None:
    orders = [(["2", "0", "1"], "2"), (["1", "0"], "0"), (["0"], "7")]
    rows = [
        result(n, label, order[0], ranked=json.dumps([[name, 0.5] for name in order]))
        for n, (order, label) in enumerate(orders)
    ]
    found = measure("ranks", rows).figures
    assert found["mrr"] == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert found["hits_1"] == pytest.approx(1 / 3)
    assert found["hits_3"] == pytest.approx(2 / 3)


def test_without_labels_there_are_histograms() -> None:
    rows = [result(n, None, "a", score=n / 100) for n in range(100)]
    rows.append(Result(100, "x", error="broken"))
    found = measure("labels", rows)
    assert set(found.figures) == {"p50", "p95"}
    assert found.scores
    assert sum(found.scores.counts) == 100
    assert found.done == 101


def test_nothing_at_all() -> None:
    assert measure("labels", []) == Metrics()


KNOWN = {"0": "NEGATIVE", "1": "POSITIVE"}


@pytest.mark.parametrize(
    ("cell", "name"),
    [(1, "POSITIVE"), ("0", "NEGATIVE"), ("LABEL_1", "POSITIVE"), ("pos", "POSITIVE"),
     (1.0, "POSITIVE"), ("positive", "POSITIVE"), ("neutral", "neutral"), ("", None), (None, None)],
)  # fmt: skip
def test_labels_in_the_words_of_the_model(cell: Any, name: str | None) -> None:
    assert label_text(cell, KNOWN) == name


def test_right_or_wrong() -> None:
    assert is_right("text", Predicted("Hello, World!"), "hello world")
    assert is_right("table", Predicted(2.0), "2")
    assert is_right("labels", Predicted("a"), "b") is False
    assert is_right("labels", Predicted("a"), None) is None


def test_plain_values() -> None:
    top = predicted(output_kind(Labels), [{"label": "a", "score": 0.9}, {"label": "b", "score": 0}])
    assert (top.value, top.score) == ("a", 0.9)
    ranked = predicted(output_kind(Ranks), [{"index": 3, "score": 2}, {"index": 0, "score": 1}])
    assert ranked.ranked == (("3", 2.0), ("0", 1.0))
    assert predicted(output_kind(Transcribed), {"text": "hi"}).value == "hi"


def test_files_are_not_written_down() -> None:
    assert json.loads(written({"content": b"x" * 10, "mime": "image/png"}))["bytes"] == 10
    assert len(written([{"label": "a", "mask": "x" * 10_000}])) < 200
