"""Text token by token, beside what the library itself writes."""

import copy
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from pipelines.errors import InvalidInput
from pipelines.loaders.generation import GenerationParameters, Generator
from pipelines.loaders.run import Run
from pipelines.loaders.saying import FINISH
from pipelines.loaders.steps import Options, Step
from pipelines.loaders.stops import first_stop, hold_back, overlap
from pipelines.loaders.words import Words
from pipelines.registry import TASKS
from pipelines.settings import Limits
from tests.pipelines.loaders.conftest import Answer, Find, Loaded
from tests.zoo.parts import byte_fallback, byte_level

PROMPT = "The quick brown fox"
WRITERS = ["llama", "gpt2"]
each_writer = pytest.mark.parametrize("name", WRITERS)


def written(answer: Answer, name: str, prompt: str = PROMPT, **parameters: Any) -> dict[str, Any]:
    """One generation with its details, greedy unless the parameters say otherwise."""
    given = {"max_new_tokens": 20, "do_sample": False, "details": True} | parameters
    (((only,),)) = answer("text-generation", name, prompt, **given)
    return dict(only)


def ids(generation: dict[str, Any]) -> list[int]:
    return [token["id"] for token in generation["details"]["tokens"]]


def generated_by_library(find: Find, name: str, prompt: str, most: int) -> tuple[Any, list[int]]:
    """Tokenizer, and the ids that a fresh model takes for the likeliest."""
    path = find(name).path
    tokenizer = AutoTokenizer.from_pretrained(path)
    model = AutoModelForCausalLM.from_pretrained(path).eval()
    model.generation_config = GenerationConfig(do_sample=False, eos_token_id=None, pad_token_id=0)
    given = torch.tensor([tokenizer(prompt)["input_ids"]])
    mask = torch.ones_like(given)
    made = model.generate(given, attention_mask=mask, max_new_tokens=most)
    return tokenizer, made[0, given.shape[1] :].tolist()


@pytest.fixture
def llama(loaded: Loaded) -> Generator:
    """A copy that a test may change."""
    ours = loaded("text-generation", "llama")
    return Generator(ours.tokenizer, copy.deepcopy(ours.model))


# Beside the library ----------------------------------------------------------------------------


@each_writer
def test_the_likeliest_tokens_are_the_librarys(find: Find, answer: Answer, name: str) -> None:
    tokenizer, expected = generated_by_library(find, name, PROMPT, 20)
    found = written(answer, name)
    assert ids(found) == expected
    before = tokenizer(PROMPT)["input_ids"]
    whole = tokenizer.decode(before + expected, skip_special_tokens=True)
    assert PROMPT + found["generated_text"] == whole


@each_writer
def test_log_probabilities_are_the_models_own(loaded: Loaded, answer: Answer, name: str) -> None:
    found = written(answer, name, max_new_tokens=5)
    pipe = loaded("text-generation", name)
    before = pipe.tokenizer(PROMPT)["input_ids"]
    with torch.inference_mode():
        logits = pipe.model(torch.tensor([before + ids(found)])).logits[0].log_softmax(-1)
    tokens = found["details"]["tokens"]
    assert tokens
    for at, token in enumerate(tokens):
        expected = float(logits[len(before) - 1 + at, token["id"]])
        assert token["logprob"] == pytest.approx(expected, abs=1e-3)


@each_writer
def test_chunks_of_a_stream_join_to_the_answer(loaded: Loaded, answer: Answer, name: str) -> None:
    task = TASKS["text-generation"]
    parameters = {"max_new_tokens": 20, "do_sample": False, "details": True}
    request = task.read({"inputs": PROMPT, "parameters": parameters}, Limits())
    assert task.stream is not None
    chunks = list(task.stream(loaded("text-generation", name), request.inputs[0], request.params))
    whole = written(answer, name)
    assert [chunk["index"] for chunk in chunks] == list(range(1, 21))
    assert [chunk["token"]["id"] for chunk in chunks] == ids(whole)
    assert "".join(chunk["token"]["text"] for chunk in chunks) == whole["generated_text"]
    assert chunks[-1]["generated_text"] == whole["generated_text"]
    assert chunks[-1]["details"] == whole["details"]
    assert {chunk["generated_text"] for chunk in chunks[:-1]} == {None}


