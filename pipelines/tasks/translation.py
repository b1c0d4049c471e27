"""Say a text in another language."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from pipelines.errors import InvalidInput
from pipelines.kinds.inputs import LEADS, Text
from pipelines.kinds.outputs import Translated
from pipelines.loaders import generation, languages, seq2seq
from pipelines.loaders.codes import unsaid
from pipelines.loaders.families import encodes
from pipelines.loaders.generation import Generator
from pipelines.loaders.languages import Languages
from pipelines.loaders.seq2seq import Manner, WritingOptions
from pipelines.loaders.tongues import opening, speaking
from pipelines.model import Model
from pipelines.notices import tell
from pipelines.task import Inputs, Task


class TextToTranslate(Inputs):
    text: Annotated[
        Text,
        Field(
            description="Text to translate",
            examples=["My name is Wolfgang and I live in Berlin", "How are you today?"],
        ),
    ]


class TranslationOptions(WritingOptions):
    src_lang: str | None = Field(
        None, description="The language of the text", json_schema_extra=LEADS
    )
    tgt_lang: str | None = Field(
        None, description="The language to translate into", json_schema_extra=LEADS
    )


def run(
    pipe: Generator, inputs: list[TextToTranslate], params: TranslationOptions
) -> list[Translated]:
    texts = [each.text for each in inputs]
    known = languages.of(pipe.source) if pipe.source else Languages()
    how = manner(pipe, known, texts, params)
    with hearing(pipe, known, params):
        made = seq2seq.answer(pipe, texts, params, how)
    return [{"translation_text": text} for text in made]


def hearing(
    pipe: Generator, known: Languages, params: TranslationOptions
) -> AbstractContextManager[None]:
    """Tells the tokenizer of the source language while a text is read."""
    source = known.source(params.src_lang)
    return speaking(pipe.tokenizer, source) if source and known.special else nullcontext()


def manner(
    pipe: Generator, known: Languages, texts: Sequence[str], params: TranslationOptions
) -> Manner:
    """How this model is told of the languages. Raises InvalidInput for those it does not know."""
    plain = seq2seq.manner(pipe, "translation")
    source, target = known.source(params.src_lang), known.target(params.tgt_lang)
    if known.pairs:
        return by_task(pipe, known, texts, (source, target))
    if known.special:
        fixed, silent = opening(pipe, known, target)
        return replace(plain, fixed=fixed, silent=silent)
    if known.template:
        return replace(plain, prefix=tag(known, texts, target) or plain.prefix)
    return plain


def by_task(
    pipe: Generator, known: Languages, texts: Sequence[str], asked: tuple[str | None, str | None]
) -> Manner:
    """The task of T5's configuration that fits what was asked for; its first, if nothing was."""
    tasks = {pair: seq2seq.manner(pipe, name) for pair, name in (known.pairs or {}).items()}
    fitting = [p for p in tasks if all(a in (None, b) for a, b in zip(asked, p, strict=True))]
    if not fitting:
        raise InvalidInput(f"parameters.tgt_lang: this model translates {ways(tasks)}. Send these.")
    named = next((how for how in tasks.values() if says(how.prefix, texts)), None)
    if asked == (None, None) and named:
        return named
    own = pipe.source.card.get("pipeline_tag") if pipe.source else None
    pair = next((p for p in fitting if "translation_{}_to_{}".format(*p) == own), fitting[0])
    if len(fitting) > 1:
        tell(
            f"No tgt_lang was sent, so this is {ways([pair])}. The model translates {ways(tasks)}."
        )
    return tasks[pair]


def says(prefix: str, texts: Sequence[str]) -> bool:
    """Whether the texts themselves say what to do."""
    return bool(prefix) and all(text.startswith(prefix) for text in texts)


def ways(pairs: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"from {source} to {target}" for source, target in pairs)


def tag(known: Languages, texts: Sequence[str], target: str | None) -> str:
    """What stands before a text to name the target; nothing if each text has that already."""
    if target is None and len(known.targets) > 1:
        opened, closed = known.template.strip().split("{}")
        if all(text.startswith(opened) and closed in text for text in texts):
            return ""
        raise unsaid(known.targets)
    return known.template.format(target or known.targets[0])


def fits(model: Model) -> bool:
    return encodes(model) and (
        model.tag == "translation" or bool(languages.task_pairs(model.config))
    )


TASK = Task(
    tag="translation",
    summary="Say a text in another language",
    inputs=TextToTranslate,
    params=TranslationOptions,
    output=Translated,
    load={"transformers": generation.load},
    fits=fits,
    choices=languages.choices,
    run=run,
    batch=True,
    listed=True,
    default_model="google-t5/t5-small",
    more_models=(
        "Helsinki-NLP/opus-mt-en-fr",
        "facebook/nllb-200-distilled-600M",
        "facebook/mbart-large-50-many-to-many-mmt",
    ),
)
