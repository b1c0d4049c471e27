"""Which languages a translation model knows, read from its files, and how it is told of them."""

import importlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipelines.loaders.codes import resolve
from pipelines.model import Model

PAIR = re.compile(r"translation_(\w+?)_to_(\w+)")
# How a token of a tokenizer names a language: mBART, NLLB, M2M100
SPECIAL = (r"([a-z]{2}_[A-Z]{2})", r"([a-z]{3}_[A-Z][a-z]{3})", r"__([a-z]{2,3})__")
# The same where it stands before the text: Marian, MADLAD
TAGGED = {">>{}<< ": r">>([\w-]+)<<", "<2{}> ": r"<2([\w-]+)>"}
# Where transformers keeps the languages of a tokenizer whose files do not list them
LISTS = {
    "NllbTokenizer": "nllb.tokenization_nllb",
    "MBartTokenizer": "mbart.tokenization_mbart",
    "MBart50Tokenizer": "mbart50.tokenization_mbart50",
    "M2M100Tokenizer": "m2m_100.tokenization_m2m_100",
}
KINDS = {"nllb-moe": "NllbTokenizer", "m2m_100": "M2M100Tokenizer", "mbart": "MBartTokenizer"}


@dataclass(frozen=True)
class Languages:
    """The codes of a model, in its own spelling, and how it is told of them.

    `template` goes before the text, with the target in it; `special` says that the target is a
    token which begins the answer; `pairs` are names of tasks, by source and target. If none of
    them is set, the model translates between one pair.
    """

    sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    template: str = ""
    special: bool = False
    pairs: Mapping[tuple[str, str], str] | None = None

    def source(self, asked: str | None) -> str | None:
        """The model's own code of what the caller asked for. Raises InvalidInput."""
        return None if asked is None else resolve(asked, self.sources, "src_lang")

    def target(self, asked: str | None) -> str | None:
        return None if asked is None else resolve(asked, self.targets, "tgt_lang")


def choices(model: Model) -> dict[str, tuple[str, ...]]:
    """What may be chosen for `src_lang` and `tgt_lang`; a name without choices is left out."""
    known = of(model)
    return {
        name: codes
        for name, codes in (("src_lang", known.sources), ("tgt_lang", known.targets))
        if codes
    }


@lru_cache(maxsize=64)
def of(model: Model) -> Languages:
    """What the files of `model` say of its languages; no weights are opened."""
    if pairs := task_pairs(model.config):
        return Languages(unique(s for s, _ in pairs), unique(t for _, t in pairs), pairs=pairs)
    about = read_json(model.path / "tokenizer_config.json")
    if model.is_a("MarianMTModel", "FSMTForConditionalGeneration"):
        return one_sided(model.path, about)
    if model.is_a("M2M100ForConditionalGeneration", "MoeForConditionalGeneration",
                  "MBartForConditionalGeneration"):  # fmt: skip
        codes = special_codes(model.path, about) or listed(model, about)
        return Languages(codes, codes, special=True)
    return tagged(text_of(model.path / "tokenizer.json"), ())


def task_pairs(config: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """The tasks of `task_specific_params` that translate, as T5 has them."""
    tasks = config.get("task_specific_params") or {}
    found = ((PAIR.fullmatch(name), name) for name in tasks)
    return {(match[1], match[2]): name for match, name in found if match}


def one_sided(folder: Path, about: Mapping[str, Any]) -> Languages:
    """Marian and FSMT: one source language or one group, and a tag for each of several targets."""
    ends = about.get("source_lang"), about.get("target_lang")
    if not all(ends) and isinstance(about.get("langs"), list):
        ends = tuple(about["langs"])[:2]
    sources, target = ((end,) if isinstance(end, str) and end else () for end in ends)
    found = tagged(text_of(folder / "vocab.json"), sources)
    return found if found.targets else Languages(sources, target)


def tagged(text: str, sources: tuple[str, ...]) -> Languages:
    """The languages whose tags stand in a vocabulary."""
    for template, rule in TAGGED.items():
        if codes := unique(re.findall(f'"{rule}"', text)):
            return Languages(sources, codes, template)
    return Languages()


def special_codes(folder: Path, about: Mapping[str, Any]) -> tuple[str, ...]:
    """The languages among the special tokens, by the spelling that most of them have."""
    tokens = [*names_in(about), *names_in(read_json(folder / "special_tokens_map.json"))]
    found = (unique(m[1] for t in tokens if (m := re.fullmatch(rule, t))) for rule in SPECIAL)
    return max(found, key=len)


def names_in(about: Mapping[str, Any]) -> list[str]:
    """The special tokens that a tokenizer's file lists in one of its ways."""
    places = (about.get("additional_special_tokens"), about.get("extra_special_tokens"),
              about.get("added_tokens_decoder"))  # fmt: skip
    tokens = [t for p in places for t in (p.values() if isinstance(p, dict) else p or ())]
    return [str(t.get("content")) if isinstance(t, dict) else str(t) for t in tokens]


def listed(model: Model, about: Mapping[str, Any]) -> tuple[str, ...]:
    """The list that transformers has for such a tokenizer."""
    said = str(about.get("tokenizer_class") or "").removesuffix("Fast")
    name = said if said in LISTS else KINDS.get(str(model.config.get("model_type")))
    if name is None:
        return ()
    codes = importlib.import_module(f"transformers.models.{LISTS[name]}").FAIRSEQ_LANGUAGE_CODES
    return unique(
        codes[about.get("language_codes", "m2m100")] if isinstance(codes, dict) else codes
    )


def unique(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(codes)))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def read_json(path: Path) -> Mapping[str, Any]:
    try:
        value = json.loads(text_of(path) or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
