"""What token-classification answers besides what tests/zoo compares."""

import warnings
from typing import Any

import numpy as np
import pytest
from transformers import pipeline

from pipelines.errors import InvalidInput
from pipelines.loaders.pieces import found, neat
from pipelines.loaders.tagger import Token, spans, words
from pipelines.loaders.windows import together, windows
from tests.pipelines.tasks.bench import Bench
from tests.zoo import encoders as zoo
from tests.zoo.encoders import TAGS, labels

TAG = "token-classification"
HEAD = "TokenClassification"
BERT = zoo.bert(TAG, HEAD, **labels(TAGS))
ROBERTA = zoo.roberta(TAG, HEAD, **labels(TAGS))
XLMR = zoo.xlm_roberta(TAG, HEAD, **labels(TAGS))
CANINE = zoo.canine(TAG, HEAD, **labels(TAGS))
EVERY = [BERT, ROBERTA, XLMR, CANINE]
STRATEGIES = ["none", "simple", "first", "average", "max"]
TEXT = "The quick brown fox jumps over the lazy dog of Paris"
PLAIN = "The quick fox is of the fox"  # in which no tokenizer makes a token of a space
ODD = [
    "  Иван  lives\tin\n東京。",
    "👩‍👩‍👧 and 🦊🦊 in Straße",
    "Jose\u0301 is nai\u0308f; e\u0301e\u0301",
    "हिन्दी में ภาษาไทย",
    "x\u200by \ufeffz",
    "<s> [MASK] </s>",
    "a",
]
CLOSE = 1e-5


@pytest.mark.parametrize("build", [BERT, ROBERTA])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_answers_are_those_of_transformers(bench: Bench, build: Any, strategy: str) -> None:
    given = {"aggregation_strategy": strategy, "ignore_labels": []}
    mine = bench.answer(TAG, build, PLAIN, **given)
    library = pipeline(TAG, model=str(bench.path(build)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = library(PLAIN, **given)
    names = ("entity", "entity_group", "index", "end")
    assert [[each.get(n) for n in names] for each in mine] == [
        [each.get(n) for n in names] for each in theirs
    ]
    scores = [float(each["score"]) for each in theirs]
    assert [each["score"] for each in mine] == pytest.approx(scores, abs=CLOSE)


@pytest.mark.parametrize("build", EVERY)
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("text", ODD)
def test_every_word_is_what_stands_at_its_place(
    bench: Bench, build: Any, strategy: str, text: str
) -> None:
    found = bench.answer(TAG, build, text, aggregation_strategy=strategy, ignore_labels=[])
    assert found
    for span in found:
        assert span["word"] == text[span["start"] : span["end"]]
        assert span["word"] == span["word"].strip()
        assert span["word"]
    starts = [span["start"] for span in found]
    assert starts == sorted(starts)


def test_a_group_has_a_name_and_a_token_has_a_label(bench: Bench) -> None:
    group = bench.answer(TAG, BERT, TEXT, ignore_labels=[])[0]
    assert group.keys() == {"entity_group", "score", "word", "start", "end"}
    token = bench.answer(TAG, BERT, TEXT, aggregation_strategy="none", ignore_labels=[])[0]
    assert token.keys() == {"entity", "score", "index", "word", "start", "end"}


def test_labels_that_are_left_out(bench: Bench) -> None:
    every = bench.answer(TAG, BERT, TEXT, ignore_labels=[])
    for name in {each["entity_group"] for each in every}:
        kept = [each for each in every if each["entity_group"] != name]
        assert bench.answer(TAG, BERT, TEXT, ignore_labels=[name]) == kept
    usual = [each for each in every if each["entity_group"] != "O"]
    assert bench.answer(TAG, BERT, TEXT) == usual
    assert bench.answer(TAG, BERT, TEXT, ignore_labels=[""]) == every


@pytest.mark.parametrize("build", [BERT, ROBERTA, XLMR])
@pytest.mark.parametrize("stride", [None, 0, 5, 31])
def test_a_long_text_is_read_to_its_end(bench: Bench, build: Any, stride: int | None) -> None:
    text = " ".join([TEXT] * 12)
    found = bench.answer(
        TAG, build, text, stride=stride, aggregation_strategy="none", ignore_labels=[]
    )
    tokenizer = bench.pipe(TAG, build).tokenizer
    row = tokenizer(text, verbose=False, return_offsets_mapping=True)["offset_mapping"]
    assert len(row) > 200
    written = [at for at, place in enumerate(row) if text[slice(*place)].strip()]
    assert [each["index"] for each in found] == written
    assert found[-1]["end"] == len(text)


def test_windows_are_put_together_where_they_know_most(bench: Bench) -> None:
    """The beginning of a long text is answered as it is by itself, when its end is far away."""
    text = " ".join([TEXT] * 6)
    given = {"aggregation_strategy": "none", "ignore_labels": []}
    long = bench.answer(TAG, BERT, text, stride=20, **given)
    first = bench.answers(TAG, BERT, [text[: long[61]["end"]]], **given)[0][0]
    assert [each["entity"] for each in long[:40]] == [each["entity"] for each in first[:40]]
    scores = [each["score"] for each in first[:40]]
    assert [each["score"] for each in long[:40]] == pytest.approx(scores, abs=CLOSE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("aggregation_strategy", "best"),
        ("stride", -1),
        ("ignore_labels", "O"),
        ("stride", 10**30),
        ("ignore_labels", ["\ud83e"]),
        ("stride", 32),
    ],
)
def test_parameters_that_are_refused_by_name(bench: Bench, name: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=name):
        bench.answer(TAG, BERT, TEXT, **{name: value})


@pytest.mark.parametrize("build", EVERY)
def test_a_batch_is_answered_as_each_alone(bench: Bench, build: Any) -> None:
    texts = [*ODD, TEXT * 3]
    many, _ = bench.answers(TAG, build, texts, ignore_labels=[])
    for text, made in zip(texts, many, strict=True):
        alone = bench.answer(TAG, build, text, ignore_labels=[])
        assert [each["word"] for each in made] == [each["word"] for each in alone]
        scores = [each["score"] for each in alone]
        assert [each["score"] for each in made] == pytest.approx(scores, abs=CLOSE)


@pytest.mark.parametrize("build", [BERT, XLMR])
@pytest.mark.parametrize("text", ["\u200b", "\u0301", "\0"])
def test_a_text_without_a_token_names_nothing(bench: Bench, build: Any, text: str) -> None:
    given = {"ignore_labels": [], "aggregation_strategy": "none"}
    tokens = bench.pipe(TAG, build).tokenizer(text, add_special_tokens=False)["input_ids"]
    (alone,), _ = bench.answers(TAG, build, text, **given)
    assert bool(alone) <= bool(tokens)
    many, _ = bench.answers(TAG, build, [TEXT, text, TEXT], **given)
    assert [len(each) for each in many] == [len(many[0]), len(alone), len(many[0])]
    assert many[0]


# Pieces of it ----------------------------------------------------------------------------------


def token(text: str, start: int, *scores: float, inside: bool = False) -> Token:
    chances = np.array(scores, dtype=np.float32)
    return Token(chances, start, (start, start + len(text)), text, inside)


def test_strategies_differ_in_who_speaks_for_a_word() -> None:
    text = "microsoft inc"
    tokens = [
        token("micro", 0, 0.1, 0.6, 0.3),
        token("soft", 5, 0.0, 0.1, 0.9, inside=True),
        token("inc", 10, 0.8, 0.1, 0.1),
    ]
    names = ["O", "B-ORG", "B-PER"]

    def named(strategy: str) -> list[tuple[str, str]]:
        made = spans(tokens, names, strategy, text)
        return [(each["word"], each["entity_group"]) for each in made]

    assert named("simple") == [("micro", "ORG"), ("soft", "PER"), ("inc", "O")]
    assert named("first") == [("microsoft", "ORG"), ("inc", "O")]
    assert named("max") == [("microsoft", "PER"), ("inc", "O")]
    assert named("average") == [("microsoft", "PER"), ("inc", "O")]
    assert [len(each) for each in words(tokens)] == [2, 1]


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (["B-PER", "I-PER", "B-PER"], [2, 1]),
        (["I-PER", "I-PER", "I-LOC"], [2, 1]),
        (["B-PER", "E-PER", "S-PER"], [2, 1]),
        (["B-PER", "L-PER", "U-PER"], [2, 1]),
        (["noun", "noun", "verb"], [2, 1]),
        (["date-time", "date-time", "O"], [2, 1]),
    ],
)
def test_runs_of_one_label_in_every_scheme(names: list[str], groups: list[int]) -> None:
    text = "abc"
    tokens = [token(text[at], at, *np.eye(3)[at]) for at in range(3)]
    assert [len(each["word"]) for each in spans(tokens, names, "simple", text)] == groups


