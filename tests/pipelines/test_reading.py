"""How a caller's words become rows and parameters, and what is said when they do not."""

from typing import Any

import pytest

from pipelines.errors import InvalidInput, WrongShape
from pipelines.kinds.inputs import Lines, Table, Text
from pipelines.reading import split, with_parameters
from pipelines.registry import TASKS
from pipelines.settings import Limits
from pipelines.task import Inputs, Params, Request

LIMITS = Limits(items=3)
CHAT = [{"role": "user", "content": "Hello"}]


def read(tag: str, body: Any, **more: Any) -> Request:
    return TASKS[tag].read(body, LIMITS, **more)


def given(tag: str, body: Any) -> tuple[Any, dict[str, Any]]:
    """The first row, and the parameters that were set, as plain values."""
    request = read(tag, body)
    params: dict[str, Any] = request.params.model_dump(exclude_unset=True)
    return request.inputs[0].model_dump(exclude_unset=True), params


# Rows ------------------------------------------------------------------------------------------


class One(Inputs):
    text: Text


class OneAndMore(Inputs):
    text: Text
    label: str = "x"


class Two(Inputs):
    query: Text
    texts: Lines


class OneList(Inputs):
    texts: Lines


class OneTable(Inputs):
    data: Table


@pytest.mark.parametrize(
    ("model", "value", "rows", "many"),
    [
        (One, "a", [{"text": "a"}], False),
        (One, ["a", "b"], [{"text": "a"}, {"text": "b"}], True),
        (One, {"text": "a"}, [{"text": "a"}], False),
        (One, [{"text": "a"}, "b"], [{"text": "a"}, {"text": "b"}], True),
        (One, {}, [{"text": {}}], False),
        (One, [], [{"text": []}], False),
        (OneAndMore, "a", [{"text": "a"}], False),
        (OneAndMore, {"text": "a", "label": "b"}, [{"text": "a", "label": "b"}], False),
        (Two, {"query": "a"}, [{"query": "a"}], False),
        (Two, [{"query": "a"}], [{"query": "a"}], True),
        (OneList, ["a", "b"], [{"texts": ["a", "b"]}], False),
        (OneList, [["a"], ["b"]], [{"texts": ["a"]}, {"texts": ["b"]}], True),
        (OneList, [{"texts": ["a"]}], [{"texts": ["a"]}], True),
        (OneTable, {"a": [1]}, [{"data": {"a": [1]}}], False),
        (OneTable, {"data": {"a": [1]}}, [{"data": {"a": [1]}}], False),
        (OneTable, [{"a": [1]}], [{"data": {"a": [1]}}], True),
    ],
)
def test_rows(model: type[Inputs], value: Any, rows: list[Any], many: bool) -> None:
    assert split(model, value) == (rows, many)


def test_a_list_within_the_limit() -> None:
    assert len(read("text-generation", {"inputs": ["a", "b", "c"]}).inputs) == 3
    with pytest.raises(InvalidInput, match="inputs has 4 items; at most 3 go"):
        read("text-generation", {"inputs": ["a", "b", "c", "d"]})


# Wrong shape, or wrong value -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        ("text-generation", {"inputs": {"query": "a"}}),
        ("text-generation", {"inputs": [1]}),
        ("text-generation", {"input": "a"}),
        ("text-generation", {"inputs": "a", "params": {}}),
        ("text-generation", {"inputs": "a", "parameters": {"no_such": 1}}),
        ("sentence-similarity", {"inputs": "a"}),
        ("sentence-similarity", {"inputs": {"source_sentence": "a"}}),
        ("tabular-classification", {"inputs": "a"}),
        ("image-classification", {"inputs": 1}),
    ],
)
def test_the_body_of_another_task(tag: str, body: Any) -> None:
    with pytest.raises(WrongShape, match=f"{tag} takes|does not know"):
        read(tag, body)