def test_a_chat_goes_through_the_models_template(loaded: Loaded, answer: Answer) -> None:
    messages = [{"role": "user", "content": "Hi"}, {"role": "user", "content": "fox"}]
    (said,) = answer("conversational", "llama", messages, max_tokens=10, temperature=0)
    tokenizer = loaded("conversational", "llama").tokenizer
    prompt = tokenizer("user: Hi\nuser: fox\nassistant:", add_special_tokens=False)["input_ids"]
    plain = Generator(tokenizer, loaded("conversational", "llama").model)
    steps = list(plain.steps(prompt, Options(10, sampling={"do_sample": False})))
    choice, text = said["choices"][0], "".join(step.text for step in steps)
    assert choice["message"] == {"role": "assistant", "content": text}
    assert choice["finish_reason"] == FINISH[steps[-1].finish]
    usage = {"prompt_tokens": len(prompt), "completion_tokens": len(steps)}
    assert said["usage"] == {**usage, "total_tokens": len(prompt) + len(steps)}


def test_what_the_template_refuses(answer: Answer) -> None:
    with pytest.raises(InvalidInput, match="this model's chat template says: no tools here"):
        answer("conversational", "llama", [{"role": "tool", "content": "a"}])


# Drawing ---------------------------------------------------------------------------------------


@each_writer
def test_a_seed_repeats_a_draw(answer: Answer, name: str) -> None:
    drawn = [
        written(answer, name, do_sample=True, temperature=2, seed=seed)["generated_text"]
        for seed in (1, 1, 2, 3)
    ]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 3


@pytest.mark.parametrize(
    ("parameters", "sampling"),
    [
        ({}, {}),
        ({"temperature": 0.5}, {"do_sample": True, "temperature": 0.5}),
        ({"top_k": 3, "top_p": 0.9}, {"do_sample": True, "top_k": 3, "top_p": 0.9}),
        ({"do_sample": False, "temperature": 0.5}, {"do_sample": False}),
        ({"do_sample": True}, {"do_sample": True}),
        ({"repetition_penalty": 1.5}, {"repetition_penalty": 1.5}),
    ],
)
def test_asking_for_a_temperature_or_a_cut_asks_for_drawing(
    parameters: dict[str, Any], sampling: dict[str, Any]
) -> None:
    params = TASKS["text-generation"].read_params(parameters, Limits())
    assert params.options().sampling == sampling


@pytest.mark.parametrize(
    ("parameters", "sampling"),
    [
        ({}, {}),
        ({"temperature": 0}, {"do_sample": False}),
        ({"temperature": 0, "top_p": 0.5}, {"do_sample": False}),
        ({"temperature": 0.5}, {"do_sample": True, "temperature": 0.5}),
        ({"top_p": 0.5}, {"do_sample": True, "top_p": 0.5}),
    ],
)
def test_a_chat_at_temperature_zero_does_not_draw(
    parameters: dict[str, Any], sampling: dict[str, Any]
) -> None:
    params = TASKS["conversational"].read_params(parameters, Limits())
    assert params.options().sampling == sampling


@each_writer
def test_drawing_from_one_token_is_taking_the_likeliest(answer: Answer, name: str) -> None:
    drawn = written(answer, name, do_sample=None, top_k=1, seed=0)
    assert ids(drawn) == ids(written(answer, name))


# Ends ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 7])
def test_so_many_tokens_and_no_more(answer: Answer, most: int) -> None:
    details = written(answer, "llama", max_new_tokens=most)["details"]
    assert (details["generated_tokens"], details["finish_reason"]) == (most, "length")
    assert len(details["tokens"]) == most


def test_a_prompt_that_leaves_no_room(answer: Answer) -> None:
    with pytest.raises(InvalidInput, match=r"has \d+ tokens, but this model sees at most 64"):
        written(answer, "llama", "fox " * 64)


def test_the_answer_ends_where_the_model_sees_no_further(answer: Answer, llama: Generator) -> None:
    prompt = llama.tokenizer.decode(llama.tokens("fox " * 30)[1:60])
    length = len(llama.tokens(prompt))
    assert 50 < length < 64
    details = written(answer, "llama", prompt, max_new_tokens=100)["details"]
    assert (details["generated_tokens"], details["finish_reason"]) == (64 - length, "length")


def test_only_the_end_of_a_long_prompt(answer: Answer, llama: Generator) -> None:
    assert written(answer, "llama", "fox " * 64, truncate=3)["details"]["input_length"] == 3
    assert llama.tokens("fox", 100) == llama.tokens("fox")


