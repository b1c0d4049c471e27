"""What text-classification answers besides what tests/zoo compares."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForSequenceClassification, pipeline

from pipelines import registry
from pipelines.errors import BrokenModel, InvalidInput
from pipelines.settings import Limits
from tests.pipelines.tasks.bench import Bench
from tests.zoo import encoders as zoo
from tests.zoo.alike import alike
from tests.zoo.encoders import NAMES, labels
from tests.zoo.parts import card
from tests.zoo.text_classification import cross_encoder

TAG = "text-classification"
HEAD = "SequenceClassification"
BERT = zoo.bert(TAG, HEAD, **labels(NAMES))
SEVERAL = zoo.roberta(TAG, HEAD, problem_type="multi_label_classification", **labels(NAMES))
NUMBER = zoo.bert(TAG, HEAD, problem_type="regression", **labels({0: "stars"}))
ONE = zoo.distilbert(TAG, HEAD, **labels({0: "spam"}))
BART = zoo.bart(TAG, HEAD, **labels(NAMES))
GPT2 = zoo.gpt2(TAG, HEAD, **labels(NAMES))
XLMR = zoo.xlm_roberta(TAG, HEAD, **labels(NAMES))
JUDGE = zoo.bert(
    "zero-shot-classification", HEAD, **labels({0: "entailment", 1: "neutral", 2: "contradiction"})
)
LONG = "the quick fox " * 400
CLOSE = 1e-5


@pytest.mark.parametrize("build", [BERT, SEVERAL, NUMBER, ONE, BART, GPT2])
@pytest.mark.parametrize("function", [None, "sigmoid", "softmax", "none"])
def test_scores_are_those_of_transformers(bench: Bench, build: Any, function: str | None) -> None:
    found = bench.answer(TAG, build, "a quick fox", function_to_apply=function)
    library = pipeline(TAG, model=str(bench.path(build)))
    if build is ONE:
        library.tokenizer.model_input_names = ["input_ids", "attention_mask"]
    expected = library("a quick fox", top_k=None, function_to_apply=function)
    assert [each["label"] for each in found] == [each["label"] for each in expected]
    scores = [each["score"] for each in expected]
    assert [each["score"] for each in found] == pytest.approx(scores, abs=CLOSE)


def test_one_answer_stands_in_a_list_of_one(bench: Bench) -> None:
    task = registry.get(TAG)
    found = bench.answer(TAG, BERT, "a fox")
    assert task.wire([found]) == [found]


def test_only_the_best_few(bench: Bench) -> None:
    every = bench.answer(TAG, BERT, "a fox")
    assert bench.answer(TAG, BERT, "a fox", top_k=2) == every[:2]
    assert bench.answer(TAG, BERT, "a fox", top_k=1000) == every


@pytest.mark.parametrize(
    ("name", "value"),
    [("top_k", 0), ("top_k", -1), ("top_k", "many"), ("function_to_apply", "relu"), ("topk", 1)],
)
def test_parameters_that_are_refused_by_name(bench: Bench, name: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=name):
        bench.answer(TAG, BERT, "a fox", **{name: value})


def test_a_second_text_counts(bench: Bench) -> None:
    alone = bench.answer(TAG, BERT, "a fox")
    pair = bench.answer(TAG, BERT, {"text": "a fox", "text_pair": "a dog"})
    assert alone != pair
    assert alone == bench.answer(TAG, BERT, {"text": "a fox", "text_pair": None})
    with pytest.raises(InvalidInput, match="text_pair"):
        bench.answer(TAG, BERT, {"text": "a fox", "text_pair": " "})


@pytest.mark.parametrize("build", [BERT, SEVERAL, ONE, BART, GPT2, XLMR])
def test_a_long_text_is_cut_and_that_is_told(bench: Bench, build: Any) -> None:
    (found,), told = bench.answers(TAG, build, LONG)
    assert told == ["inputs is longer than the 64 tokens that this model reads; the rest was left "
                    "out."]  # fmt: skip
    (again,), _ = bench.answers(TAG, build, LONG + "a lazy dog")
    assert alike(again, found)
    (_,), told = bench.answers(TAG, build, {"text": LONG, "text_pair": LONG})
    assert len(told) == 1


def test_the_model_reads_exactly_as_many_tokens_as_it_says(bench: Bench) -> None:
    pipe = bench.pipe(TAG, SEVERAL)
    letters = pipe.most - 2
    assert pipe.most == 64
    assert len(bench.answer(TAG, SEVERAL, "\t" * (letters - 1) + "x")) == 3


@pytest.mark.parametrize("build", [BERT, SEVERAL, BART, GPT2, XLMR])
def test_a_batch_is_answered_as_each_alone(bench: Bench, build: Any) -> None:
    texts = [
        "a",
        LONG,
        "東京は 🦊 日本",
        "e\u0301 naß",
        "</s> <s> [SEP] [MASK]",
        "x " * 20,
        "\u200b",
    ]
    many, _ = bench.answers(TAG, build, texts)
    alone = [bench.answers(TAG, build, text)[0][0] for text in texts]
    for found, expected in zip(many, alone, strict=True):
        assert [each["label"] for each in found] == [each["label"] for each in expected]
        scores = [each["score"] for each in expected]
        assert [each["score"] for each in found] == pytest.approx(scores, abs=CLOSE)


def test_a_judge_of_inference_serves_both_tasks_with_one_model(bench: Bench) -> None:
    model = bench.model(JUDGE)
    assert [task.tag for task in registry.for_model(model)][:2] == ["zero-shot-classification", TAG]
    both = [registry.get(tag).loader(model) for tag in ("zero-shot-classification", TAG)]
    assert both[0] == both[1]
    found = bench.answer(TAG, JUDGE, {"text": "a fox", "text_pair": "an animal"})
    assert {each["label"] for each in found} == {"entailment", "neutral", "contradiction"}


def test_a_reranker_labels_only_if_its_card_says_so(bench: Bench) -> None:
    def reranker(folder: Path) -> None:
        cross_encoder(folder)
        card(folder, "text-ranking", "sentence-transformers")

    def for_inference(folder: Path) -> None:
        JUDGE(folder)
        card(folder, "text-ranking", "sentence-transformers")

    tasks = [task.tag for task in registry.for_model(bench.model(cross_encoder))]
    assert tasks == [TAG, "text-ranking"]
    assert [task.tag for task in registry.for_model(bench.model(reranker))] == ["text-ranking"]
    several = {task.tag for task in registry.for_model(bench.model(for_inference))}
    assert {TAG, "zero-shot-classification"} <= several
    assert len(bench.answer(TAG, for_inference, "a fox")) == 3


def test_a_body_with_labels_is_the_other_task(bench: Bench) -> None:
    body = {"inputs": "a fox", "parameters": {"candidate_labels": ["a", "b"]}}
    with pytest.raises(InvalidInput, match="candidate_labels"):
        registry.get(TAG).read(body, Limits())


def test_a_model_without_the_head_is_refused(bench: Bench) -> None:
    """Nothing names its class, so only its weights show that the head would be random."""

    def headless(folder: Path) -> None:
        zoo.bert(TAG, "MaskedLM")(folder)
        config = (folder / "config.json").read_text()
        (folder / "config.json").write_text(config.replace('"BertForMaskedLM"', ""))

    with pytest.raises(BrokenModel, match="lacks weights of SequenceClassification"):
        bench.pipe(TAG, headless)
    masked = bench.model(zoo.bert(TAG, "MaskedLM"))
    assert not registry.get(TAG).accepts(masked)
    assert registry.get("fill-mask").accepts(masked)


def test_scores_are_no_less_exact_than_the_model(bench: Bench) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(bench.path(NUMBER)).eval()
    tokenizer = bench.pipe(TAG, NUMBER).tokenizer
    with torch.inference_mode():
        stars = float(model(**tokenizer("a fox", return_tensors="pt")).logits)
    assert bench.answer(TAG, NUMBER, "a fox") == [{"label": "stars", "score": pytest.approx(stars)}]
