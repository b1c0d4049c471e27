"""One question for every task: to a model on board where there is one, else to a tiny one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import registry, samples
from pipelines.model import Model
from pipelines.models.resolve import Models
from pipelines.settings import Limits, Settings
from pipelines.task import Task
from tests.components.menagerie import of
from tests.conftest import STARTERS
from tests.zoo.document_question_answering import WORD_BOXES
from tests.zoo.tiny import Tiny
from tests.zoo.tiny import every as zoo

# Short answers, and nothing drawn at random
PARAMETERS: Mapping[str, dict[str, Any]] = {
    "conversational": {"max_tokens": 12, "temperature": 0},
    # Of more answers the pipeline gives one twice: once for each of its words' tokens
    "document-question-answering": {"max_answer_len": 6, "top_k": 2, "word_boxes": WORD_BOXES},
    "summarization": {"generate_parameters": {"max_new_tokens": 12}},
    "text-generation": {"max_new_tokens": 12},
    "text-to-image": {"seed": 7},
    "translation": {"generate_parameters": {"max_new_tokens": 12}},
}

# Tiny models that the library can run by itself too: others want packages that are not here
OTHERS = {
    "any-to-any": "any-to-any-janus",
    "document-question-answering": "document-question-answering-LayoutLMForQuestionAnswering",
    "question-answering": "question-answering-ElectraForQuestionAnswering",  # asks for one answer
    "text-to-audio": "text-to-audio-VitsModel",
}


# Others of those tasks, whose code without a server is a program of its own
BESIDE = (
    "keypoint-detection-VitPoseForPoseEstimation",
    "visual-document-retrieval-ColPaliForRetrieval",
    "visual-document-retrieval-ColQwen2ForRetrieval",
    "visual-document-retrieval-MultiVectorEncoder",
    "zero-shot-object-detection-GroundingDinoForObjectDetection",
)


@dataclass(frozen=True)
class Question:
    """What is asked of a model; `inputs` hold files as paths."""

    task: Task
    model: Model
    inputs: dict[str, Any]
    parameters: dict[str, Any]


def every(home: Path) -> dict[str, Question]:
    """By tag. The tiny models are built into `home`."""
    board = Models(Settings(host="127.0.0.1", starters_dir=STARTERS, offline=True), home / "none")
    found = {}
    for task in registry.TASKS.values():
        able = [model for model in board.list() if task.accepts(model)]
        own = [model for model in able if model.tag == task.tag]
        if able:
            found[task.tag] = on_board(task, (own or able)[0])
        else:
            found[task.tag] = in_zoo(task, tiny(task), home)
    return found


def beside(home: Path, names: Sequence[str] = BESIDE) -> dict[str, Question]:
    """By the names of the tiny models, which are built into `home` too."""
    return {
        each.name: in_zoo(registry.get(each.tag), each, home / each.name)
        for each in zoo() if each.name in names
    }  # fmt: skip


def tiny(task: Task) -> Tiny:
    name = OTHERS.get(task.tag, of(task).name)
    return next(each for each in zoo() if each.name == name)


def on_board(task: Task, model: Model) -> Question:
    sample = samples.of_model(task, model)[0]
    return Question(task, model, sample.inputs, PARAMETERS.get(task.tag, sample.parameters))


def in_zoo(task: Task, tiny: Tiny, home: Path) -> Question:
    folder = home / "models" / "tiny" / tiny.name
    tiny.build(folder)
    models = Models(Settings(models_dir=(home / "models",), offline=True), home / "none")
    asked = task.read(tiny.body, Limits())
    told = tiny.body.get("parameters") if "inputs" in tiny.body else asked.params.given()
    # Clients may send inputs among the parameters: of who asks here they are inputs alone.
    own = {name: value for name, value in (told or {}).items() if name in task.params.model_fields}
    parameters = PARAMETERS.get(task.tag, own)
    row = placed(asked.inputs[0], home / "files" / task.tag)
    return Question(task, models.find(f"tiny/{tiny.name}"), row, parameters)


def placed(row: Any, folder: Path) -> dict[str, Any]:
    """The inputs with their files written into `folder`."""
    from components import files, rows

    folder.mkdir(parents=True)

    def written(file: Any) -> Path:
        number = len(list(folder.iterdir()))
        path = folder / f"{files.kind_of(file)}-{number}.{files.ending(file)}"
        path.write_bytes(file.data)
        return path

    return {name: rows.walked(value, written) for name, value in rows.fields(row).items()}
