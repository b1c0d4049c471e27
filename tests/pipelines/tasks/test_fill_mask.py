"""What fill-mask answers besides what tests/zoo compares."""

from pathlib import Path
from typing import Any

import pytest
from transformers import pipeline

from pipelines import registry
from pipelines.errors import InvalidInput, UnsupportedTask
from tests.pipelines.tasks.bench import Bench
from tests.zoo import encoders as zoo

TAG = "fill-mask"
HEAD = "MaskedLM"
BERT = zoo.bert(TAG, HEAD)
ROBERTA = zoo.roberta(TAG, HEAD)
XLMR = zoo.xlm_roberta(TAG, HEAD)
EVERY = [BERT, ROBERTA, XLMR]
TEXT = "The quick <mask> jumps."
CLOSE = 1e-5


def near(found: Any, expected: Any) -> bool:
    """Equal but for the last digits of the scores."""
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(near, found, expected))
    rest = {k: v for k, v in expected.items() if k != "score"}
    return bool(found == {**rest, "score": pytest.approx(expected["score"], abs=CLOSE)})


@pytest.mark.parametrize("text", [TEXT, "<mask> and <mask> 東京 🦊", "<mask>", "e\u0301<mask>\n x"])
@pytest.mark.parametrize(
    ("build", "parameters"),
    [
        *((build, {}) for build in EVERY),
        *((build, {"top_k": 2}) for build in EVERY),
        # not XLM-R: transformers takes the space before a word for its first piece
        *((build, {"targets": ["the", "x", "the"]}) for build in (BERT, ROBERTA)),
    ],
)
def test_answers_are_those_of_transformers(
    bench: Bench, build: Any, text: str, parameters: dict[str, Any]
) -> None:
    found = bench.answer(TAG, build, text, **parameters)
    library = pipeline(TAG, model=str(bench.path(build)))
    expected = library(text.replace("<mask>", library.tokenizer.mask_token), **parameters)
    assert near(found, expected)


def test_several_masks_have_a_list_each(bench: Bench) -> None:
    found = bench.answer(TAG, BERT, "<mask> [MASK] fox", top_k=3)
    assert [len(each) for each in found] == [3, 3]


@pytest.mark.parametrize("build", EVERY)
def test_any_usual_mask_is_the_models_own(bench: Bench, build: Any) -> None:
    assert bench.answer(TAG, build, TEXT) == bench.answer(
        TAG, build, TEXT.replace("<mask>", "[MASK]")
    )


@pytest.mark.parametrize(("build", "token"), [(BERT, "[MASK]"), (ROBERTA, "<mask>")])
def test_without_a_mask_it_says_what_to_write(bench: Bench, build: Any, token: str) -> None:
    with pytest.raises(InvalidInput, match="no mask") as caught:
        bench.answer(TAG, build, "The quick fox")
    assert f"Write {token} where" in str(caught.value)


def test_a_tokenizer_without_a_mask(bench: Bench) -> None:
    def maskless(folder: Path) -> None:
        zoo.bert(TAG, HEAD)(folder)
        from tests.zoo.parts import byte_level

        byte_level().save_pretrained(folder)

    with pytest.raises(UnsupportedTask, match="no mask token"):
        bench.answer(TAG, maskless, TEXT)


def test_words_to_score_alone(bench: Bench) -> None:
    every = {each["token_str"]: each for each in bench.answer(TAG, BERT, TEXT, top_k=1000)}
    found = bench.answer(TAG, BERT, TEXT, targets=["fox", "the"])
    assert sorted(each["token_str"] for each in found) == ["fox", "the"]
    assert near(found, [every[each["token_str"]] for each in found])
    assert bench.answer(TAG, BERT, TEXT, targets="fox") == [
        each for each in found if each["token_str"] == "fox"
    ]


