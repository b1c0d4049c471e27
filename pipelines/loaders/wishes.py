"""What a caller may wish of a transcript, in the terms of the model that writes it.

A wish that the loaded model cannot honour is refused, and the refusal says what it takes.
"""

from dataclasses import dataclass
from typing import Any

from pipelines.errors import InvalidInput

USUAL = 256  # new tokens at most where nobody says otherwise, as transformers' pipeline has it
WHISPERED = 4  # tokens that Whisper starts with: its own, language, task, and no timestamps


@dataclass(frozen=True)
class Hearing:
    """How to listen. `timestamps` is None, or what gets one: `phrase`, `word` or `char`."""

    timestamps: str | None
    language: str | None
    task: str | None
    generation: dict[str, Any]


def is_whisper(pipe: Any) -> bool:
    return bool(pipe.type == "seq2seq_whisper")


def arguments(pipe: Any, asked: Hearing) -> dict[str, Any]:
    """What is asked for, as arguments of transformers' pipeline. Raises InvalidInput for what this
    model cannot do."""
    given: dict[str, Any] = {}
    if asked.generation and pipe.type.startswith("ctc"):
        raise InvalidInput(
            "parameters.generation_parameters: this model writes all letters at once, and has "
            "nothing to choose. Leave it out."
        )
    if when := timestamps(pipe, asked.timestamps):
        given["return_timestamps"] = when
    wishes = {**asked.generation, **tongue(pipe, asked.language, asked.task)}
    if wishes := bounded(pipe, wishes):
        given["generate_kwargs"] = wishes
    return given


def timestamps(pipe: Any, asked: str | None) -> bool | str | None:
    if asked is None:
        return None
    if is_whisper(pipe):
        if asked == "char":
            raise InvalidInput(
                "parameters.return_timestamps: this model knows when a word was said, not a "
                "letter. Send 'word' or true."
            )
        return asked if asked == "word" else True
    if pipe.type == "seq2seq":
        raise InvalidInput(
            "parameters.return_timestamps: this model does not know when a word was said. Leave it "
            "out."
        )
    return "word" if asked == "phrase" else asked


def tongue(pipe: Any, language: str | None, task: str | None) -> dict[str, str]:
    """The spoken language and the wish for English, as Whisper takes them."""
    known = languages(pipe)
    if not known:
        refuse(pipe, language, task)
        return {}
    if language is not None and code_of(language) not in known:
        raise InvalidInput(
            f"parameters.language: this model does not know {language[:40]!r}; it takes: "
            f"{', '.join(known)}."
        )
    wishes = {"language": language and code_of(language), "task": task}
    return {name: wish for name, wish in wishes.items() if wish is not None}


def refuse(pipe: Any, language: str | None, task: str | None) -> None:
    """Raises InvalidInput unless a model of one language does that anyway."""
    if task == "translate":
        raise InvalidInput(
            "parameters.task: this model writes down what it hears; it takes: transcribe."
        )
    if language is None:
        return
    if not is_whisper(pipe):
        raise InvalidInput(
            "parameters.language: this model has no such choice, since it knows the languages it "
            "was trained on. Leave it out."
        )
    if code_of(language) != "en":
        raise InvalidInput("parameters.language: this model knows English alone; it takes: en.")


def languages(pipe: Any) -> list[str]:
    """Codes of what a multilingual Whisper understands; none for any other model."""
    config = pipe.model.generation_config if is_whisper(pipe) else None
    marks = getattr(config, "lang_to_id", None) or {}
    many = getattr(config, "is_multilingual", bool(marks))
    return sorted(mark.strip("<|>") for mark in marks) if many else []


def code_of(language: str) -> str:
    """The code of a language that is named by its code or in English."""
    from transformers.models.whisper.tokenization_whisper import TO_LANGUAGE_CODE

    name = language.strip().lower()
    return str(TO_LANGUAGE_CODE.get(name, name))


def bounded(pipe: Any, generation: dict[str, Any]) -> dict[str, Any]:
    """No more new tokens than a decoder has positions, beyond which it would raise. Whisper sees to
    that by itself, but for a number of new tokens."""
    most = None if pipe.type.startswith("ctc") else positions(pipe)
    wished = generation.get("max_new_tokens")
    if not is_whisper(pipe):
        wished = wished or generation.get("max_length") or USUAL
    if most is None or wished is None or wished <= most:
        return generation
    rest = {name: value for name, value in generation.items() if name != "max_length"}
    return {**rest, "max_new_tokens": most}


def positions(pipe: Any) -> int | None:
    """How many tokens a decoder writes, its start and its end aside."""
    decoder = getattr(pipe.model.config, "decoder", pipe.model.config)
    names = ("max_target_positions", "max_text_positions", "max_position_embeddings")
    found = [most for name in names if (most := getattr(decoder, name, None))]
    return found[0] - (WHISPERED if is_whisper(pipe) else 2) if found else None
