"""Say a long text in few words."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from pipelines.errors import InvalidInput
from pipelines.kinds.inputs import Text
from pipelines.kinds.outputs import Summarized
from pipelines.loaders import generation, seq2seq
from pipelines.loaders.families import chats, encodes
from pipelines.loaders.generation import Generator
from pipelines.loaders.seq2seq import Manner, WritingOptions
from pipelines.model import Model
from pipelines.notices import cut, tell
from pipelines.task import Inputs, Task

INSTRUCTION = "Summarize the following text in one to three sentences.\n\n"
CONCISE = 160  # tokens that a chat model may need for it
SEAMS = 8  # tokens by which a text cut between two of them may grow


class TextToSummarize(Inputs):
    text: Annotated[
        Text,
        Field(
            description="Text to summarize",
            examples=[
                "The tower is 324 metres (1,063 ft) tall, about the same height as an 81-storey "
                "building, and the tallest structure in Paris. Its base is square, measuring 125 "
                "metres (410 ft) on each side. During its construction, the Eiffel Tower "
                "surpassed the Washington Monument to become the tallest man-made structure in "
                "the world, a title it held for 41 years until the Chrysler Building in New York "
                "City was finished in 1930.",
            ],
        ),
    ]


class SummarizationOptions(WritingOptions):
    """The Hub's parameters of summarization."""


def run(
    pipe: Generator, inputs: list[TextToSummarize], params: SummarizationOptions
) -> list[Summarized]:
    texts = [each.text for each in inputs]
    if pipe.encodes:
        made = seq2seq.answer(pipe, texts, params, seq2seq.manner(pipe, "summarization"))
    else:
        made = [by_chat(pipe, text, params) for text in texts]
    return [{"summary_text": text} for text in made]


def by_chat(pipe: Generator, text: str, params: SummarizationOptions) -> str:
    """A chat model is asked for a summary; its likeliest words, unless the caller wants others."""
    how = Manner(own={"do_sample": False, "max_new_tokens": CONCISE})
    given = params.generating()
    ids = prompt(pipe, text, given.get("max_new_tokens", CONCISE), params.cuts)
    (made,) = seq2seq.write(pipe, [ids], given, how)
    return seq2seq.spoken(pipe, made, params)


def prompt(pipe: Generator, text: str, answer: int, cuts: bool) -> list[int]:
    """The ids of the question, with the text cut so that an answer of so many tokens finds room."""
    ids = ask(pipe, text)
    over = len(ids) + min(answer, CONCISE) - pipe.context
    if over <= 0:
        return ids
    if not cuts:
        raise InvalidInput(seq2seq.too_long(len(ids), max(pipe.context - answer, 0)))
    words: Sequence[int] = pipe.tokenizer(text, add_special_tokens=False, verbose=False)[
        "input_ids"
    ]
    kept = max(len(words) - over - SEAMS, 0)
    if kept:
        tell(cut("inputs", kept))
    return ask(pipe, pipe.tokenizer.decode(words[:kept])) if kept else ids


def ask(pipe: Generator, text: str) -> list[int]:
    return pipe.chat_tokens([{"role": "user", "content": INSTRUCTION + text}])


def fits(model: Model) -> bool:
    tasks: Any = model.config.get("task_specific_params") or {}
    own = model.tag == "summarization" or "summarization" in tasks
    return chats(model) or (own and encodes(model))


TASK = Task(
    tag="summarization",
    summary="Say a long text in few words",
    inputs=TextToSummarize,
    params=SummarizationOptions,
    output=Summarized,
    load={"transformers": generation.load},
    fits=fits,
    run=run,
    batch=True,
    listed=True,
    default_model="facebook/bart-large-cnn",
    more_models=(
        "sshleifer/distilbart-cnn-12-6",
        "Falconsai/text_summarization",
        "HuggingFaceTB/SmolLM2-135M-Instruct",
    ),
)