@pytest.mark.parametrize(
    ("tag", "body", "names"),
    [
        ("text-generation", {"inputs": " "}, "inputs.text"),
        ("text-generation", {"inputs": "a", "parameters": {"top_p": 2}}, "parameters.top_p"),
        ("text-generation", {"inputs": "a", "parameters": {"best_of": 9}}, "parameters.best_of"),
        ("text-generation", {"inputs": "a", "parameters": {"top_k": "x"}}, "parameters.top_k"),
        ("text-generation", {"inputs": "a", "parameters": []}, "parameters must be an object"),
        (
            "sentence-similarity",
            {"inputs": {"source_sentence": "a", "sentences": ["b", ""]}},
            "inputs.sentences.1",
        ),
        ("tabular-classification", {"inputs": {"a": [1], "b": [1, 2]}}, "inputs.data"),
        ("image-classification", {"inputs": "not base64!"}, "inputs.image"),
        ("conversational", {"messages": [{"role": "king"}]}, "inputs.messages.0.role"),
    ],
)
def test_a_wrong_value_of_this_very_task(tag: str, body: Any, names: str) -> None:
    with pytest.raises(InvalidInput, match=names) as caught:
        read(tag, body)
    assert not isinstance(caught.value, WrongShape)


def test_a_sentence_for_each_problem() -> None:
    with pytest.raises(InvalidInput) as caught:
        read("text-generation", {"inputs": "a", "parameters": {"top_p": 2, "top_k": 0, "x": 1}})
    text = str(caught.value)
    assert text.startswith("parameters does not know x; allowed: adapter_id, best_of, ")
    assert "parameters.top_p: input should be less than or equal to 1; " in text
    assert text.endswith("parameters.top_k: input should be greater than or equal to 1.")


def test_what_a_task_takes_is_said_in_one_line() -> None:
    with pytest.raises(WrongShape) as one:
        read("text-generation", {})
    assert str(one.value) == (
        "The body lacks 'inputs'. text-generation takes {\"inputs\": <text>}."
    )
    with pytest.raises(WrongShape) as two:
        read("text-ranking", {})
    assert str(two.value).endswith('{"inputs": {"query": <text>, "texts": <lines>}}.')


# Parameters ------------------------------------------------------------------------------------


def test_a_callers_parameter_stands_before_the_authors() -> None:
    body = {"inputs": "a", "parameters": {"top_k": 3, "top_p": None}}
    params = read("text-generation", body, defaults={"top_k": 5, "top_p": 0.5}).params
    assert (params.top_k, params.top_p) == (3, 0.5)


def test_given_are_only_those_that_were_set() -> None:
    class Some(Params):
        a: int = 1
        b: int | None = None
        c: int = 3

    assert Some(a=1, b=None).given() == {"a": 1}


def test_parameters_come_from_a_query_too() -> None:
    """Where every value is a string."""
    params = TASKS["image-classification"].read_params({"top_k": "3"}, LIMITS)
    assert params.top_k == 3


# The odd bodies of real clients ----------------------------------------------------------------


def test_embedding_options_at_the_root() -> None:
    row, params = given(
        "feature-extraction",
        {"inputs": "a", "normalize": False, "truncate": None, "dimensions": 8},
    )
    assert row == {"text": "a"}
    assert params == {"normalize": False, "dimensions": 8}
    assert given("feature-extraction", {"inputs": "a", "parameters": {"normalize": False}}) == (
        {"text": "a"},
        {"normalize": False},
    )


@pytest.mark.parametrize("end", ["Right", "right", "Left", "left"])
def test_the_end_that_is_cut_is_the_right_or_the_left_one(end: str) -> None:
    body = {"inputs": "a", "truncation_direction": end}
    assert given("feature-extraction", body)[1] == {"truncation_direction": end.lower()}
    with pytest.raises(InvalidInput, match=r"truncation_direction: input should be 'left' or"):
        read("feature-extraction", {**body, "truncation_direction": "middle"})


@pytest.mark.parametrize("tag", ["tabular-classification", "tabular-regression"])
@pytest.mark.parametrize(
    "body",
    [
        {"table": {"a": [1]}, "parameters": {}},
        {"inputs": {"data": {"a": [1]}}},
        {"inputs": {"a": [1]}},
    ],
)
def test_a_table_at_the_root_or_inside(tag: str, body: Any) -> None:
    assert given(tag, body) == ({"data": {"a": [1]}}, {})


