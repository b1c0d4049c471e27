"""Ready-made inputs, from a model's card and from the task's own record."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines import samples
from pipelines.model import Model
from pipelines.registry import TASKS
from pipelines.samples import card_parameters, of_model, of_task
from tests.pipelines.media import recorded, saved


def model(tag: str, folder: Path = Path("/none"), **card: Any) -> Model:
    return Model("org/name", folder, "1", tag, "transformers", card=card)


def offered(tag: str, *entries: dict[str, Any], folder: Path = Path("/none")) -> list[Any]:
    """The inputs that are offered for a model whose card has these entries."""
    found = of_model(TASKS[tag], model(tag, folder, widget=list(entries)))
    return [sample.inputs for sample in found]


def test_the_examples_of_a_task_have_titles_and_files() -> None:
    cat, coffee = of_task(TASKS["image-classification"])
    assert (cat.title, coffee.title) == ("Cat", "Coffee")
    assert cat.inputs["image"].is_file()
    assert samples.as_raw(cat.inputs) == {"image": cat.inputs["image"].read_bytes()}
    (chat, *_) = of_task(TASKS["conversational"])
    assert chat.title == "What is the capital of France?"
    (table,) = of_task(TASKS["tabular-classification"])
    assert table.title == "Example"


def test_a_long_text_has_a_short_title() -> None:
    assert samples.short("a" * 60) == "a" * 47 + "…"
    assert samples.short("two\n  words") == "two words"


def test_the_examples_of_a_card_come_first() -> None:
    entries = {"text": "Hi", "example_title": "Greeting"}, {"text": "Bye"}
    found = of_model(TASKS["text-generation"], model("text-generation", widget=list(entries)))
    assert [(sample.title, sample.inputs) for sample in found] == [
        ("Greeting", {"text": "Hi"}),
        ("Bye", {"text": "Bye"}),
    ]


def test_a_card_without_a_fitting_example_leaves_the_tasks_own() -> None:
    own = [sample.inputs for sample in of_task(TASKS["text-generation"])]
    assert offered("text-generation") == own
    assert offered("text-generation", {"src": "a.png"}, {"text": " "}) == own


def test_eight_examples_at_most() -> None:
    assert len(offered("text-generation", *({"text": str(n)} for n in range(20)))) == 8


@pytest.mark.parametrize(
    ("tag", "entry", "inputs"),
    [
        ("conversational", {"text": "Hi"}, {"messages": [{"role": "user", "content": "Hi"}]}),
        ("conversational", {"messages": [{"role": "user", "content": "Hi"}]},
         {"messages": [{"role": "user", "content": "Hi"}]}),
        ("sentence-similarity", {"source_sentence": "a", "sentences": ["b"]},
         {"source_sentence": "a", "sentences": ["b"]}),
        ("zero-shot-classification", {"text": "a", "candidate_labels": "b, c"},
         {"text": "a", "candidate_labels": ["b", "c"]}),
        ("tabular-classification", {"structured_data": {"a": [1]}}, {"data": {"a": [1]}}),
    ],
)  # fmt: skip
def test_the_hubs_field_names_become_ours(
    tag: str, entry: dict[str, Any], inputs: dict[str, Any]
) -> None:
    assert offered(tag, entry) == [inputs]


def test_parameters_of_an_example_as_far_as_they_are_known() -> None:
    entry = {"text": "Hi", "parameters": {"max_new_tokens": 5, "no_such": 1}}
    (sample,) = of_model(TASKS["text-generation"], model("text-generation", widget=[entry]))
    assert sample.parameters == {"max_new_tokens": 5}


def test_files_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(saved(Image.new("RGB", (2, 2))))
    (tmp_path / "a.wav").write_bytes(recorded(np.zeros((1, 800), np.float32), 16_000))
    image, audio = "image-classification", "automatic-speech-recognition"
    assert offered(image, {"src": "a.png"}, folder=tmp_path) == [{"image": tmp_path / "a.png"}]
    assert offered(audio, {"src": "a.wav"}, folder=tmp_path) == [{"audio": tmp_path / "a.wav"}]
    own = [sample.inputs for sample in of_task(TASKS[image])]
    for other in ("a.wav", "missing.png", "https://host/a.png"):
        assert offered(image, {"src": other}, folder=tmp_path) == own


def test_no_file_outside_the_repository(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(saved(Image.new("RGB", (2, 2))))
    repository = tmp_path / "repository"
    repository.mkdir()
    own = [sample.inputs for sample in of_task(TASKS["image-classification"])]
    for entry in (
        {"src": str(secret)},
        {"src": "../secret.png"},
        {"text": "a", "parameters": {"src": str(secret)}},
        {"text": "a", "parameters": {"image": str(secret)}},
    ):
        assert offered("image-classification", entry, folder=repository) == own


def test_the_table_that_scikit_learn_leaves() -> None:
    config = {"sklearn": {"example_input": {"a": [1, 2]}}}
    found = Model("org/name", Path("/none"), "1", "tabular-regression", "sklearn", config=config)
    (sample,) = of_model(TASKS["tabular-regression"], found)
    assert sample.inputs == {"data": {"a": [1, 2]}}


def test_the_authors_own_defaults() -> None:
    parameters = {"max_new_tokens": 7, "temperature": -1, "no_such": 1, "return_full_text": None}
    found = model("text-generation", inference={"parameters": parameters})
    assert card_parameters(TASKS["text-generation"], found) == {"max_new_tokens": 7}
    assert card_parameters(TASKS["text-generation"], model("text-generation")) == {}
    assert card_parameters(TASKS["text-generation"], model("x", inference=False)) == {}
