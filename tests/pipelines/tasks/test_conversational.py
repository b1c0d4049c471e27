"""Chat: tools called and answered, likelihoods, penalties, and what clients send."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from transformers.utils.logging import disable_progress_bar

from pipelines import registry
from pipelines.errors import InvalidInput
from pipelines.loaders.generation import Generator, Options
from pipelines.loaders.tools import Calls, found_in
from pipelines.settings import Limits
from tests.pipelines.tasks.dictation import dictated
from tests.pipelines.tasks.written import Writer, writer
from tests.zoo import parts
from tests.zoo.conversational import MESSAGES, TOOLS
from tests.zoo.text_generation import qwen

BUILDS: dict[str, Callable[[Path], None]] = {
    "plain": lambda folder: parts.llama(folder, positions=256),
    "tools": qwen,
}
Make = Callable[[str], Writer]
WEATHER = '{"name": "weather", "arguments": {"city": "Zürich"}}'


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    disable_progress_bar()
    folder = tmp_path_factory.mktemp("chat")
    return cache(lambda name: writer(folder, "conversational", BUILDS[name], name))


def read(**body: Any) -> Any:
    return registry.get("conversational").read({"messages": MESSAGES, **body}, Limits())


def choice(answer: Any) -> Any:
    (only,) = answer["choices"]
    return only


def ask(of: Writer, text: str, *special: str, messages: Any = MESSAGES, **parameters: Any) -> Any:
    """The answer of a model that writes `text`, which is the same whole and streamed."""
    given = {"temperature": 0, "max_tokens": 200} | parameters
    with dictated(of.pipe, text, *special):
        whole = of.ask(messages, **given)
    with dictated(of.pipe, text, *special):
        streamed = of.joined(messages, **given)
    assert without_ids(streamed) == without_ids(whole)
    return whole


def without_ids(answer: Any) -> Any:
    copied = json.loads(json.dumps(answer))
    for call in choice(copied)["message"].get("tool_calls") or ():
        assert len(call.pop("id")) == 9
    return copied


# Calls of tools --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"<tool_call>\n{WEATHER}\n</tool_call>", ["weather"]),
        (f"<tool_call>{WEATHER}</tool_call>\n<tool_call>{WEATHER}</tool_call>", ["weather"] * 2),
        (f"<tool_call>{WEATHER}", ["weather"]),
        (f"[TOOL_CALLS][{WEATHER}, {WEATHER}]", ["weather"] * 2),
        ('[TOOL_CALLS]weather[ARGS]{"city": "Zürich"}', ["weather"]),
        ('[TOOL_CALLS]weather[CALL_ID]abc[ARGS]{"city": "Zürich"}', ["weather"]),
        (WEATHER.replace("arguments", "parameters"), ["weather"]),
        (f"<|python_tag|>{WEATHER}; {WEATHER}", ["weather"] * 2),
    ],
)
def test_each_form_of_a_call_is_read(text: str, names: list[str]) -> None:
    found = found_in(text)
    assert [call["function"]["name"] for call in found] == names
    for call in found:
        assert call["type"] == "function"
        assert json.loads(call["function"]["arguments"]) == {"city": "Zürich"}
    assert len({call["id"] for call in found}) == len(found)


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>{"name": "weather", "argum',
        "<tool_call>weather</tool_call>",
        '{"city": "Zürich"}',
        '{"name": 1, "arguments": {}}',
        '{"name": "weather", "arguments": "Zürich"}',
        "{}",
        "[TOOL_CALLS]",
        "<tool_call>[1]</tool_call>",
    ],
)
def test_what_is_no_call_is_words(text: str) -> None:
    calls = Calls()
    shown = "".join(calls.push(letter) for letter in text)
    rest, found = calls.end()
    assert (shown + rest, found) == (text, [])


@pytest.mark.parametrize("text", ["", "a < b", "<tool_cal", "see [TOOL", "x {1}", " \n"])
def test_words_are_shown_as_they_come(text: str) -> None:
    calls = Calls()
    shown = [calls.push(letter) for letter in text]
    assert "".join(shown) + calls.end()[0] == text


def test_words_before_a_call_are_shown_at_once() -> None:
    calls = Calls()
    assert "".join(calls.push(letter) for letter in f"Wait. <tool_call>{WEATHER}") == "Wait. "
    rest, (call,) = calls.end()
    assert (rest, call["function"]["name"]) == ("", "weather")


def test_a_model_calls_a_tool(make: Make) -> None:
    answer = ask(make("tools"), f"<tool_call>{WEATHER}</tool_call>", tools=TOOLS)
    message = choice(answer)["message"]
    assert (choice(answer)["finish_reason"], message["content"]) == ("tool_calls", None)
    (call,) = message["tool_calls"]
    assert call["function"] == {"name": "weather", "arguments": '{"city": "Zürich"}'}
    assert call.keys() == {"id", "type", "function"}


def test_one_call_where_no_more_are_wanted(make: Make) -> None:
    text = '<tool_call>{"name": "weather"}</tool_call>' * 2
    several = choice(ask(make("tools"), text, tools=TOOLS))["message"]["tool_calls"]
    one = choice(ask(make("tools"), text, tools=TOOLS, parallel_tool_calls=False))
    assert (len(several), len(one["message"]["tool_calls"])) == (2, 1)


def test_a_call_is_streamed_with_its_number(make: Make) -> None:
    with dictated(make("tools").pipe, f"Hm <tool_call>{WEATHER}</tool_call>"):
        chunks = make("tools").chunks(MESSAGES, temperature=0, max_tokens=200, tools=TOOLS)
    deltas = [choice(chunk)["delta"] for chunk in chunks]
    assert "".join(delta["content"] for delta in deltas) == "Hm "
    (call,) = deltas[-1]["tool_calls"]
    assert (call["index"], choice(chunks[-1])["finish_reason"]) == (0, "tool_calls")
    assert not any("tool_calls" in delta for delta in deltas[:-1])
    assert "usage" in chunks[-1]


def test_a_call_that_was_cut_off_is_words(make: Make) -> None:
    answer = ask(make("tools"), f"<tool_call>{WEATHER}", tools=TOOLS, max_tokens=15)
    assert choice(answer)["finish_reason"] == "length"
    assert choice(answer)["message"]["content"].startswith("<tool_call>")
    assert "tool_calls" not in choice(answer)["message"]


@pytest.mark.parametrize("more", [{}, {"tools": TOOLS, "tool_choice": "none"}, {"tools": []}])
def test_nobody_calls_a_tool_that_was_not_offered(make: Make, more: dict[str, Any]) -> None:
    text = f"<tool_call>{WEATHER}</tool_call>"
    message = choice(ask(make("tools"), text, **more))["message"]
    assert message == {"role": "assistant", "content": text}


def test_a_special_token_begins_a_call(make: Make, tmp_path: Path) -> None:
    def build(folder: Path) -> None:
        qwen(folder)
        import transformers

        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        tokenizer.add_special_tokens({"extra_special_tokens": ["[TOOL_CALLS]", "<odd>"]})
        model = transformers.Qwen2ForCausalLM.from_pretrained(folder)
        model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)

    mistral = writer(tmp_path, "conversational", build, "mistral")
    answer = ask(mistral, f"[{WEATHER}]", "<odd>", "[TOOL_CALLS]", tools=TOOLS)
    assert choice(answer)["message"]["tool_calls"][0]["function"]["name"] == "weather"
    assert choice(ask(mistral, "Hi", "<odd>", tools=TOOLS))["message"]["content"] == "Hi"


def test_a_template_without_tools_is_told_from_one_with(make: Make) -> None:
    with pytest.raises(InvalidInput, match=r"parameters\.tools: .* choose a model that calls"):
        make("plain").ask(MESSAGES, tools=TOOLS)
    assert make("plain").ask(MESSAGES, tools=TOOLS, tool_choice="none", max_tokens=2)


def test_calls_and_their_answers_go_into_the_template(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = {"name": "weather", "arguments": '{"city": "Bern"}', "description": None}
    messages = [
        {"role": "developer", "content": "Be short."},
        {"role": "user", "content": [{"type": "text", "text": "Rain?"}], "name": "Ann"},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "abcdefghi", "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": "abcdefghi", "name": "weather", "content": "dry"},
    ]  # fmt: skip
    pipe, seen = make("tools").pipe, []
    steps = Generator.steps

    def spy(me: Generator, ids: list[int], options: Options) -> Any:
        seen.append(ids)
        return steps(me, ids, options)

    monkeypatch.setattr(Generator, "steps", spy)
    ask(make("tools"), "Yes", messages=messages, tools=TOOLS)
    assert pipe.tokenizer.decode(seen[0]).split("\n")[1:] == [
        "system: Be short.",
        "user: Rain?",
        'assistant: <tool_call>{"name": "weather", "arguments": {"city": "Bern"}}</tool_call>',
        "tool: dry",
        "assistant:",
    ]


def tool(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "odd", "parameters": schema}}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"tool_choice": "required"}, "tool_choice required needs tools"),
        ({"tool_choice": "often"}, r"parameters\.tool_choice"),
        ({"tool_choice": {"function": {"name": "weather"}}}, "names no tool; tools has: none"),
        (
            {"tools": TOOLS, "response_format": {"type": "json_object"}},
            "response_format goes with no tools",
        ),
        (
            {"tools": [tool({"not": {"type": "string"}})], "tool_choice": "required"},
            'tools: the parameters of odd: cannot be held to: Unimplemented keys: \\["not"\\]',
        ),
        ({"tools": [{"type": "search"}]}, r"parameters\.tools\.0\.type"),
        (
            {"tools": [{"type": "function", "function": {}}]},
            r"parameters\.tools\.0\.function\.name",
        ),
        ({"n": 0}, r"parameters\.n"),
        ({"logit_bias": {"1": 200}}, r"parameters\.logit_bias"),
        ({"response_format": {"type": "yaml"}}, r"parameters\.response_format: type should be"),
        ({"top_logprobs": 2}, "top_logprobs needs logprobs=true"),
        ({"top_logprobs": 21, "logprobs": True}, r"parameters\.top_logprobs"),
        ({"frequency_penalty": 2.1}, r"parameters\.frequency_penalty"),
        ({"max_completion_tokens": 0}, r"parameters\.max_tokens"),
    ],
)
def test_bad_options_are_refused_by_name(body: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        read(**body)


def test_a_null_does_not_wipe_the_length() -> None:
    assert read(max_tokens=7, max_completion_tokens=None).params.max_tokens == 7
    assert read(max_tokens=7, max_completion_tokens=9).params.max_tokens == 9
    assert read(max_completion_tokens=None).params.max_tokens == 256


def test_options_reach_the_model() -> None:
    options = read(frequency_penalty=0.5, presence_penalty=-1, logprobs=True, top_logprobs=3)
    made = options.params.options()
    assert (made.frequency, made.presence, made.top) == (0.5, -1, 3)


# Several answers, and a bias ----------------------------------------------------------------------


def test_several_answers_are_those_of_the_seeds_that_follow(make: Make) -> None:
    def ask(**more: Any) -> Any:
        return make("plain").ask(MESSAGES, temperature=2, max_tokens=6, **more)

    both = ask(n=2, seed=5)
    alone = [ask(seed=seed) for seed in (5, 6)]
    texts = [each["message"]["content"] for each in both["choices"]]
    assert texts == [choice(each)["message"]["content"] for each in alone]
    assert texts[0] != texts[1]
    assert [each["index"] for each in both["choices"]] == [0, 1]
    assert both["usage"]["prompt_tokens"] == alone[0]["usage"]["prompt_tokens"]
    assert both["usage"]["completion_tokens"] == 12
    assert make("plain").joined(MESSAGES, temperature=2, max_tokens=6, n=2, seed=5) == both


def test_a_bias_makes_a_token_likely_or_impossible(make: Make) -> None:
    def tokens(**more: Any) -> list[str]:
        answer = make("tools").ask(MESSAGES, temperature=0, max_tokens=4, logprobs=True, **more)
        return [each["token"] for each in choice(answer)["logprobs"]["content"]]

    tokenizer = make("tools").pipe.tokenizer
    fox = tokenizer.convert_tokens_to_ids("f")
    assert tokens(logit_bias={str(fox): 100}) == ["f"] * 4
    usual = tokens()
    first = tokenizer(usual[0], add_special_tokens=False)["input_ids"][0]
    assert tokens(logit_bias={str(first): -100})[0] != usual[0]
    with pytest.raises(InvalidInput, match=r"logit_bias: this model has the tokens 0 to"):
        tokens(logit_bias={"100000": 1})


# Likelihoods, and odd texts --------------------------------------------------------------------


def test_how_likely_each_token_was(make: Make) -> None:
    answer = make("plain").ask(MESSAGES, max_tokens=5, temperature=0, logprobs=True, top_logprobs=2)
    told = choice(answer)["logprobs"]["content"]
    assert len(told) == answer["usage"]["completion_tokens"] == 5
    for each in told:
        assert each.keys() == {"token", "logprob", "top_logprobs"}
        best, second = each["top_logprobs"]
        assert best == {"token": each["token"], "logprob": pytest.approx(each["logprob"])}
        assert second["logprob"] <= best["logprob"] <= 0
    plain = make("plain").ask(MESSAGES, max_tokens=5, temperature=0, logprobs=True)
    assert [each["top_logprobs"] for each in choice(plain)["logprobs"]["content"]] == [[]] * 5
    assert "logprobs" not in choice(make("plain").ask(MESSAGES, max_tokens=5))


@pytest.mark.parametrize("text", ["👩‍👩‍👧 🇫🇷", "東京", "\u0915\u094d \u05e9\u05c1", "a\n\n  b"])
def test_a_chat_of_any_letters(make: Make, text: str) -> None:
    messages = [{"role": "user", "content": text}]
    assert choice(ask(make("tools"), text, messages=messages))["message"]["content"] == text


def test_a_chat_that_is_too_long(make: Make) -> None:
    with pytest.raises(InvalidInput, match=r"The prompt has [\d,]+ tokens, but this model sees"):
        make("plain").ask([{"role": "user", "content": "fox " * 2000}])