@pytest.mark.parametrize("labels", [["a", "b"], "a, b"])
def test_labels_as_a_parameter(labels: Any) -> None:
    body = {"inputs": "x", "parameters": {"candidate_labels": labels, "multi_label": False}}
    expected = {"text": "x", "candidate_labels": ["a", "b"]}
    assert given("zero-shot-classification", body) == (expected, {"multi_label": False})
    several = read("zero-shot-classification", {**body, "inputs": ["x", "y"]})
    assert several.many
    assert [row.text for row in several.inputs] == ["x", "y"]


def test_labels_that_are_missing_are_named() -> None:
    with pytest.raises(WrongShape, match="candidate_labels"):
        read("zero-shot-classification", {"inputs": "x"})
    with pytest.raises(InvalidInput, match="candidate_labels"):
        read("zero-shot-classification", {"inputs": "x", "parameters": {"candidate_labels": []}})


@pytest.mark.parametrize("template", ["no brace", "{} and {}", "{x}", "{} {0}", "{"])
def test_a_template_has_one_place_for_the_label(template: str) -> None:
    inputs = {"text": "x", "candidate_labels": ["a"]}
    with pytest.raises(InvalidInput, match="parameters.hypothesis_template: must have {} once"):
        read(
            "zero-shot-classification",
            {"inputs": inputs, "parameters": {"hypothesis_template": template}},
        )


def test_documents_beside_the_texts() -> None:
    inputs = {"query": "q", "texts": ["a"], "return_documents": True}
    row, params = given("text-ranking", {"inputs": inputs})
    assert row == {"query": "q", "texts": ["a"]}
    assert params == {"return_documents": True}


def test_a_body_of_open_ai() -> None:
    body = {"messages": CHAT, "max_completion_tokens": 5, "stop": "x", "n": 1, "tools": None}
    row, params = given("conversational", body)
    assert row == {"messages": CHAT}
    assert params == {"max_tokens": 5, "stop": ["x"], "n": 1}
    assert given("conversational", {"inputs": CHAT})[0] == row
    assert given("conversational", {"inputs": {"messages": CHAT}})[0] == row


@pytest.mark.parametrize(
    "option",
    [
        {"n": 129},
        {"top_logprobs": 21},
        {"presence_penalty": 2.5},
        {"tools": [{"type": "function"}]},
        {"tool_choice": "required"},
        {"logit_bias": {"5": 101}},
        {"response_format": {"type": "xml"}},
    ],
)
def test_what_a_chat_model_cannot_honour_is_refused_by_name(option: dict[str, Any]) -> None:
    (name,) = option
    with pytest.raises(InvalidInput, match=name):
        read("conversational", {"messages": CHAT, **option})


@pytest.mark.parametrize(
    "option",
    [
        {"n": 1},
        {"logprobs": False},
        {"presence_penalty": 0},
        {"tools": []},
        {"tool_choice": "auto"},
        {"logit_bias": {}},
        {"response_format": {"type": "text"}},
    ],
)
def test_its_neutral_value_is_taken(option: dict[str, Any]) -> None:
    assert given("conversational", {"messages": CHAT, **option})[1] == option


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        ("feature-extraction", {"inputs": "a", "normalize": True}),
        ("text-ranking", {"inputs": {"query": "q", "texts": ["a"], "return_documents": True}}),
        ("conversational", {"messages": CHAT, "max_tokens": 3}),
        ("zero-shot-classification", {"inputs": {"text": "a", "candidate_labels": ["b"]}}),
    ],
)
@pytest.mark.parametrize("parameters", ["text", [], [1], 1])
def test_an_odd_body_with_parameters_that_are_no_object(
    tag: str, body: dict[str, Any], parameters: Any
) -> None:
    with pytest.raises(InvalidInput, match="parameters must be an object"):
        read(tag, {**body, "parameters": parameters})


def test_parameters_of_a_body_stand_before_what_is_added() -> None:
    assert with_parameters({"parameters": {"a": 1}}, {"a": 2, "b": 2}) == {
        "parameters": {"a": 1, "b": 2}
    }


def test_an_unknown_name_deeper_in_is_a_wrong_value() -> None:
    parameters = {"generate_parameters": {"no_such": 1}}
    with pytest.raises(InvalidInput, match=r"parameters\.generate_parameters\.no_such") as caught:
        read("translation", {"inputs": "a", "parameters": parameters})
    assert not isinstance(caught.value, WrongShape)
