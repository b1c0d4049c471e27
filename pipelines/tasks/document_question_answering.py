"""Find the answer to a question on a page."""

from typing import Annotated, Any

from PIL import Image
from pydantic import BeforeValidator, Field

from pipelines.errors import InvalidInput
from pipelines.forms import QuestionAndPicture, question_at_root
from pipelines.kinds import files
from pipelines.kinds.inputs import Kind, Line, Name, check_items
from pipelines.kinds.outputs import Places
from pipelines.loaders import donut, pages
from pipelines.loaders.ocr import FINE, Word, words_of
from pipelines.loaders.reader import Limits
from pipelines.loaders.sight import Seer
from pipelines.model import Model
from pipelines.notices import tell
from pipelines.task import Params, Task

LONGEST = 15  # tokens of an answer that a reader points at
# What a model that writes its answer has no use for
OF_READERS = ("doc_stride", "handle_impossible_answer", "lang", "max_seq_len", "word_boxes")


def paired(value: Any) -> Any:
    """Words and boxes in turn, as the Hub's specification writes the type, to pairs of them."""
    in_turn = isinstance(value, list) and value and isinstance(value[0], str)
    if not in_turn or len(value) % 2:
        return value
    return [list(pair) for pair in zip(value[::2], value[1::2], strict=True)]


Side = Annotated[float, Field(ge=0, le=FINE)]
WordBoxes = Annotated[
    list[tuple[Line, tuple[Side, Side, Side, Side]]],
    Kind("json"),
    Field(min_length=1),
    BeforeValidator(paired),
    BeforeValidator(check_items),
]


class QuestionAndPage(QuestionAndPicture):
    question: Annotated[
        Line,
        Field(description="What you want to know", examples=["What is the title of this page?"]),
    ]
    image: Annotated[files.Image, Field(description="A picture of a page", examples=["page.png"])]


class PageOptions(Params):
    top_k: int = Field(1, ge=1, le=16, description="How many answers")
    word_boxes: WordBoxes | None = Field(
        None,
        description="The words of the page, each with its box in thousandths of the page: "
        '[["word", [left, top, right, bottom]], ...]; without them the page is read first',
    )
    lang: Name | None = Field(None, description="Language of the page, by tesseract's name for it")
    handle_impossible_answer: bool = Field(False, description="Let 'no answer' be an answer")
    max_answer_len: int | None = Field(None, ge=1, le=500, description="Longest answer, in tokens")
    max_seq_len: int | None = Field(
        None, ge=8, le=1_000_000, description="Tokens of question and page that are read at once"
    )
    doc_stride: int | None = Field(
        None, ge=0, le=1_000_000, description="Tokens read twice where a page is read in windows"
    )
    max_question_len: int = Field(64, ge=1, le=1_000_000, description="Longest question, in tokens")


def run(pipe: Seer, inputs: list[QuestionAndPage], params: PageOptions) -> list[Places]:
    answer = written if donut.is_donut(pipe) else pointed
    return [answer(pipe, each, each.image.decode(), params) for each in inputs]


def written(seer: Seer, row: QuestionAndPage, page: Image.Image, params: PageOptions) -> Places:
    if useless := [name for name in OF_READERS if getattr(params, name)]:
        raise InvalidInput(
            f"parameters.{useless[0]}: this model writes its answer without finding the words of "
            "the page first. Leave it out."
        )
    longest, most = params.max_answer_len, params.max_question_len
    return donut.answers(seer, row.question, page, longest, params.top_k, most)


def pointed(seer: Seer, row: QuestionAndPage, page: Image.Image, params: PageOptions) -> Places:
    words = given(params) or words_of(page, params.lang)
    if not words:
        tell("No words were found on this page.")
        return []
    limits = Limits(params.max_seq_len, params.doc_stride, params.max_question_len)
    found = pages.read(seer, row.question, words, page, limits)
    longest, nothing = params.max_answer_len or LONGEST, params.handle_impossible_answer
    return pages.answers(found, words, longest, params.top_k, nothing, page.size)


def given(params: PageOptions) -> list[Word]:
    """The words that the caller knows of the page."""
    if params.word_boxes is None:
        return []
    if params.lang is not None:
        raise InvalidInput(
            "parameters.lang: nothing is read where word_boxes are sent. Leave one of them out."
        )
    boxes = [(text, [round(side) for side in box]) for text, box in params.word_boxes]
    if wrong := next((text for text, box in boxes if box[0] > box[2] or box[1] > box[3]), None):
        raise InvalidInput(
            f"parameters.word_boxes: the box of {wrong[:40]!r} ends before it begins. A box is "
            "[left, top, right, bottom]."
        )
    return [Word(text, (box[0], box[1], box[2], box[3])) for text, box in boxes]


def fits(model: Model) -> bool:
    """Readers of pages, and Donut; other models of a picture and a writer caption pictures."""
    encoder = model.config.get("encoder") or {}
    is_donut = encoder.get("model_type") == "donut-swin"
    named = model.is_a("ForQuestionAnswering", "ForDocumentQuestionAnswering")
    return model.tag == TASK.tag and (is_donut or named)


TASK = Task(
    tag="document-question-answering",
    summary="Find the answer to a question on a page",
    inputs=QuestionAndPage,
    params=PageOptions,
    output=Places,
    load={"transformers": pages.load},
    fits=fits,
    tidy=question_at_root,
    run=run,
    batch=True,
    default_model="impira/layoutlm-invoices",
    more_models=("impira/layoutlm-document-qa", "naver-clova-ix/donut-base-finetuned-docvqa"),
)
