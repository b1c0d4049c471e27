"""What a card's author says that comes of an example, as a result of the task."""

from pathlib import Path
from typing import Any

import pytest

from pipelines import given
from pipelines.model import Model
from pipelines.registry import TASKS
from pipelines.samples import offer
from tests.pipelines.media import saved
from tests.zoo.seen import scene


def result(tag: str, folder: Path, **entry: Any) -> Any:
    model = Model("org/name", folder, "1", tag, "transformers", card={"widget": [entry]})
    (sample,) = offer(TASKS[tag], model).samples
    return given.result(TASKS[tag], model, sample)


LABELS = [{"label": "good", "score": 0.75}]
CASES: list[tuple[str, dict[str, Any], Any]] = [
    ("text-classification", {"text": "a", "output": LABELS}, LABELS),
    ("translation", {"text": "a", "output": {"text": "b"}}, {"translation_text": "b"}),
    ("summarization", {"text": "a", "output": {"text": "b"}}, {"summary_text": "b"}),
    ("text-generation", {"text": "a", "output": {"text": "b"}}, [{"generated_text": "b"}]),
    ("question-answering",
     {"text": "Who?", "context": "I am Bob", "output": {"answer": "Bob", "score": 0.5}},
     {"answer": "Bob", "score": 0.5, "start": 5, "end": 8}),
    ("sentence-similarity",
     {"source_sentence": "a", "sentences": ["b", "c"],
      "output": [{"label": "c", "score": 0.1}, {"label": "b", "score": 0.2}]}, [0.2, 0.1]),
]  # fmt: skip


@pytest.mark.parametrize(("tag", "entry", "expected"), CASES)
def test_forms(tag: str, entry: dict[str, Any], expected: Any, tmp_path: Path) -> None:
    assert result(tag, tmp_path, **entry) == expected


@pytest.mark.parametrize("output", [None, {"nonsense": 1}, [1], "words", {"url": "/etc/passwd"}])
def test_what_fits_no_shape_is_not_shown(output: Any, tmp_path: Path) -> None:
    assert result("text-classification", tmp_path, text="a", output=output) is None


def test_a_file_of_the_repository(tmp_path: Path) -> None:
    png = saved(scene())
    (tmp_path / "made.png").write_bytes(png)
    (tmp_path / "made.wav").write_bytes(b"RIFF")
    made = result("text-to-image", tmp_path, text="a", output={"url": "made.png"})
    made = made[0] if isinstance(made, list) else made
    assert made == {"content": png, "mime": "image/png"}
    assert result("text-to-image", tmp_path, text="a", output={"url": "made.wav"}) is None
    away = {"url": "https://example.com/made.png"}
    assert result("text-to-image", tmp_path, text="a", output=away) is None


def test_rejected_examples_say_why(tmp_path: Path) -> None:
    entries = [{"src": "https://example.com/a.png"}, {"src": "lost.png"}, {"text": "a"}]
    model = Model("a/b", tmp_path, "1", "image-classification", None, card={"widget": entries})
    task = TASKS["image-classification"]
    found = offer(task, model)
    assert not found.of_card
    assert [each.number for each in found.rejected] == [1, 2, 3]
    address, lost, other = (each.why for each in found.rejected)
    assert "https://example.com/a.png" in address
    assert "lost.png is not in the folder" in lost
    assert other == "it has nothing for the field image."
    assert offer(TASKS["zero-shot-image-classification"], model).rejected == ()
