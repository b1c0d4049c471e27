"""Whole answers to several texts at once, as translation and summarization give them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field

from pipelines.errors import InvalidInput
from pipelines.loaders.bounds import WHERE, lengths
from pipelines.loaders.generation import GenerationParameters, Generator
from pipelines.loaders.safety import first_line
from pipelines.notices import cut, tell
from pipelines.task import Params

BATCH = 8  # texts that an encoder reads at a time
NEUTRAL = {"num_beam_groups", "penalty_alpha"}  # what transformers no longer has


class WritingOptions(Params):
    """What translation and summarization share."""

    truncation: Literal["do_not_truncate", "longest_first", "only_first", "only_second"] | None = (
        Field(None, description="Whether to cut a text that is longer than the model reads")
    )
    clean_up_tokenization_spaces: bool | None = Field(
        None, description="Take away spaces before marks, as in 'word .'"
    )
    generate_parameters: GenerationParameters | None = Field(
        None, description="Options of the Hub's generation parameters"
    )

    @property
    def cuts(self) -> bool:
        """Whether a text may be cut; as it stands alone there is no second one to cut."""
        return self.truncation not in ("do_not_truncate", "only_second")

    def generating(self) -> dict[str, Any]:
        """What goes to `model.generate`."""
        asked = self.generate_parameters
        return asked.model_dump(exclude_none=True, exclude=NEUTRAL) if asked else {}


@dataclass(frozen=True)
class Manner:
    """How a model does a task: the words it wants before the text, its own options for the task,
    what must be sent to `generate`, and ids that are no part of the answer."""

    prefix: str = ""
    own: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    silent: frozenset[int] = frozenset()


def manner(pipe: Generator, task: str) -> Manner:
    """What `config.json` says of `task`: its `task_specific_params`, and a prefix for any task."""
    config = pipe.model.config
    about = dict((getattr(config, "task_specific_params", None) or {}).get(task) or {})
    prefix = about.pop("prefix", None) or getattr(config, "prefix", None) or ""
    return Manner(prefix, {k: v for k, v in about.items() if k in OWN})


# Options of `generate` that a configuration may set for one task
OWN = frozenset(GenerationParameters.model_fields) - NEUTRAL | {
    "length_penalty", "no_repeat_ngram_size", "repetition_penalty", "encoder_no_repeat_ngram_size",
}  # fmt: skip


def answer(pipe: Generator, texts: Sequence[str], params: WritingOptions, how: Manner) -> list[str]:
    """What a model with an encoder writes for each text."""
    given = [text if text.startswith(how.prefix) else how.prefix + text for text in texts]
    rows = read(pipe, given, params.cuts)
    beams = params.generating().get("num_beams") or how.own.get("num_beams") or pipe.beams
    size = max(1, BATCH // int(beams))  # each beam is a row of its own
    parts = [rows[at : at + size] for at in range(0, len(rows), size)]
    made = [ids for part in parts for ids in write(pipe, part, params.generating(), how)]
    return [spoken(pipe, ids, params, how.silent) for ids in made]


def read(pipe: Generator, texts: list[str], cuts: bool) -> list[list[int]]:
    """Token ids of each text, as many as the encoder reads. Raises InvalidInput if nothing may be
    cut."""
    rows: list[list[int]] = pipe.tokenizer(texts, verbose=False)["input_ids"]
    longest = max(map(len, rows))
    if longest <= pipe.reads:
        return rows
    if not cuts:
        raise InvalidInput(too_long(longest, pipe.reads))
    tell(cut("inputs", pipe.reads))
    short = pipe.tokenizer(texts, truncation=True, max_length=pipe.reads, verbose=False)
    rows = short["input_ids"]
    return rows


def too_long(length: int, most: int) -> str:
    return (
        f"inputs: a text has {length:,} tokens, but this model reads {most:,}. Shorten it, or send "
        'truncation="longest_first" to have it cut.'
    )


def write(
    pipe: Generator, rows: Sequence[list[int]], given: Mapping[str, Any], how: Manner
) -> list[list[int]]:
    """The ids that are written for each row. Only an encoder reads several rows at a time.

    Raises InvalidInput for options that the model refuses.
    """
    import torch

    bounds = lengths(pipe, rows[0], given, how.own)
    wanted = {"num_beams": pipe.beams, **how.own, **given, **bounds, **how.fixed}
    ids, mask = padded(rows, pad_of(pipe), pipe.model.device)
    try:
        with torch.inference_mode():
            made = pipe.model.generate(
                input_ids=ids, attention_mask=mask, pad_token_id=pad_of(pipe),
                **wanted, **whole_view(pipe, ids),
            )  # fmt: skip
    except (ValueError, TypeError) as error:
        raise InvalidInput(f"{WHERE}: the model says: {first_line(error)}") from error
    written: list[list[int]] = made[:, 0 if pipe.encodes else ids.shape[1] :].tolist()
    return written


def padded(rows: Sequence[list[int]], pad: int, device: Any) -> tuple[Any, Any]:
    """Ids and mask, each (rows, longest), filled up on the right."""
    import torch

    longest = max(map(len, rows))
    ids = torch.tensor([row + [pad] * (longest - len(row)) for row in rows], device=device)
    mask = torch.tensor(
        [[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=device
    )
    return ids, mask


def pad_of(pipe: Generator) -> int:
    said = (pipe.model.generation_config.pad_token_id, pipe.tokenizer.pad_token_id)
    return next((pad for pad in said if pad is not None), 0)


def whole_view(pipe: Generator, ids: Any) -> dict[str, Any]:
    """LED sees a window around each token but for those named here: its authors name the first."""
    import torch

    if pipe.model.config.model_type != "led":
        return {}
    seen = torch.zeros_like(ids)
    seen[:, 0] = 1
    return {"global_attention_mask": seen}


def spoken(
    pipe: Generator, ids: list[int], params: WritingOptions, silent: frozenset[int] = frozenset()
) -> str:
    """The words of an answer."""
    clean = params.clean_up_tokenization_spaces
    more = {} if clean is None else {"clean_up_tokenization_spaces": clean}
    heard = [id for id in ids if id not in silent]
    text: str = pipe.tokenizer.decode(heard, skip_special_tokens=True, **more)
    return text.strip()
