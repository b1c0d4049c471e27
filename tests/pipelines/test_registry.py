"""Which tasks there are, and which of them a model can do."""

from pathlib import Path
from typing import Any

import pytest

from pipelines import registry
from pipelines.errors import UnknownTask, UnsupportedTask
from pipelines.model import Model
from pipelines.registry import TASKS, choose, for_model


def model(tag: str | None, library: str | None, *architectures: str, **more: Any) -> Model:
    return Model("org/name", Path("/none"), "1", tag, library, architectures, **more)


MINILM = model("sentence-similarity", "sentence-transformers", "BertModel")
NLI = {"label2id": {"ENTAILMENT": 0, "neutral": 1}}


def tags(of: Model) -> list[str]:
    return [task.tag for task in for_model(of)]


def test_every_file_of_the_folder_is_a_task() -> None:
    folder = Path(registry.__file__).parent / "tasks"
    files = sorted(file.stem for file in folder.glob("*.py") if file.stem != "__init__")
    assert [tag.replace("-", "_") for tag in TASKS] == files


def test_an_unknown_task() -> None:
    with pytest.raises(UnknownTask, match=r"no task 'sing' here. Known tasks: automatic-speech-"):
        registry.get("sing")
    with pytest.raises(UnknownTask) as caught:
        registry.get("x" * 10_000)
    assert len(str(caught.value)) < 2_000


@pytest.mark.parametrize(
    ("found", "able"),
    [
        (
            MINILM,
            ["sentence-similarity", "feature-extraction", "text-ranking",
             "zero-shot-classification"],
        ),
        (model("feature-extraction", "transformers", "BertModel"),
         ["feature-extraction", "sentence-similarity", "text-ranking"]),
        (model("text-ranking", "sentence-transformers", "BertForSequenceClassification"),
         ["text-ranking"]),
        (model("text-classification", "transformers", "BertForSequenceClassification", config=NLI),
         ["zero-shot-classification"]),
        (model("text-ranking", "sentence-transformers", "BertForSequenceClassification",
               config={"id2label": {"0": "ENTAILMENT", "1": "neutral"}, **NLI}),
         ["zero-shot-classification"]),
        (model("text-generation", "transformers", "LlamaForCausalLM"), ["text-generation"]),
        (model("text-generation", "transformers", "LlamaForCausalLM", chat_template=True),
         ["text-generation", "conversational"]),
        (model("text-generation", "transformers", "GPT2LMHeadModel"), ["text-generation"]),
        (model("image-classification", "transformers", "ViTForImageClassification"),
         ["image-classification", "image-feature-extraction"]),
        (model("image-feature-extraction", "transformers", "ViTModel"),
         ["image-feature-extraction"]),
        (model("tabular-regression", "sklearn"), ["tabular-regression"]),
        (model("automatic-speech-recognition", "transformers", "Wav2Vec2ForCTC"),
         ["automatic-speech-recognition"]),
    ],
    ids=lambda value: getattr(value, "tag", None),
)  # fmt: skip
def test_what_a_model_can_do_its_own_tag_first(found: Model, able: list[str]) -> None:
    assert tags(found) == able
    assert choose(found).tag == able[0]


@pytest.mark.parametrize(
    "found",
    [
        model(None, None),
        model("reinforcement-learning", "stable-baselines3"),
        model("sentence-similarity", None, "BertModel"),
        model("text-classification", "transformers", "BertForSequenceClassification"),
        model("text-generation", "transformers", "T5ForConditionalGeneration"),
    ],
)
def test_a_model_that_can_do_nothing_here(found: Model) -> None:
    with pytest.raises(UnsupportedTask, match="org/name .* can do none of the tasks") as caught:
        choose(found)
    assert str(found.tag or "unknown") in str(caught.value)


def test_a_task_that_this_model_cannot_do() -> None:
    with pytest.raises(UnsupportedTask) as caught:
        choose(MINILM, "text-generation")
    assert str(caught.value) == (
        "org/name cannot do text-generation. It can do: sentence-similarity, feature-extraction, "
        "text-ranking, zero-shot-classification."
    )
    assert choose(MINILM, "text-ranking") is TASKS["text-ranking"]


def test_tasks_that_load_alike_share_a_loader() -> None:
    assert len({task.loader(MINILM) for task in for_model(MINILM)}) == 1


def test_chat_leads_on_the_page() -> None:
    assert [task.tag for task in TASKS.values() if task.leads] == ["conversational"]
