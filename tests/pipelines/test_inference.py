"""From a caller's words to an answer: which task reads a body, and what stands in it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipelines.allowance import Client
from pipelines.engine.engine import Engine
from pipelines.engine.inline import Inline
from pipelines.errors import InvalidInput, UnsupportedTask, WrongShape
from pipelines.inference import Inference, chat_tasks, chats
from pipelines.model import Model
from pipelines.models.resolve import Models
from pipelines.settings import Limits, Settings
from tests.pipelines.fakes import HARDWARE
from tests.pipelines.media import saved
from tests.pipelines.models.samples import lay
from tests.pipelines.test_registry import MINILM, model

CHATTER = model("text-generation", "transformers", "LlamaForCausalLM", chat_template=True)
SEER = model("image-classification", "transformers", "ViTForImageClassification")
PICTURE = saved(Image.new("RGB", (2, 2)))
CHAT = [{"role": "user", "content": "Hello"}]


class Echo:
    """A loaded model of any library: answers each text with its length."""

    def similarities(self, asked: list[tuple[str, list[str]]]) -> list[list[float]]:
        return [[float(len(each)) for each in many] for _, many in asked]


@pytest.fixture
async def inference(tmp_path: Path) -> AsyncIterator[Inference]:
    models = Models(Settings(home=tmp_path, offline=True), tmp_path / "cache")
    engine = Engine(Inline(lambda *_: Echo()), HARDWARE)
    made = Inference(models, engine, Limits(text=100))
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("found", "body", "tag", "many"),
    [
        (MINILM, {"inputs": {"source_sentence": "a", "sentences": ["b"]}}, "sentence-similarity",
         False),
        (MINILM, {"inputs": "a"}, "feature-extraction", False),
        (MINILM, {"inputs": ["a", "b"]}, "feature-extraction", True),
        (MINILM, {"inputs": "a", "normalize": True, "truncate": False}, "feature-extraction",
         False),
        (MINILM, {"inputs": {"query": "a", "texts": ["b"]}}, "text-ranking", False),
        (MINILM, {"inputs": "a", "parameters": {"candidate_labels": ["b", "c"]}},
         "zero-shot-classification", False),
        (MINILM, {"inputs": ["a"], "parameters": {"candidate_labels": "b, c"}},
         "zero-shot-classification", True),
        (CHATTER, {"inputs": "a"}, "text-generation", False),
        (CHATTER, {"inputs": "a", "parameters": {"max_new_tokens": 5}}, "text-generation", False),
        (CHATTER, {"messages": CHAT, "max_tokens": 5}, "conversational", False),
        (CHATTER, {"inputs": CHAT}, "conversational", False),
        (SEER, PICTURE, "image-classification", False),
    ],
    ids=lambda value: "bytes" if isinstance(value, bytes) else None,
)  # fmt: skip
async def test_the_first_task_whose_body_it_is(
    inference: Inference, found: Model, body: Any, tag: str, many: bool
) -> None:
    task, request = await inference.read(found, None, body)
    assert (task.tag, request.many) == (tag, many)
    assert (await inference.read(found, tag, body))[1] == request


async def test_a_body_of_no_task_says_what_is_wanted_and_what_else_goes(
    inference: Inference,
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await inference.read(MINILM, None, {"inputs": {"words": ["a"]}})
    assert str(caught.value) == (
        "inputs does not know words; allowed: sentences, source_sentence; inputs.source_sentence: "
        "field required; inputs.sentences: field required. sentence-similarity takes "
        '{"inputs": {"source_sentence": <text>, "sentences": <lines>}}. '
        "org/name also does: feature-extraction, text-ranking, zero-shot-classification."
    )
    assert not isinstance(caught.value, WrongShape)


async def test_a_wrong_value_is_not_taken_for_another_tasks_body(inference: Inference) -> None:
    with pytest.raises(InvalidInput, match=r"inputs.sentences.0: is empty; write something\.$"):
        await inference.read(MINILM, None, {"inputs": {"source_sentence": "a", "sentences": [" "]}})


async def test_a_named_task_reads_alone(inference: Inference) -> None:
    with pytest.raises(InvalidInput, match="sentence-similarity takes") as caught:
        await inference.read(MINILM, "sentence-similarity", {"inputs": "a"})
    assert "also does" not in str(caught.value)
    with pytest.raises(UnsupportedTask, match="org/name cannot do image-classification"):
        await inference.read(MINILM, "image-classification", PICTURE)


async def test_bytes_with_parameters_beside_them(inference: Inference) -> None:
    _, request = await inference.read(SEER, None, PICTURE, {"top_k": "2"})
    assert request.params.top_k == 2
    with pytest.raises(InvalidInput, match="takes JSON, not raw bytes"):
        await inference.read(MINILM, None, b"bytes")
    with pytest.raises(InvalidInput, match="no_such"):
        await inference.read(SEER, None, PICTURE, {"no_such": "2"})


async def test_the_limits_of_this_server(inference: Inference) -> None:
    with pytest.raises(InvalidInput, match="at most 100 are allowed"):
        await inference.read(CHATTER, None, {"inputs": "a" * 101})


async def test_the_authors_defaults_stand_where_the_caller_says_nothing(
    inference: Inference,
) -> None:
    card = {"inference": {"parameters": {"top_k": 3, "no_such": 1, "function_to_apply": "bad"}}}
    found = model("image-classification", "transformers", "ViTForImageClassification", card=card)
    assert (await inference.read(found, None, PICTURE))[1].params.top_k == 3
    assert (await inference.read(found, None, PICTURE, {"top_k": "2"}))[1].params.top_k == 2


async def test_a_list_is_answered_by_a_list(inference: Inference) -> None:
    row = {"source_sentence": "a", "sentences": ["bb", "c"]}
    for body, expected in ({"inputs": row}, [2.0, 1.0]), ({"inputs": [row]}, [[2.0, 1.0]]):
        task, request = await inference.read(MINILM, None, body)
        value, answer = await inference.predict(MINILM, task, request)
        assert value == expected
        assert (answer.values, answer.device) == ([[2.0, 1.0]], "cpu")
        assert answer.seconds >= 0


def test_who_chats() -> None:
    assert chats(CHATTER)
    assert not chats(MINILM)
    assert [task.tag for task in chat_tasks(CHATTER)] == ["conversational"]
    with pytest.raises(UnsupportedTask, match="org/name cannot chat. It can do: sentence-simil"):
        chat_tasks(MINILM)


async def test_who_speaks_when_no_model_is_named(inference: Inference, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedTask, match="No model here can chat"):
        inference.speaker()
    for name in ("a", "b", "c"):
        lay(tmp_path / "starters" / "org" / name, chat_files(template=name != "a"))
    assert inference.speaker().id == "org/b"


async def test_the_operators_model_speaks_first(tmp_path: Path) -> None:
    for name in ("b", "c"):
        lay(tmp_path / "starters" / "org" / name, chat_files(template=True))
    models = Models(Settings(home=tmp_path, offline=True, model="org/c"), tmp_path / "cache")
    engine = Engine(Inline(), HARDWARE)
    assert Inference(models, engine, Limits()).speaker().id == "org/c"


def chat_files(template: bool) -> dict[str, Any]:
    files = {
        "README.md": "---\npipeline_tag: text-generation\nlibrary_name: transformers\n---\n",
        "config.json": {"architectures": ["LlamaForCausalLM"], "model_type": "llama"},
        "model.safetensors": b"weights",
    }
    return files | ({"chat_template.jinja": "{{ messages }}"} if template else {})


@pytest.mark.parametrize(
    ("trusting", "said", "turn"),
    [(True, "token", "token"), (True, None, "1.2.3.4"), (False, "token", "1.2.3.4")],
)
def test_whose_turn_a_call_takes(
    inference: Inference, trusting: bool, said: str | None, turn: str
) -> None:
    """Strangers could call themselves something else each time."""
    made = replace(inference, trusting=trusting, quota=9)
    assert made.client("1.2.3.4", said) == Client(turn, None if trusting else 9)