def test_places_without_space_and_with_their_marks() -> None:
    assert neat(" ab c", [(0, 3), (3, 5)]) == ((1, 3), (4, 5))
    assert neat("e\u0301a", [(0, 1), (2, 3)]) == ((0, 2), (2, 3))
    assert neat("e\u0301a", [(0, 1), (1, 2), (2, 3)]) == ((0, 1), (1, 2), (2, 3))
    assert neat("  ", [(0, 2)]) == ((2, 2),)
    assert neat("\u200b", []) == ()


class Slow:
    """A tokenizer that keeps no places."""

    def __init__(self, *pieces: str) -> None:
        self.pieces = list(pieces)

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str]:
        return self.pieces


def test_places_of_a_tokenizer_that_keeps_none() -> None:
    slow = Slow("[CLS]", "my", "na", "##me", "[UNK]", "pa@@", "ris</w>", "[SEP]")
    places = found(slow, "My name İ Paris", {"input_ids": []})
    assert places == (None, (0, 2), (3, 5), (5, 7), None, None, None, None)
    slow = Slow("the", "▁dog", "the")
    assert found(slow, "the dog the", {"input_ids": []}) == ((0, 3), (4, 7), (8, 11))


def test_windows_cover_all_tokens_with_their_overlap() -> None:
    assert windows(5, 10, 3) == [range(5)]
    assert windows(10, 4, 1) == [range(4), range(3, 7), range(6, 10)]
    assert windows(0, 4, 1) == [range(0)]


def test_a_token_speaks_from_the_window_with_most_context() -> None:
    parts = windows(10, 6, 4)
    values = [np.full((len(part), 1), at, dtype=np.float32) for at, part in enumerate(parts)]
    assert together(10, parts, values)[:, 0].tolist() == [0, 0, 0, 0, 1, 1, 2, 2, 2, 2]
    assert together(0, windows(0, 6, 3), [np.zeros((0, 2), dtype=np.float32)]).shape == (0, 2)