def test_the_model_ends_by_itself(answer: Answer, llama: Generator) -> None:
    first = ids(written(answer, "llama"))
    llama.model.generation_config.eos_token_id = [first[3]]
    steps = list(llama.steps(llama.tokens(PROMPT), Options(20, sampling={"do_sample": False})))
    assert [step.id for step in steps] == first[: first.index(first[3]) + 1]
    assert [step.finish for step in steps][-1] == "eos_token"


def always(generator: Generator, token: int) -> None:
    """From now on the model writes nothing but `token`."""

    def likeliest(_module: Any, _inputs: Any, logits: Any) -> Any:
        changed = torch.zeros_like(logits)
        changed[..., token] = 50.0
        return changed

    generator.model.lm_head.register_forward_hook(likeliest)


@pytest.mark.parametrize("whole", [False, True])
def test_an_answer_without_a_word(llama: Generator, whole: bool) -> None:
    always(llama, llama.tokenizer.eos_token_id)
    task = TASKS["text-generation"]
    parameters = {"return_full_text": whole, "details": True}
    request = task.read({"inputs": PROMPT, "parameters": parameters}, Limits())
    (((only,),)) = task.run(llama, request.inputs, request.params)
    assert only["generated_text"] == (PROMPT if whole else "")
    assert only["details"]["finish_reason"] == "eos_token"
    (token,) = only["details"]["tokens"]
    assert (token["special"], token["text"]) == (True, "")


def test_the_prompt_before_the_answer(answer: Answer) -> None:
    whole = written(answer, "llama", return_full_text=True)["generated_text"]
    assert whole == PROMPT + written(answer, "llama")["generated_text"]


def test_details_are_left_out_unless_asked_for(answer: Answer) -> None:
    (((only,),)) = answer("text-generation", "llama", PROMPT, max_new_tokens=2)
    assert only.keys() == {"generated_text"}


# Stop words ------------------------------------------------------------------------------------


def border(answer: Answer, name: str) -> tuple[str, str]:
    """A greedy answer, and a word in it that begins in one token and ends in the next."""
    found = written(answer, name)
    texts = [token["text"] for token in found["details"]["tokens"]]
    for left, right in zip(texts, texts[1:], strict=False):
        word = left[-1:] + right[:1]
        if len(word) == 2 and "\ufffd" not in word:
            return found["generated_text"], word
    raise AssertionError("no such word")


@each_writer
def test_a_stop_word_across_tokens(answer: Answer, name: str) -> None:
    text, word = border(answer, name)
    found = written(answer, name, stop=[word])
    assert found["generated_text"] == text[: text.index(word) + len(word)]
    assert found["details"]["finish_reason"] == "stop_sequence"
    assert found["details"]["generated_tokens"] < 20


def test_a_chat_does_not_show_the_stop_word(answer: Answer) -> None:
    def said(**more: Any) -> Any:
        body = [{"role": "user", "content": "fox"}]
        return answer("conversational", "llama", body, max_tokens=20, temperature=0, **more)[0]

    text = said()["choices"][0]["message"]["content"]
    word = text[5:8]
    stopped = said(stop=["never said", word])["choices"][0]
    assert stopped["message"]["content"] == text[: text.index(word)]
    assert stopped["finish_reason"] == "stop"


def steps_of(*texts: str) -> Iterator[Step]:
    last = len(texts) - 1
    return (Step(n, t, -1.0, False, "length" if n == last else None) for n, t in enumerate(texts))


@pytest.mark.parametrize(
    ("texts", "stop", "keep", "shown", "reason"),
    [
        (("a", "b", "c"), (), False, ["a", "b", "c"], "length"),
        (("a", "END", "c"), ("END",), False, ["a", ""], "stop_sequence"),
        (("a", "END", "c"), ("END",), True, ["a", "END"], "stop_sequence"),
        (("aE", "N", "Dc", "d"), ("END",), False, ["a", "", ""], "stop_sequence"),
        (("aE", "N", "Dc", "d"), ("END",), True, ["a", "", "END"], "stop_sequence"),
        (("aE", "N", "x"), ("END",), False, ["a", "", "ENx"], "length"),
        (("aEN", "EN", "D"), ("END",), False, ["a", "EN", ""], "stop_sequence"),
        (("aEN",), ("END",), False, ["aEN"], "length"),
        (("a b", "c"), ("c", "b"), False, ["a "], "stop_sequence"),
        (("EE", "EF"), ("EEF",), False, ["", "E"], "stop_sequence"),
    ],
)
def test_half_a_stop_word_is_held_back(
    texts: tuple[str, ...], stop: tuple[str, ...], keep: bool, shown: list[str], reason: str
) -> None:
    found = list(hold_back(steps_of(*texts), Options(9, stop=stop, keep_stop=keep)))
    assert [step.text for step in found] == shown
    assert [step.finish for step in found] == [None] * (len(found) - 1) + [reason]


