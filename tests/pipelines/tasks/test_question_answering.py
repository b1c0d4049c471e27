"""What question-answering answers besides what tests/zoo compares."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import transformers

from pipelines.errors import BrokenModel, InvalidInput
from pipelines.loaders.answers import answers, likeliest, widened, word_edges
from pipelines.loaders.reader import Reading
from tests.pipelines.loaders.odd import configure
from tests.pipelines.tasks.bench import Bench
from tests.zoo import encoders as zoo
from tests.zoo.alike import alike
from tests.zoo.parts import SMALL, random, save

TAG = "question-answering"
HEAD = "QuestionAnswering"
BERT = zoo.bert(TAG, HEAD)
ROBERTA = zoo.roberta(TAG, HEAD)
XLMR = zoo.xlm_roberta(TAG, HEAD)
MPNET = zoo.mpnet(TAG, HEAD)
CANINE = zoo.canine(TAG, HEAD)
BART = zoo.bart(TAG, HEAD)
EVERY = [BERT, ROBERTA, XLMR, MPNET, CANINE, BART]
QUESTION = "Who is quick?"
TEXT = "The quick brown fox jumps over the lazy dog."
LONG = " ".join([TEXT] * 20)
CLOSE = 1e-5


def asked(context: str = TEXT, question: str = QUESTION) -> dict[str, str]:
    return {"question": question, "context": context}


def test_one_answer_is_an_object_and_several_are_a_list(bench: Bench) -> None:
    one = bench.answer(TAG, BERT, asked())
    assert one.keys() == {"answer", "score", "start", "end"}
    assert bench.answer(TAG, BERT, asked(), top_k=1) == one
    several = bench.answer(TAG, BERT, asked(), top_k=4)
    assert len(several) == 4
    assert several[0] == one
    scores = [each["score"] for each in several]
    assert scores == sorted(scores, reverse=True)
    assert len({(each["start"], each["end"]) for each in several}) == 4


def test_there_may_be_fewer_answers_than_asked_for(bench: Bench) -> None:
    found = bench.answer(TAG, BERT, asked("fox ing"), top_k=100)
    assert {each["answer"] for each in found} == {"fox", "ing", "fox ing"}


@pytest.mark.parametrize("build", EVERY)
@pytest.mark.parametrize(
    "text",
    [
        "  Иван  lives\tin\n東京。",
        "👩‍👩‍👧 🦊 in Straße",
        "Jose\u0301 nai\u0308f",
        "ภาษาไทย हिन्दी",
        "x",
    ],
)
def test_every_answer_is_what_stands_at_its_place(bench: Bench, build: Any, text: str) -> None:
    for words in (True, False):
        found = bench.answer(TAG, build, asked(text), top_k=20, align_to_words=words)
        answers = found if isinstance(found, list) else [found]
        assert answers
        for each in answers:
            assert each["answer"] == text[each["start"] : each["end"]]
            assert each["answer"]
            assert each["answer"] == each["answer"].strip()


def test_the_longest_answer(bench: Bench) -> None:
    found = bench.answer(TAG, BERT, asked("a b c d e"), top_k=100, max_answer_len=2)
    assert {each["answer"] for each in found} == set("abcde") | {"a b", "b c", "c d", "d e"}


def test_no_answer_may_be_one(bench: Bench) -> None:
    found = bench.answer(TAG, BERT, asked(), top_k=100, handle_impossible_answer=True)
    (none,) = [each for each in found if not each["answer"]]
    assert (none["start"], none["end"]) == (0, 0)
    scores = [each["score"] for each in found]
    assert scores == sorted(scores, reverse=True)
    without = bench.answer(TAG, BERT, asked(), top_k=100)
    assert all(each["answer"] for each in without)
    assert sum(each["score"] for each in without) + none["score"] <= 1 + CLOSE


def test_a_model_without_a_token_for_no_answer(bench: Bench) -> None:
    def gpt2(folder: Path) -> None:
        config = transformers.GPT2Config(
            n_embd=32, n_layer=1, n_head=2, n_positions=64, vocab_size=400, eos_token_id=0
        )
        model = random(transformers.GPT2ForQuestionAnswering, config)
        tokenizer = zoo.byte_pieces()
        tokenizer.cls_token = None
        save(folder, TAG, model, tokenizer)

    assert bench.answer(TAG, gpt2, asked())["answer"]
    with pytest.raises(InvalidInput, match=r"parameters\.handle_impossible_answer"):
        bench.answer(TAG, gpt2, asked(), handle_impossible_answer=True)


# Long texts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", [BERT, ROBERTA, XLMR, MPNET])
@pytest.mark.parametrize(
    "parameters", [{}, {"doc_stride": 0}, {"max_seq_len": 40}, {"doc_stride": 20}]
)
def test_a_long_text_is_read_to_its_end(
    bench: Bench, build: Any, parameters: dict[str, int]
) -> None:
    found = bench.answer(TAG, build, asked(LONG), top_k=100, max_answer_len=1, **parameters)
    assert len(found) == 100
    assert max(each["end"] for each in found) > len(LONG) / 2
    for each in found:
        assert each["answer"] == LONG[each["start"] : each["end"]]


def test_windows_do_not_change_what_fits_into_one(bench: Bench) -> None:
    whole = bench.answer(TAG, BERT, asked("a quick fox"), top_k=5)
    assert bench.answer(TAG, BERT, asked("a quick fox"), top_k=5, doc_stride=3) == whole


@pytest.mark.parametrize(
    ("name", "value"),
    [("top_k", 0), ("max_answer_len", 0), ("max_question_len", 0), ("max_seq_len", 65),
     ("max_seq_len", 10**30), ("doc_stride", 10**30), ("max_question_len", 10**30),
      ("doc_stride", -1), ("doc_stride", 31), ("topk", 1),
     ("handle_impossible_answer", "perhaps")],
)  # fmt: skip
def test_parameters_that_are_refused_by_name(bench: Bench, name: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=name):
        bench.answer(TAG, BERT, asked(LONG, "Who is?"), **{name: value})


def test_a_window_without_room_for_the_text(bench: Bench) -> None:
    with pytest.raises(InvalidInput, match="max_seq_len: 8 tokens leave no room"):
        bench.answer(TAG, ROBERTA, asked(), max_seq_len=8)


def test_a_long_question_is_cut_and_that_is_told(bench: Bench) -> None:
    question = "who is quick " * 50
    (found,), told = bench.answers(TAG, BERT, asked(TEXT, question))
    assert found["answer"]
    assert told == ["inputs.question is longer than the 32 tokens that this model reads; the rest "
                    "was left out."]  # fmt: skip
    (_,), told = bench.answers(TAG, BERT, asked(TEXT, question), max_question_len=7)
    assert "7 tokens" in told[0]
    (again,), _ = bench.answers(TAG, BERT, asked(TEXT, question + "?"))
    assert alike(again, found)


@pytest.mark.parametrize("build", EVERY)
def test_a_batch_is_answered_as_each_alone(bench: Bench, build: Any) -> None:
    rows = [asked(), asked(LONG), asked("東京 🦊 is</s> quick", "Who?")]
    many, _ = bench.answers(TAG, build, rows, top_k=3)
    for row, found in zip(rows, many, strict=True):
        alone = bench.answer(TAG, build, row, top_k=3)
        assert [each["answer"] for each in found] == [each["answer"] for each in alone]
        scores = [each["score"] for each in alone]
        assert [each["score"] for each in found] == pytest.approx(scores, abs=CLOSE)


@pytest.mark.parametrize("build", [BERT, ROBERTA, XLMR])
@pytest.mark.parametrize("text", ["\u200b", "\u0301", "\0"])
def test_a_text_without_a_token_has_no_answer(bench: Bench, build: Any, text: str) -> None:
    tokens = bench.pipe(TAG, build).tokenizer(text, add_special_tokens=False)["input_ids"]
    alone = bench.answer(TAG, build, asked(text))
    if not tokens:
        assert alone == {"answer": "", "score": 0, "start": 0, "end": 0}
        assert bench.answer(TAG, build, asked(text), top_k=3) == []
        (none,) = bench.answer(TAG, build, asked(text), top_k=3, handle_impossible_answer=True)
        assert none["score"] == pytest.approx(1)
    many, _ = bench.answers(TAG, build, [asked(), asked(text), asked(TEXT, text)])
    assert many[0]["answer"]
    assert many[1]["answer"] == alone["answer"]


def test_a_reader_that_was_trained_with_the_text_first(bench: Bench) -> None:
    """XLNet, which pads on the left."""

    def xlnet(folder: Path) -> None:
        tokenizer = zoo.byte_pieces()
        config = transformers.XLNetConfig(
            vocab_size=len(tokenizer), d_model=32, n_layer=2, n_head=2, d_inner=64, pad_token_id=1,
            bos_token_id=0, eos_token_id=2,
        )  # fmt: skip
        save(folder, TAG, random(transformers.XLNetForQuestionAnsweringSimple, config), tokenizer)
        configure(folder, "tokenizer_config.json", padding_side="left")

    row = asked()
    found = bench.answer(TAG, xlnet, row, max_answer_len=3, align_to_words=False)
    pipe = bench.pipe(TAG, xlnet)
    given = pipe.tokenizer(row["context"], row["question"], return_tensors="pt")
    places = pipe.tokenizer(row["context"], return_offsets_mapping=True)["offset_mapping"]
    output = pipe.model(**given)
    own = range(1, len(places) - 1)
    starts, ends = (x[0, [0, *own]].softmax(-1).tolist()
                    for x in (output.start_logits, output.end_logits))  # fmt: skip
    spans = ((starts[a] * ends[b], a, b) for a, b in product(own, own) if a <= b < a + 3)
    score, first, last = max(spans)
    assert found["score"] == pytest.approx(score, abs=CLOSE)
    assert found["end"] == places[last][1]
    assert found["start"] in (places[first][0], places[first][0] + 1)


def test_a_head_of_another_kind_is_refused(bench: Bench) -> None:
    """AutoModelForQuestionAnswering takes XLNet's simple head; the beam search one has other
    weights."""

    def beams(folder: Path) -> None:
        tokenizer = zoo.byte_pieces()
        config = transformers.XLNetConfig(
            **{"vocab_size": len(tokenizer), "d_model": 32, "n_layer": 1, "n_head": 2},
            d_inner=SMALL["intermediate_size"],
        )
        save(folder, TAG, random(transformers.XLNetForQuestionAnswering, config), tokenizer)

    with pytest.raises(BrokenModel, match="lacks weights of QuestionAnswering"):
        bench.pipe(TAG, beams)


# Decoding --------------------------------------------------------------------------------------


def reading(starts: list[float], ends: list[float], nothing: float | None = None) -> Reading:
    places = tuple((2 * at, 2 * at + 1) for at in range(len(starts)))
    return Reading(
        places, np.array(starts, dtype=np.float32), np.array(ends, dtype=np.float32), nothing
    )


def test_the_end_is_never_before_the_start() -> None:
    (found,) = answers(reading([0.1, 0.9], [0.8, 0.2]), "a b", 5, 1, False, False)
    assert found["answer"] == "b"
    assert found["score"] == pytest.approx(0.18)


def test_the_likeliest_is_found_among_all() -> None:
    draw = np.random.default_rng(0)
    starts, ends = (draw.dirichlet(np.ones(12)).astype(np.float32) for _ in range(2))
    text = "abcdefghijkl".replace("", " ")[1:]
    found = answers(reading(list(starts), list(ends)), text, 4, 100, False, False)
    expected = sorted(
        (float(starts[a] * ends[b]) for a in range(12) for b in range(a, min(a + 4, 12))),
        reverse=True,
    )
    assert [each["score"] for each in found] == pytest.approx(expected)


@pytest.mark.parametrize("most", [1, 7, 60, 1000])
def test_spans_come_in_the_order_of_the_whole_table(most: int) -> None:
    draw = np.random.default_rng(1)
    starts, ends = (draw.integers(0, 4, 30).astype(np.float32) for _ in range(2))  # many are equal
    every = [(float(starts[a] * ends[a + more]), a, a + more)
             for more in range(9) for a in range(30 - more)]  # fmt: skip
    every.sort(key=lambda span: -span[0])
    found = Reading((), starts, ends, None)
    assert list(likeliest(found, 9, most)) == every[:most]


def test_an_answer_grows_to_whole_words() -> None:
    text = "nobody's home-made"
    edges = word_edges(text)
    assert text[slice(*widened(edges, 2, 4))] == "nobody"
    assert text[slice(*widened(edges, 14, 15))] == "made"
    assert widened(edges, 0, 18) == (0, 18)
    assert widened(word_edges("e\u0301te"), 2, 3) == (0, 4)
    assert widened(word_edges("東京は日本"), 1, 3) == (1, 3)
    assert widened(word_edges("ภาษาไทย"), 1, 3) == (1, 3)
    assert widened(word_edges("in東京"), 2, 3) == (2, 3)


def test_a_text_without_anything_to_answer_with() -> None:
    one = np.ones(1, dtype=np.float32)
    assert answers(Reading((None,), one, one, None), "x", 5, 1, False, True) == []
