from typing import Any

import pytest

from pipelines.models.card import (
    Example,
    Examples,
    Rejected,
    examples,
    inference_parameters,
    opted_out,
)


def one(**entry: Any) -> Example:
    found = examples({"widget": [entry]})
    assert found.rejected == ()
    return found.accepted[0]


CHAT = [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    ("entry", "inputs", "parameters"),
    [
        ({"text": "Hello"}, {"text": "Hello"}, {}),
        ({"text": 42}, {"text": "42"}, {}),
        ({"text": "Who?", "context": "Me."}, {"text": "Who?", "context": "Me."}, {}),
        ({"messages": CHAT}, {"messages": CHAT}, {}),
        ({"src": "https://x.org/a.png"}, {"src": "https://x.org/a.png"}, {}),
        ({"src": "samples/a.wav"}, {"src": "samples/a.wav"}, {}),
        ({"src": "a.png", "prompt": "snow"}, {"src": "a.png", "prompt": "snow"}, {}),
        ({"text": "a cat", "output": {"url": "cat.png"}}, {"text": "a cat"}, {}),
        (
            {"text": "x", "candidate_labels": "a, b,c ", "multi_class": True},
            {"text": "x"},
            {"candidate_labels": ["a", "b", "c"], "multi_label": True},
        ),
        (
            {"src": "a.png", "candidate_labels": ["cat", "dog"]},
            {"src": "a.png"},
            {"candidate_labels": ["cat", "dog"]},
        ),
        (
            {"source_sentence": "a", "sentences": ["b, c", "d"]},
            {"source_sentence": "a", "sentences": ["b, c", "d"]},
            {},
        ),
        (
            {"text": "How many?", "table": {"a": [1], "b": ["2"]}},
            {"text": "How many?", "table": {"a": [1], "b": ["2"]}},
            {},
        ),
        ({"structured_data": {"a": [1, 2]}}, {"table": {"a": [1, 2]}}, {}),
        ({"text": "x", "parameters": {"top_k": 3}}, {"text": "x"}, {"top_k": 3}),
        ({"text": "x", "something": "else"}, {"text": "x"}, {}),
    ],
)
def test_forms_of_the_hub(entry: Any, inputs: Any, parameters: Any) -> None:
    example = one(**entry)
    assert (example.inputs, example.parameters) == (inputs, parameters)


def test_titles_and_groups() -> None:
    found = examples({"widget": [{"text": "a"}, {"text": "b", "example_title": "B", "group": "G"}]})
    assert [(e.title, e.group) for e in found.accepted] == [("Example 1", None), ("B", "G")]


def test_the_authors_own_output_is_kept() -> None:
    output = [{"label": "POSITIVE", "score": 0.8}]
    assert one(text="I like you", output=output).output == output


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("Hello", "it is a str"),
        (None, "it is a NoneType"),
        ({}, "it has none of text, context"),
        ({"txt": "Hello"}, "it has 'txt'"),
        ({"candidate_labels": "a, b"}, "it has none of text"),
        ({"text": ["a"]}, "text is a list"),
        ({"text": True}, "text is a bool"),
        ({"src": "/etc/passwd"}, "src is neither"),
        ({"src": "../../x.png"}, "src is neither"),
        ({"src": "file:///etc/passwd"}, "src is neither"),
        ({"src": "a\\b"}, "src is neither"),
        ({"messages": "Hello"}, "messages is not a list"),
        ({"messages": [{"role": "user"}]}, "messages is not a list"),
        ({"source_sentence": "a", "sentences": "b"}, "sentences is a str"),
        ({"table": [[1, 2]]}, "table is not a mapping"),
        ({"table": {"a": 1}}, "table has a column"),
        ({"table": {"a": [1], "b": [1, 2]}}, "table has columns of different lengths"),
        ({"text": "x", "multi_class": "yes"}, "multi_class is a str"),
        ({"text": "x", "parameters": [1]}, "parameters is a list"),
    ],
)
def test_what_is_rejected_says_why(entry: Any, why: str) -> None:
    found = examples({"widget": [{"text": "fine"}, entry]})
    assert [example.title for example in found.accepted] == ["Example 1"]
    assert [each.number for each in found.rejected if why in each.why] == [2]


def test_a_widget_that_is_no_list() -> None:
    assert examples({"widget": {"text": "x"}}) == Examples(
        rejected=(Rejected(1, "widget is not a list of examples."),)
    )


@pytest.mark.parametrize("widget", [None, [], False])
def test_no_widget(widget: Any) -> None:
    assert examples({"widget": widget}) == Examples()
    assert examples({}) == Examples()


@pytest.mark.parametrize(
    ("card", "parameters", "out"),
    [
        ({"inference": {"parameters": {"temperature": 0.7}}}, {"temperature": 0.7}, False),
        ({"inference": False}, {}, True),
        ({"inference": True}, {}, False),
        ({"inference": {"parameters": [1]}}, {}, False),
        ({"inference": "no"}, {}, False),
        ({}, {}, False),
    ],
)
def test_inference(card: Any, parameters: Any, out: bool) -> None:
    assert inference_parameters(card) == parameters
    assert opted_out(card) is out
