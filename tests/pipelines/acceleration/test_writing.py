"""SmolLM2 by the scribe: what it writes, for whom, and what stays with torch."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines import registry
from pipelines.acceleration import decoder, prove
from pipelines.acceleration import proof_of_writing as proof
from pipelines.acceleration.decision import PLAIN, Decision, Tried, best, read
from pipelines.acceleration.questions import questions
from pipelines.acceleration.scribe import Scribe, Text
from pipelines.acceleration.writer import Broken, Writer, wished
from pipelines.leaving import Left, asked_by
from pipelines.loaders.asking import ChatOptions
from pipelines.loaders.steps import Options
from pipelines.models.resolve import Models
from pipelines.settings import Settings
from pipelines.usage import counted
from tests.conftest import CHATTER, STARTERS
from tests.pipelines.fakes import HARDWARE

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(300)]  # torch's of tracing
WAY = "openvino-bf16"
MODELS = Models(Settings(host="127.0.0.1", starters_dir=STARTERS, offline=True), Path("/none"))
TASK = registry.get("conversational")


class Made:
    """The model by torch and by the scribe, with the decision that was made about it."""

    def __init__(self, place: Path) -> None:
        self.place, model = place, MODELS.find(CHATTER)
        self.plain = TASK.loader(model)(model, HARDWARE)
        self.rows, self.params = questions(TASK, model), TASK.params()
        self.found = prove.prove(
            self.plain, TASK, self.rows, self.params, HARDWARE, place, wanted=WAY
        )
        self.writer, self.at_once = prove.adopt(self.plain, HARDWARE, place, WAY)

    def asked(self, question: str = "What is the capital of France?", **said: Any) -> Any:
        return self.answer(self.writer, question, **said)

    def answer(self, pipe: Any, question: str, **said: Any) -> Any:
        turns = {"messages": [{"role": "user", "content": question}]}
        row = TASK.inputs.model_validate(turns)
        return TASK.run(pipe, [row], ChatOptions(**{"max_tokens": 16, **said}))[0]

    def text(self, **said: Any) -> str:
        return str(self.asked(**said)["choices"][0]["message"]["content"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prove, "WORTH", 0.0)  # how fast it is here is no matter of a test
        one = Made(tmp_path_factory.mktemp("writing"))
        yield one
        one.writer.scribe.close()


@pytest.fixture
def written(made: Made, monkeypatch: pytest.MonkeyPatch) -> list[Text]:
    """What the scribe is asked for."""
    texts: list[Text] = []
    write = Scribe.write

    def noted(self: Scribe, text: Text) -> None:
        texts.append(text)
        write(self, text)

    monkeypatch.setattr(Scribe, "write", noted)
    return texts


def test_it_is_proven_by_its_tokens(made: Made) -> None:
    assert made.found.name == WAY, made.found
    assert made.found.difference <= proof.TOLERANCE
    assert "% of tokens the same" in made.found.words
    assert read(made.place) == made.found
    assert isinstance(made.writer, Writer)
    assert made.at_once > 1


def test_the_same_answer_and_count(made: Made, written: list[Text]) -> None:
    question = "What is the capital of France?"
    plain, fast = made.answer(made.plain, question), made.asked(question)
    assert fast["choices"][0]["message"] == plain["choices"][0]["message"]
    assert fast["choices"][0]["finish_reason"] == plain["choices"][0]["finish_reason"] == "stop"
    assert fast["usage"] == plain["usage"]
    assert len(written) == 1
    with counted() as tokens:
        made.asked()
    assert not tokens.plain


def test_lengths_and_stop_words(made: Made, written: list[Text]) -> None:
    short = made.asked(max_tokens=3)
    assert short["choices"][0]["finish_reason"] == "length"
    assert short["usage"]["completion_tokens"] == 3
    stopped = made.asked(stop=[" of"])
    assert stopped["choices"][0]["message"]["content"] == "The capital"
    assert stopped["choices"][0]["finish_reason"] == "stop"
    assert len(written) == 2


def test_draws_beside_each_other_differ(made: Made, written: list[Text]) -> None:
    wish: dict[str, Any] = {"question": "Write a poem.", "temperature": 1.5, "max_tokens": 12}
    with ThreadPoolExecutor(4) as several:
        texts = list(several.map(lambda _: made.text(**wish), range(4)))
    assert len({*texts}) == 4
    assert len(written) == 4
    assert len(made.asked(**wish, n=2)["choices"]) == 2
    assert len(written) == 6


@pytest.mark.parametrize(
    "said",
    [
        {"logit_bias": {"100": 5.0}},
        {"seed": 7, "temperature": 1.0},
        {"frequency_penalty": 1.0},
        {"presence_penalty": 1.0},
        {"logprobs": True, "top_logprobs": 2},
        {"response_format": {"type": "json_object"}},
    ],
    ids=lambda said: next(iter(said)),
)
def test_what_it_cannot_do_goes_to_torch(
    made: Made, written: list[Text], said: dict[str, Any]
) -> None:
    question = "What is the capital of France?"
    assert made.asked(**said) | {"id": ""} == made.answer(made.plain, question, **said) | {"id": ""}
    assert written == []
    with counted() as tokens:
        made.asked(**said)
    assert tokens.plain


def test_a_wish_follows_the_models_own_file(made: Made) -> None:
    options = Options(5, sampling={"do_sample": True, "temperature": 0.7, "top_p": 0.9})
    wish = wished(made.plain, options)
    assert wish is not None
    assert (wish.temperature, wish.top_p, wish.top_k) == (0.7, 0.9, 50)
    assert wished(made.plain, replace(options, sampling={"repetition_penalty": 1.1})) is None
    assert (
        wished(made.plain, replace(options, sampling={"typical_p": 0.5, "do_sample": True})) is None
    )
    own = made.plain.model.generation_config
    own.no_repeat_ngram_size = 3
    try:
        assert wished(made.plain, options) is None
    finally:
        own.no_repeat_ngram_size = None


def test_closing_stops_it(made: Made) -> None:
    ids = made.writer.tokens("Once upon a time")
    with counted() as tokens:
        steps = made.writer.steps(ids, Options(4000, sampling={"do_sample": True}))
        next(steps)
        steps.close()
    assert tokens.written == 1
    assert made.writer.scribe.texts == []


def test_log_probabilities_are_torchs(made: Made) -> None:
    ids = made.writer.tokens("The capital of France is")
    fast = list(made.writer.steps(ids, Options(4)))
    plain = list(made.plain.steps(ids, Options(4)))
    assert [step.text for step in fast] == [step.text for step in plain]
    for one, other in zip(fast, plain, strict=True):
        assert one.logprob == pytest.approx(other.logprob, abs=0.2)


def test_who_leaves_does_not_wait_for_torch(made: Made) -> None:
    with made.writer.turn, asked_by(lambda: True), pytest.raises(Left):
        made.asked(frequency_penalty=1.0)


def test_torch_goes_on_when_it_fails(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Scribe, text: Text) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(Scribe, "write", fail)
    other = replace(made.writer, broken=threading.Event())
    question = "What is the capital of France?"
    answer = made.answer(other, question)
    plain = made.answer(made.plain, question)
    assert answer["choices"] == plain["choices"]
    assert answer["usage"] == plain["usage"]
    found = read(made.place)
    assert found is not None
    assert (found.name, found.tried[0].why) == (PLAIN, "Broken: RuntimeError: out of memory")
    assert other.broken.is_set()


def test_what_was_begun_is_not_told_twice(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Scribe, text: Text) -> None:
        text.heard(504, -1.0)
        raise RuntimeError("out of memory")

    monkeypatch.setattr(Scribe, "write", fail)
    other = replace(made.writer, broken=threading.Event())
    with pytest.raises(Broken):
        made.answer(other, "What is the capital of France?")


def test_texts_that_differ_are_not_taken(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "scribe", lambda folder, hardware: made.writer.scribe)
    monkeypatch.setattr(proof, "make", lambda model, place, names: None)
    monkeypatch.setattr(proof, "closing", nullcontext)
    monkeypatch.setattr(proof, "written", lambda made, ids, most, ends: [17] * most)
    found = prove.prove(made.plain, TASK, made.rows, made.params, HARDWARE, tmp_path, wanted=WAY)
    assert found.name == PLAIN
    assert "differ" in found.tried[0].why
    assert found.tried[0].difference > proof.TOLERANCE


def test_what_cannot_be_traced_stays_with_torch(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made.plain.model.config, "sliding_window", 4, raising=False)
    found = prove.prove(made.plain, TASK, made.rows, made.params, HARDWARE, tmp_path, wanted=WAY)
    assert found.name == PLAIN
    assert "do not all see the whole text" in found.tried[0].why


def test_of_nearly_equal_ways_the_nearest_to_torch() -> None:
    near, far = Tried("near", 4.5, 0.01), Tried("far", 4.6, 0.06)
    assert best([far, near]) == near
    assert best([replace(far, ratio=9.0), near]) == replace(far, ratio=9.0)
    assert best([Tried("none", 9.0, why="its answers differ")]) is None
    assert Decision(PLAIN).words == ""


@pytest.mark.parametrize("said", [{"top_p": 1e-50, "temperature": 1.0}], ids=["top_p of nearly 0"])
def test_what_it_refuses_torch_does_and_nothing_else_changes(
    made: Made, said: dict[str, Any]
) -> None:
    other, found = replace(made.writer, broken=threading.Event()), read(made.place)
    question = "What is the capital of France?"
    assert made.answer(other, question, **said)["choices"][0]["message"]["content"]
    assert not other.broken.is_set()
    assert read(made.place) == found


def test_who_leaves_before_the_first_token_stops_it(made: Made) -> None:
    ids = made.writer.tokens("Once upon a time " * 400)
    with counted() as tokens, asked_by(lambda: True):
        steps = list(made.writer.steps(ids, Options(4000, sampling={"do_sample": True})))
    assert len(steps) < 100
    assert tokens.written == len(steps)
    assert made.writer.scribe.texts == []


def test_a_model_that_reads_long_texts_otherwise_stays_with_torch(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = made.plain.model.config
    assert decoder.shape(config)
    monkeypatch.setattr(config, "rope_parameters", {"rope_type": "dynamic", "factor": 2.0})
    with pytest.raises(ValueError, match="long text"):
        decoder.shape(config)


def test_no_cut_is_not_the_usual_cut(made: Made) -> None:
    options = Options(5, sampling={"do_sample": True, "temperature": 0.7})
    own = made.plain.model.generation_config
    before, own.top_k = own.top_k, 0
    try:
        wish = wished(made.plain, options)
    finally:
        own.top_k = before
    assert wish is not None
    assert wish.top_k == 0