def test_a_target_in_pieces_is_told(bench: Bench) -> None:
    (found,), told = bench.answers(TAG, BERT, TEXT, targets=["dog"])
    assert found[0]["token_str"] == "d"
    assert told == ["The model has no one token for the target 'dog'; its first piece, 'd', was "
                    "scored."]  # fmt: skip


def test_a_space_before_a_target_is_no_piece_of_it(bench: Bench) -> None:
    (found,), told = bench.answers(TAG, XLMR, TEXT, targets=["fox"])
    assert found[0]["token_str"].strip()
    assert "'▁'" not in "".join(told)


@pytest.mark.parametrize(
    ("name", "value"),
    [("targets", ["🦊"]), ("targets", [""]), ("targets", ["\ud83e"]),
     ("targets", ["x" * 200_001]), ("targets", 1), ("top_k", 0),
     ("top_k", 1001), ("topk", 1)],
)  # fmt: skip
def test_parameters_that_are_refused_by_name(bench: Bench, name: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=name):
        bench.answer(TAG, BERT, TEXT, **{name: value})


def test_more_words_than_the_model_knows(bench: Bench) -> None:
    found = bench.answer(TAG, BERT, TEXT, top_k=1000)
    assert len(found) == bench.pipe(TAG, BERT).model.config.vocab_size
    assert sum(each["score"] for each in found) == pytest.approx(1)


@pytest.mark.parametrize("build", EVERY)
@pytest.mark.parametrize("before", [0, 50, 400])
@pytest.mark.parametrize("after", [0, 50, 400])
def test_a_long_text_is_read_around_its_mask(
    bench: Bench, build: Any, before: int, after: int
) -> None:
    text = "fox " * before + "<mask>" + " fox" * after
    (found,), told = bench.answers(TAG, build, text, top_k=2)
    assert [each["sequence"].count("fox") - each["token_str"].count("fox") for each in found] == [
        before + after
    ] * 2
    if before + after > 60:
        assert told == ["inputs is longer than the 64 tokens that this model reads; the rest was "
                        "left out."]  # fmt: skip


def test_masks_that_are_too_far_apart(bench: Bench) -> None:
    (found,), told = bench.answers(TAG, BERT, "<mask>" + " fox" * 60 + " <mask>" + " fox" * 9)
    assert (len(found), len(told)) == (2, 1)
    with pytest.raises(InvalidInput, match="further apart than the 64 tokens"):
        bench.answer(TAG, BERT, "<mask>" + " fox" * 61 + " <mask>")


def test_more_masks_or_words_than_one_answer_holds(bench: Bench) -> None:
    fifty = " ".join(["<mask>"] * 50)
    with pytest.raises(InvalidInput, match="inputs: 550 masks in all, but at most 512"):
        bench.answers(TAG, BERT, [fifty] * 11)
    with pytest.raises(InvalidInput, match=r"parameters\.top_k: .* at most 20,000"):
        bench.answers(TAG, BERT, [fifty] * 10, top_k=41)
    assert len(bench.answers(TAG, BERT, [fifty] * 2, top_k=3)[0]) == 2
    targets = bench.answers(TAG, BERT, [fifty] * 10, top_k=1000, targets=["fox"])[0]
    assert len(targets) == 10
    with pytest.raises(InvalidInput, match="inputs: each word found .* at most 50,000,000"):
        bench.answers(TAG, BERT, f"{fifty} " + "fox " * 10_000, top_k=30)


@pytest.mark.parametrize("build", EVERY)
def test_a_batch_is_answered_as_each_alone(bench: Bench, build: Any) -> None:
    texts = ["<mask>", TEXT, "fox <mask> 東京 <mask> 🦊", "fox " * 99 + "<mask>"]
    many, _ = bench.answers(TAG, build, texts)
    for text, found in zip(texts, many, strict=True):
        assert near(found, bench.answers(TAG, build, text)[0][0])


def test_it_also_embeds(bench: Bench) -> None:
    tasks = [task.tag for task in registry.for_model(bench.model(BERT))]
    assert tasks[0] == TAG
    assert "feature-extraction" in tasks