def test_the_first_stop_word_and_how_much_of_one_there_is() -> None:
    assert first_stop("abcabc", ["c", "bc"]) == (1, "bc")
    assert first_stop("abc", ["x"]) is None
    assert overlap("xxab", ["abc", "b"]) == 2
    assert overlap("abc", ["abc"]) == 0


# Text from tokens ------------------------------------------------------------------------------

TEXTS = [
    "plain words, and  two spaces",
    "東京は日本の首都です。",
    "Привет, мир! Straße naß",
    "👩‍👩‍👧 family 🇫🇷🇯🇵 flags 👍🏽",
    "e\u0301 combined, \u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd",
    "line\n\n  indented\ttab",
    "𝔘𝔫𝔦 🤷 x 🤷🤷",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("make", [byte_level, byte_fallback])
@pytest.mark.parametrize("before", ["", "a", "🤷", "word "])
def test_text_comes_piece_by_piece_and_whole(make: Any, text: str, before: str) -> None:
    tokenizer = make()
    start = len(tokens(tokenizer, before))
    ids = tokens(tokenizer, before + text)
    words = Words(tokenizer, ids[:start])
    pieces = [words.push(token, last=False) for token in ids[start:]]
    assert "".join(pieces) == tokenizer.decode(ids)[len(tokenizer.decode(ids[:start])) :]
    assert not any("\ufffd" in piece for piece in pieces)


@pytest.mark.parametrize("make", [byte_level, byte_fallback])
def test_half_a_character_at_the_very_end_is_shown_as_such(make: Any) -> None:
    tokenizer = make()
    first, *most, _ = tokens(tokenizer, "a🤷")
    words = Words(tokenizer, [first])
    pieces = [words.push(token, last=at == len(most) - 1) for at, token in enumerate(most)]
    assert tokenizer.decode([first]) + "".join(pieces) == tokenizer.decode([first, *most])
    assert pieces[-1].endswith("\ufffd")


def tokens(tokenizer: Any, text: str) -> list[int]:
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


# The thread ------------------------------------------------------------------------------------


def test_closing_stops_the_model_where_it_is(llama: Generator) -> None:
    calls: list[int] = []
    hook = llama.model.register_forward_hook(lambda *_: calls.append(1))
    steps = Run(llama, llama.tokens(PROMPT), 40, Options(40)).steps()
    next(steps)
    steps.close()
    hook.remove()
    assert len(calls) == 1


def test_no_thread_is_left_behind(llama: Generator) -> None:
    threads = threading.active_count()
    for stop in ((), ("e", "a", "o")):
        steps = llama.steps(llama.tokens(PROMPT), Options(40, stop=stop))
        next(steps)
        steps.close()  # type: ignore[attr-defined]
        assert threading.active_count() == threads


def test_what_the_model_raises_is_raised_here(llama: Generator) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("odd weights")

    llama.model.register_forward_hook(fail)
    with pytest.raises(ValueError, match="odd weights"):
        next(llama.steps(llama.tokens(PROMPT), Options(5)))


def test_the_hubs_generation_parameters_have_bounds() -> None:
    assert GenerationParameters(num_beam_groups=1, penalty_alpha=0, early_stopping="never")
    for name, value in {"num_beams": 17, "max_new_tokens": 0, "top_p": 0, "x": 1}.items():
        with pytest.raises(ValueError, match=name):
            GenerationParameters(**{name: value})


def test_how_much_of_a_long_stop_word_there_is_is_found_by_the_text_not_by_the_word() -> None:
    assert overlap("x" * 50, ["y" * 10_000_000]) == 0
    assert overlap("ab", ["abc" * 1_000_000]) == 2


@pytest.mark.parametrize("tag", ["text-generation", "conversational"])
def test_a_stop_word_is_a_short_one(tag: str) -> None:
    inputs = "Hi" if tag == "text-generation" else {"messages": [{"role": "user", "content": "Hi"}]}
    task = TASKS[tag]
    assert task.read({"inputs": inputs, "parameters": {"stop": [" ", "\n"]}}, Limits())
    for word in ("x" * 201, "\ud83d"):
        with pytest.raises(InvalidInput, match=r"parameters\.stop"):
            task.read({"inputs": inputs, "parameters": {"stop": [word]}}, Limits())
