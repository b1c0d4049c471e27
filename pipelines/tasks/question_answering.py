"""Find the answer to a question in a text."""

from pydantic import Field

from pipelines.kinds.inputs import Line, Text
from pipelines.kinds.outputs import Answers
from pipelines.kinds.shapes import Found
from pipelines.loaders import reader
from pipelines.loaders.answers import answers
from pipelines.loaders.encoder import Encoder, Head
from pipelines.loaders.reader import Limits, Reading
from pipelines.model import Model
from pipelines.task import Inputs, Params, Task

NONE: Found = {"answer": "", "score": 0.0, "start": 0, "end": 0}


class QuestionAndText(Inputs):
    question: Line = Field(
        description="What you want to know",
        examples=["Where do I live?", "How tall is the tower?"],
    )
    context: Text = Field(
        description="Text that holds the answer",
        examples=[
            "My name is Wolfgang and I live in Berlin",
            "The Eiffel Tower stands on the Champ de Mars in Paris. It is 330 metres tall and was "
            "finished in 1889.",
        ],
    )


class AnswerOptions(Params):
    top_k: int | None = Field(
        None, ge=1, le=100, description="How many answers, in a list; one alone by default"
    )
    handle_impossible_answer: bool = Field(False, description="Let 'no answer' be an answer")
    max_answer_len: int = Field(15, ge=1, le=500, description="Longest answer, in tokens")
    align_to_words: bool = Field(True, description="Widen an answer to whole words")
    max_seq_len: int | None = Field(
        None, ge=8, le=1_000_000, description="Tokens of question and text that are read at once"
    )
    doc_stride: int | None = Field(
        None,
        ge=0,
        le=1_000_000,
        description="Tokens read twice where a long text is read in windows",
    )
    max_question_len: int = Field(64, ge=1, le=1_000_000, description="Longest question, in tokens")


def fits(model: Model) -> bool:
    named = not model.architectures or model.is_a("ForQuestionAnswering", "AnsweringSimple")
    return model.tag == TASK.tag and named


def run(pipe: Encoder, inputs: list[QuestionAndText], params: AnswerOptions) -> list[Answers]:
    limits = Limits(params.max_seq_len, params.doc_stride, params.max_question_len)
    found = reader.read(pipe, [(each.question, each.context) for each in inputs], limits)
    return [chosen(each, row.context, params) for each, row in zip(found, inputs, strict=True)]


def chosen(found: Reading, context: str, params: AnswerOptions) -> Answers:
    """A list where several are asked for, else the best alone."""
    count = params.top_k or 1
    made = answers(
        found,
        context,
        params.max_answer_len,
        count,
        params.handle_impossible_answer,
        params.align_to_words,
    )
    return made if count > 1 else (made or [NONE])[0]


TASK = Task(
    tag="question-answering",
    summary="Find the answer to a question in a text",
    inputs=QuestionAndText,
    params=AnswerOptions,
    output=Answers,
    load={"transformers": Head("QuestionAnswering")},
    fits=fits,
    run=run,
    batch=True,
    default_model="deepset/roberta-base-squad2",
    more_models=(
        "distilbert/distilbert-base-cased-distilled-squad",
        "deepset/tinyroberta-squad2",
        "timpal0l/mdeberta-v3-base-squad2",
    ),
)
