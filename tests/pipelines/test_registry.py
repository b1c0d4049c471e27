"""Which tasks there are, and which of them a model can do."""

from pathlib import Path
from typing import Any

import pytest

from pipelines import registry
from pipelines.errors import UnknownTask, UnsupportedTask
from pipelines.kinds.outputs import output_kind
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
    with pytest.raises(
        UnknownTask, match=r"no task 'sing' here. Known tasks: any-to-any, audio-class"
    ):
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
        (model("text-classification", "transformers", "BertForSequenceClassification"),
         ["text-classification"]),
        (model("text-classification", "transformers", "BertForSequenceClassification", config=NLI),
         ["text-classification", "zero-shot-classification"]),
        (model("text-ranking", "sentence-transformers", "BertForSequenceClassification",
               config={"id2label": {"0": "ENTAILMENT", "1": "neutral"}, **NLI}),
         ["text-classification", "zero-shot-classification"]),
        (model("text-generation", "transformers", "LlamaForCausalLM"), ["text-generation"]),
        (model("text-generation", "transformers", "LlamaForCausalLM", chat_template=True),
         ["text-generation", "conversational", "decision", "summarization"]),
        (model("text-generation", "transformers", "T5ForConditionalGeneration"),
         ["text-generation"]),
        (model("translation", "transformers", "MarianMTModel"), ["translation"]),
        (model("summarization", "transformers", "PegasusForConditionalGeneration"),
         ["summarization"]),
        (model("text-generation", "transformers", "GPT2LMHeadModel"), ["text-generation"]),
        (model("image-classification", "transformers", "ViTForImageClassification"),
         ["image-classification", "image-feature-extraction"]),
        (model("image-feature-extraction", "transformers", "ViTModel"),
         ["image-feature-extraction"]),
        (model("tabular-regression", "sklearn"), ["tabular-regression"]),
        (model("automatic-speech-recognition", "transformers", "Wav2Vec2ForCTC"),
         ["automatic-speech-recognition"]),
        (model("audio-classification", "transformers", "ASTForAudioClassification"),
         ["audio-classification"]),
        (model("audio-classification", "transformers", "ClapModel"),
         ["zero-shot-audio-classification"]),
        (model("text-to-speech", "transformers", "VitsModel"),
         ["text-to-speech", "text-to-audio"]),
        (model("text-to-audio", "handler"), ["text-to-audio"]),
    ],
    ids=lambda value: getattr(value, "tag", None),
)  # fmt: skip
def test_what_a_model_can_do_its_own_tag_first(found: Model, able: list[str]) -> None:
    assert tags(found) == able
    assert choose(found).tag == able[0]


def test_a_model_that_can_only_be_shown() -> None:
    with pytest.raises(UnsupportedTask, match=r"shown, not run.*stable-baselines3"):
        for_model(model("reinforcement-learning", "stable-baselines3"))
    with pytest.raises(UnknownTask, match="LeRobot"):
        registry.get("robotics")


@pytest.mark.parametrize(
    "found",
    [
        model(None, None),
        model("sentence-similarity", None, "BertModel"),
        model("text-classification", "setfit", "MPNetModel"),
        model("text-classification", "transformers", "BertModel"),
        model("text-generation", "transformers", "Gemma3ForConditionalGeneration"),
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
    talks = [tag for tag, task in TASKS.items() if output_kind(task.output).name == "message"]
    assert [task.tag for task in TASKS.values() if task.leads] == talks
    assert "conversational" in talks
