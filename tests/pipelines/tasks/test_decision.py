"""What decision answers besides what tests/zoo compares."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from pipelines import registry
from pipelines.errors import InvalidInput
from pipelines.kinds.outputs import Decided, output_kind
from pipelines.settings import Limits
from pipelines.tasks import decision
from tests.pipelines.tasks.bench import Bench
from tests.zoo import encoders as zoo
from tests.zoo.decision import QUESTIONS, STATE, jev, llama

TAG = "decision"
NOUL = {"is_it": {"type": "noul"}}


def row(state: Any = STATE, questions: Any = QUESTIONS) -> dict[str, Any]:
    return {"state": state, "questions": questions}


@pytest.mark.parametrize("build", [jev, llama])
@pytest.mark.parametrize("state", [STATE, {"text": STATE, "n": 1}, [STATE, "<s> <|mark|> </s>"]])
def test_every_question_has_its_answer(bench: Bench, build: Any, state: Any) -> None:
    found = bench.answer(TAG, build, row(state))
    TypeAdapter(Decided).validate_python(found)
    assert found.keys() == QUESTIONS.keys()
    assert 0 <= found["quick"]["noul"] <= 1
    assert sum(found["place"]["probabilities"].values()) == pytest.approx(1)
    assert 0 <= found["speed"]["score"] <= 2
    assert output_kind(Decided).distance(found, found) == 0


def test_distance_is_that_of_the_chances(bench: Bench) -> None:
    distance = output_kind(Decided).distance
    yes, no = ({"a": {"type": "noul", "noul": each}} for each in (0.75, 0.25))
    assert distance(yes, no) == 0.5
    assert distance(yes, {"b": yes["a"]}) == float("inf")


def test_who_decides(bench: Bench) -> None:
    task = registry.get(TAG)
    assert bench.model(jev).tag == TAG
    assert task.accepts(bench.model(llama))
    assert registry.choose(bench.model(llama)).tag != TAG
    assert [each.tag for each in registry.for_model(bench.model(jev))] == [TAG]
    assert not task.accepts(bench.model(zoo.bert("fill-mask", "MaskedLM")))


def test_a_chat_model_is_loaded_once_and_learns_no_mark(bench: Bench) -> None:
    loaders = {task.loader(bench.model(llama)) for task in registry.for_model(bench.model(llama))}
    assert len(loaders) == 1
    bench.answer(TAG, llama, row())
    assert "<|mark|>" not in bench.pipe(TAG, llama).tokenizer.get_vocab()


@pytest.mark.parametrize(
    "questions",
    [
        {},
        [],
        "text",
        {"a": {}},
        {"a": {"type": "rank"}},
        {"a": {"type": "choice"}},
        {"a": {"type": "choice", "criteria": {}}},
        {"a": {"type": "score", "criteria": []}},
        {"a": {"type": "noul", "criteria": {"maybe": "x"}}},
        {"a": {"type": "noul", "more": 1}},
        {"a": {"type": "score", "criteria": ["level"] * 27}},
    ],
)
def test_questions_that_are_refused_by_name(bench: Bench, questions: Any) -> None:
    with pytest.raises(InvalidInput, match="questions"):
        bench.answer(TAG, llama, row(questions=questions))


def test_a_state_that_is_longer_than_the_model_reads(bench: Bench) -> None:
    with pytest.raises(InvalidInput, match="this model reads 256"):
        bench.answer(TAG, llama, row("the fox " * 300, NOUL))


def test_several_are_answered_as_each_alone(bench: Bench) -> None:
    rows = [row(), row("a", NOUL)]
    many, _ = bench.answers(TAG, jev, rows)
    assert many == [bench.answer(TAG, jev, each) for each in rows]


def test_a_mark_inside_a_mark_is_none_either() -> None:
    from transformers.decision.template_utils import MARK, SPLIT

    nested = MARK[:3] + SPLIT[:4] + MARK + SPLIT[4:] + MARK[3:]
    left = decision.without_marks({"state": f"a{nested}b"})["state"]
    assert MARK not in left
    assert SPLIT not in left


@pytest.mark.parametrize("state", [{"a": "x " * 200_000}, ["y" * 300_000]])
def test_a_state_of_any_shape_has_a_limit(state: Any) -> None:
    with pytest.raises(InvalidInput, match=r"inputs\.state.* characters, but at most"):
        registry.get(TAG).read({"inputs": row(state)}, Limits())
