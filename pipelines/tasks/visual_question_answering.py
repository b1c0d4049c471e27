"""Answer a question about a picture."""

from typing import Any

from pydantic import Field

from pipelines.forms import QuestionAndPicture, question_at_root
from pipelines.hardware import Hardware
from pipelines.kinds.outputs import Guesses
from pipelines.loaders.seeds import drawn
from pipelines.loaders.seeing import number
from pipelines.loaders.sight import Seer, Sight
from pipelines.loaders.writing import write
from pipelines.model import Model
from pipelines.task import Params, Task

LABELS = 5  # answers of a model that chooses among those that it knows, where nobody says how many
KNOWS = ("ViltForQuestionAnswering", "BlipForQuestionAnswering", "GitForCausalLM")


class GuessOptions(Params):
    top_k: int | None = Field(
        None,
        ge=1,
        le=16,
        description="How many answers; 5 of a model that knows them all, 1 of one that writes",
    )


def run(pipe: Seer, inputs: list[QuestionAndPicture], params: GuessOptions) -> list[Guesses]:
    answer = written if pipe.model.can_generate() else chosen
    return [answer(pipe, each, params.top_k) for each in inputs]


def chosen(seer: Seer, row: QuestionAndPicture, count: int | None) -> Guesses:
    """The likeliest of the answers that a model knows, each judged by itself, as it was trained."""
    import torch

    given = seer.see(row.image.decode()) | seer.read(row.question, "inputs.question")
    with torch.inference_mode(), drawn(0):  # ViLT draws the order of the patches, and which
        scores = seer.model(**given).logits[0].float().sigmoid()
    best = scores.topk(min(count or LABELS, len(scores)))
    names = seer.model.config.id2label
    return [
        {"answer": str(names[at]), "score": number(score)}
        for at, score in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]


def written(seer: Seer, row: QuestionAndPicture, count: int | None) -> Guesses:
    """The likeliest answers that a model writes, each with its probability."""
    asked = seer.read(row.question, "inputs.question")
    goes_on = not hasattr(seer.model, "text_decoder")  # GIT writes behind the question
    if goes_on:
        asked = {name: ids[:, :-1] for name, ids in asked.items() if name != "token_type_ids"}
    before = asked["input_ids"].shape[1] if goes_on else 1
    found = write(seer, seer.see(row.image.decode()) | asked, before, count or 1)
    return [{"answer": seer.text(each.ids[before:]), "score": each.score} for each in found]


def load(model: Model, hardware: Hardware) -> Any:
    known = not model.is_a("GitForCausalLM")
    return Sight("VisualQuestionAnswering" if known else "ImageTextToText")(model, hardware)


def fits(model: Model) -> bool:
    return model.tag == TASK.tag and model.is_a(*KNOWS)


TASK = Task(
    tag="visual-question-answering",
    summary="Answer a question about a picture",
    inputs=QuestionAndPicture,
    params=GuessOptions,
    output=Guesses,
    load={"transformers": load},
    fits=fits,
    tidy=question_at_root,
    run=run,
    batch=True,
    default_model="dandelin/vilt-b32-finetuned-vqa",
    more_models=("Salesforce/blip-vqa-base", "microsoft/git-base-vqav2"),
)
