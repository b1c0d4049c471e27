"""Answer typed questions about a state of affairs, each with its probability."""

import json
from copy import deepcopy
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from pipelines.errors import InvalidInput
from pipelines.forms import NoOptions
from pipelines.kinds.inputs import Text, check_json
from pipelines.kinds.outputs import Decided
from pipelines.loaders import generation
from pipelines.loaders.families import chats, decides
from pipelines.loaders.generation import Generator
from pipelines.model import Model
from pipelines.task import Inputs, Task

Content = str | list[Any] | dict[str, Any]


class Asked(BaseModel):
    """What every question has."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    instructions: Content | None = None


class Noul(Asked):
    """Yes or no; `criteria` may say what `true` and `false` mean."""

    type: Literal["noul"]
    criteria: dict[Literal["true", "false"], Content | None] | None = None


class Choice(Asked):
    """One of several options, each with a description or null."""

    type: Literal["choice"]
    criteria: dict[str, Content | None] = Field(min_length=1)


class Score(Asked):
    """One of several levels, the lowest first."""

    type: Literal["score"]
    criteria: list[Content] = Field(min_length=1)


Question = Annotated[Noul | Choice | Score, Field(discriminator="type")]


class StateAndQuestions(Inputs):
    state: Annotated[Text | dict[str, Any] | list[Any], AfterValidator(check_json)] = Field(
        description="What the questions are about",
        examples=["I was charged twice for my order and want a refund."],
    )
    questions: Annotated[dict[str, Question], BeforeValidator(check_json)] = Field(
        min_length=1,
        max_length=100,
        description="Questions by name: yes or no (noul), one of several (choice), or a level",
        examples=[
            {
                "refund": {"type": "noul", "instructions": "Is a refund requested?"},
                "tone": {
                    "type": "choice",
                    "instructions": "What is the tone?",
                    "criteria": {"calm": "A polite message", "angry": "A rude message"},
                },
                "urgency": {
                    "type": "score",
                    "instructions": "How urgent is it?",
                    "criteria": ["It can wait", "This week", "Today"],
                },
            }
        ],
    )


def fits(model: Model) -> bool:
    """Models made for decisions, and every chat model, which is asked for a letter."""
    return decides(model) or chats(model)


def run(pipe: Any, inputs: list[StateAndQuestions], params: NoOptions) -> list[Decided]:
    decider = asked_for_letters(pipe) if isinstance(pipe, Generator) else pipe
    return [decide(decider, each) for each in inputs]


def asked_for_letters(chat: Generator) -> Any:
    """A chat model as one that decides. Its tokenizer is a copy: marks are added to it, which
    a conversation must not know."""
    from transformers.pipelines.decision import DecisionPipeline

    return DecisionPipeline(model=chat.model, tokenizer=deepcopy(chat.tokenizer))


def decide(pipe: Any, asked: StateAndQuestions) -> Decided:
    try:
        prepared = pipe.preprocess(without_marks(asked.model_dump(mode="json")))
        check_length(pipe, prepared["prompts"])
        answers: Decided = pipe.postprocess(pipe.forward(prepared))
    except ValueError as error:  # more options than the model has letters for, or no such letters
        raise InvalidInput(f"inputs.questions: the model says: {error}") from error
    return answers


def without_marks(request: dict[str, Any]) -> Any:
    """`request` without the words that say where a model reads: a caller who writes one would be
    read in a wrong place, or break the model."""
    from transformers.decision.template_utils import MARK, SPLIT

    written = json.dumps(request, ensure_ascii=False)
    while MARK in written or SPLIT in written:  # what is taken away may leave another
        written = written.replace(MARK, "").replace(SPLIT, "")
    return json.loads(written)


def check_length(pipe: Any, prompts: list[tuple[dict[str, Any], Any]]) -> None:
    config = pipe.model.config.get_text_config()
    most = getattr(config, "max_position_embeddings", None)
    longest = max(given["input_ids"].shape[-1] for given, _ in prompts)
    if most and longest > most:
        raise InvalidInput(
            f"inputs: state and question have {longest:,} tokens, but this model reads {most:,}. "
            "Shorten them."
        )


TASK = Task(
    tag="decision",
    summary="Answer typed questions about a state of affairs, each with its probability",
    inputs=StateAndQuestions,
    params=NoOptions,
    output=Decided,
    load={"transformers": generation.load},
    fits=fits,
    run=run,
    default_model="Qwen/Qwen2.5-0.5B-Instruct",
    more_models=("HuggingFaceTB/SmolLM2-135M-Instruct",),
)
