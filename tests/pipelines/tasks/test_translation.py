"""Translation: languages however they are written, and what a model may be asked."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import transformers
from transformers.utils.logging import disable_progress_bar

from pipelines import registry
from pipelines.errors import InvalidInput
from pipelines.loaders.codes import resolve
from tests.pipelines.tasks.written import Writer, found, writer
from tests.zoo import writers
from tests.zoo.translation import TASKS, TEXT

BUILDS: dict[str, Callable[[Path], None]] = {
    "marian": writers.marian,
    "pair": lambda folder: writers.marian(folder, source_lang="en", target_lang="de"),
    "tags": lambda folder: writers.marian(folder, "fra", "deu", source_lang="en"),
    "m2m": writers.m2m,
    "nllb": writers.nllb,
    "mbart50": writers.mbart,
    "mbart25": lambda folder: writers.mbart(folder, transformers.MBartTokenizer, "ro_RO"),
    "t5": lambda folder: writers.t5(folder, tasks=TASKS),
    "plain t5": writers.t5,
}
MULTILINGUAL = ["tags", "m2m", "nllb", "mbart50", "mbart25"]
Make = Callable[[str], Writer]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    disable_progress_bar()
    folder = tmp_path_factory.mktemp("translation")
    return cache(lambda name: writer(folder, "translation", BUILDS[name], name.replace(" ", "-")))


def text(answer: Any) -> str:
    ((only),) = answer
    assert only.keys() == {"translation_text"}
    return str(only["translation_text"])


def first_ids(of: Writer, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What goes to the model from now on."""
    seen: list[dict[str, Any]] = []
    generate = of.pipe.model.generate

    def spy(**given: Any) -> Any:
        seen.append(given)
        return generate(**given)

    monkeypatch.setattr(of.pipe.model, "generate", spy)
    return seen


# The picker ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "source", "target"),
    [
        ("m2m", "en", "fr"),
        ("nllb", "eng_Latn", "zho_Hant"),
        ("mbart50", "en_XX", "gl_ES"),
        ("mbart25", "en_XX", "ro_RO"),
        ("t5", "en", "de"),
        ("pair", "en", "de"),
        ("tags", "en", "fra"),
    ],
)
def test_the_choices_are_in_the_files(make: Make, name: str, source: str, target: str) -> None:
    choices = registry.get("translation").choices(make(name).model)
    assert source in choices["src_lang"]
    assert target in choices["tgt_lang"]
    assert list(choices["tgt_lang"]) == sorted(set(choices["tgt_lang"]))


@pytest.mark.parametrize("name", ["marian", "plain t5"])
def test_a_model_that_does_not_say_has_no_choices(make: Make, name: str) -> None:
    assert registry.get("translation").choices(make(name).model) == {}
    assert text(make(name).ask(TEXT))
    with pytest.raises(InvalidInput, match="tgt_lang: this model does not say which languages"):
        make(name).ask(TEXT, tgt_lang="fr")


def test_choices_are_those_of_transformers_where_files_lack_them(tmp_path: Path) -> None:
    model = found(tmp_path, writers.nllb, "nllb")
    for name in ("tokenizer_config.json", "tokenizer.json"):
        (model.path / name).unlink()
    (model.path / "tokenizer_config.json").write_text('{"tokenizer_class": "NllbTokenizerFast"}')
    choices = registry.get("translation").choices(found(tmp_path, writers.nllb, "nllb"))
    assert len(choices["tgt_lang"]) == 202


# Codes -----------------------------------------------------------------------------------------

CODES = ("en_XX", "fr_XX", "zho_Hans", "zho_Hant", "eng_Latn", "arb_Arab", "pt", "pt_BR")


@pytest.mark.parametrize(
    ("asked", "codes", "meant"),
    [
        ("en_XX", CODES, "en_XX"),
        ("EN-xx", CODES, "en_XX"),
        ("fr", CODES, "fr_XX"),
        ("fra", CODES, "fr_XX"),
        ("ar", CODES, "arb_Arab"),
        ("pt", CODES, "pt"),
        ("zho_Hans", CODES, "zho_Hans"),
        ("en", ("eng_Latn", "fra_Latn"), "eng_Latn"),
        ("en_GB", ("en", "fr"), "en"),
    ],
)
def test_a_language_may_be_written_in_many_ways(
    asked: str, codes: tuple[str, ...], meant: str
) -> None:
    assert resolve(asked, codes, "tgt_lang") == meant


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("zh", "'zh' may mean zho_Hans, zho_Hant. Send one"),
        ("tlh", "does not know 'tlh'. Send one of en_XX, fr_XX"),
        ("fr_CA", "does not know 'fr_CA'"),
        ("", "does not know ''"),
        ("🤷", "does not know '🤷'"),
    ],
)
def test_a_language_that_is_not_known_or_not_clear(asked: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=r"parameters\.tgt_lang: ") as caught:
        resolve(asked, CODES, "tgt_lang")
    assert sentence in str(caught.value)


def test_a_long_list_is_not_told_whole(make: Make) -> None:
    with pytest.raises(InvalidInput, match=r"Send one of af, am, .* or 76 others"):
        make("m2m").ask(TEXT, tgt_lang="xx")


# Models of many languages ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tags", "m2m", "nllb", "mbart50"])
def test_a_model_that_must_know_the_target_says_so(make: Make, name: str) -> None:
    with pytest.raises(InvalidInput, match=r"parameters\.tgt_lang: this model needs to know"):
        make(name).ask(TEXT)


@pytest.mark.parametrize("name", MULTILINGUAL)
def test_each_language_has_its_own_answer(make: Make, name: str) -> None:
    given = {"generate_parameters": {"max_new_tokens": 8}}
    targets = registry.get("translation").choices(make(name).model)["tgt_lang"][:4]
    answers = [text(make(name).ask(TEXT, tgt_lang=target, **given)) for target in targets]
    assert len(set(answers)) > 1
    assert not any(target in answer for target, answer in zip(targets, answers, strict=True))


@pytest.mark.parametrize("name", ["m2m", "nllb", "mbart50", "mbart25"])
def test_a_source_is_for_one_call_alone(
    make: Make, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = first_ids(make(name), monkeypatch)
    for source in (None, "fr", None):
        make(name).ask(TEXT, src_lang=source, tgt_lang="zho_Hans" if name == "nllb" else "ro")
    before, other, after = [each["input_ids"].tolist() for each in given]
    assert before == after
    assert before != other


def test_what_the_models_own_file_begins_with_is_the_default(make: Make) -> None:
    mbart = make("mbart25")  # begins with ro_RO
    assert mbart.ask(TEXT, src_lang="en") == mbart.ask(TEXT, src_lang="en", tgt_lang="ro_RO")


def test_a_tag_in_the_text_itself(make: Make) -> None:
    marian = make("tags")
    assert marian.ask(f">>fra<< {TEXT}") == marian.ask(TEXT, tgt_lang="fr")
    assert marian.ask(f">>fra<< {TEXT}") != marian.ask(TEXT, tgt_lang="de")


@pytest.mark.parametrize("name", ["pair", "t5"])
def test_a_pair_that_a_model_does_not_have(make: Make, name: str) -> None:
    for asked in ({"tgt_lang": "ja"}, {"src_lang": "ja"}):
        with pytest.raises(InvalidInput, match=r"_lang: this model does not know 'ja'"):
            make(name).ask(TEXT, **asked)
    assert make("pair").ask(TEXT, src_lang="eng", tgt_lang="deu") == make("pair").ask(TEXT)


def test_t5_takes_its_first_pair_and_says_so(make: Make) -> None:
    german = make("t5").ask(TEXT, tgt_lang="de")
    value, told = make("t5").told(TEXT)
    assert value == german
    assert told == [
        "No tgt_lang was sent, so this is from en to de. The model translates from en to de, from "
        "en to fr."
    ]
    whole, silent = make("t5").told(f"translate English to French: {TEXT}")
    assert (whole, silent) == (make("t5").ask(TEXT, tgt_lang="fr"), [])


def test_t5_takes_the_pair_of_an_old_card(tmp_path: Path) -> None:
    def build(folder: Path) -> None:
        writers.t5(folder, "translation_en_to_fr", TASKS)

    old = writer(tmp_path, "translation", build, "old")
    assert old.model.tag == "translation"
    assert old.ask(TEXT) == old.ask(TEXT, tgt_lang="fr")


@pytest.mark.parametrize(
    ("build", "kind", "file"),
    [
        (writers.t5, "T5Tokenizer", "spiece.model"),
        (writers.nllb, "NllbTokenizer", "sentencepiece.bpe.model"),
    ],
)
def test_a_sentencepiece_file_is_tokenizer_enough(
    build: Any, kind: str, file: str, tmp_path: Path
) -> None:
    model = found(tmp_path, build, "old")
    (model.path / "tokenizer.json").unlink()
    writers.spm_file(model.path, file)
    about = {"tokenizer_class": kind, "model_max_length": 64, "extra_ids": 0}
    (model.path / "tokenizer_config.json").write_text(json.dumps(about), encoding="utf-8")
    old = writer(tmp_path, "translation", build, "old")
    ids = old.pipe.tokenizer(TEXT)["input_ids"]
    assert old.pipe.tokenizer.decode(ids, skip_special_tokens=True).strip() == TEXT
    if kind == "NllbTokenizer":  # whose file knows no languages, though its class does
        with pytest.raises(InvalidInput, match=r"parameters\.tgt_lang: this model"):
            old.ask(TEXT, tgt_lang="fra_Latn")


# Several, long, and odd texts ------------------------------------------------------------------

TEXTS = [
    "fox",
    "The quick brown fox jumps over the lazy dog.",
    "👩‍👩‍👧 🇫🇷 e\u0301 東京は日本の首都です。",
    "Привет, мир!\n\n  two  spaces",
    "x",
    "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd",
    "a b",
    "The end",
    "nine texts: more than one batch",
]


@pytest.mark.parametrize("name", ["pair", "m2m", "nllb", "mbart50", "t5"])
@pytest.mark.parametrize("beams", [1, 3])
def test_one_of_several_is_answered_as_alone(make: Make, name: str, beams: int) -> None:
    more = {} if name == "pair" else {"tgt_lang": "de" if name == "t5" else "zho_Hans"}
    more = {"tgt_lang": "fr"} if name in ("m2m", "mbart50") else more
    given = {**more, "generate_parameters": {"num_beams": beams, "max_new_tokens": 6}}
    together = make(name).ask(TEXTS, **given)
    assert together == [make(name).ask(each, **given)[0] for each in TEXTS]


@pytest.mark.parametrize("name", ["pair", "t5", "nllb"])
def test_a_long_text_is_cut_and_told(make: Make, name: str) -> None:
    more = {"pair": {}, "t5": {"tgt_lang": "de"}, "nllb": {"tgt_lang": "fra"}}[name]
    long = "The lazy dog. " * 200
    sentence = "inputs is longer than the 64 tokens that this model reads; the rest was left out."
    for way in (None, "longest_first", "only_first"):
        value, told = make(name).told(long, truncation=way, **more)
        assert (text(value) is not None, told) == (True, [sentence])
    for way in ("do_not_truncate", "only_second"):
        with pytest.raises(InvalidInput, match=r"inputs: a text has [\d,]+ tokens, .* reads 64"):
            make(name).ask(long, truncation=way, **more)
        assert make(name).told(TEXT, truncation=way, **more)[1] == []


# Parameters ------------------------------------------------------------------------------------


def test_how_long_an_answer_may_be(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    given = first_ids(make("pair"), monkeypatch)
    for asked in ({"max_new_tokens": 5}, {"max_length": 5}, {}, {"max_new_tokens": 100_000}):
        make("pair").ask(TEXT, generate_parameters=asked)
    # With the decoder's start; what the model has places for at most.
    assert [each["max_length"] for each in given] == [6, 5, 64, 64]


def test_the_shortest_answer(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    given = first_ids(make("pair"), monkeypatch)
    make("pair").ask(TEXT, generate_parameters={"min_new_tokens": 4, "max_new_tokens": 5})
    make("pair").ask(TEXT, generate_parameters={"min_length": 4})
    assert [each["min_length"] for each in given] == [5, 4]
    with pytest.raises(InvalidInput, match="the shortest answer is longer than the longest, of 3"):
        make("pair").ask(TEXT, generate_parameters={"min_length": 9, "max_new_tokens": 3})
    with pytest.raises(InvalidInput, match="max_length: must be more than 1"):
        make("pair").ask(TEXT, generate_parameters={"max_length": 1})


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({"num_beams": 17}, "num_beams"),
        ({"top_p": 0}, "top_p"),
        ({"penalty_alpha": 0.5}, "penalty_alpha"),
        ({"no_such": 1}, "no_such"),
    ],
)
def test_bad_options_are_refused_by_name(make: Make, asked: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidInput, match=rf"parameters\.generate_parameters.*{name}"):
        make("pair").ask(TEXT, generate_parameters=asked)


def test_what_the_library_refuses(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise ValueError("odd mixture")

    monkeypatch.setattr(make("pair").pipe.model, "generate", refuse)
    with pytest.raises(InvalidInput, match=r"generate_parameters: the model says: odd mixture\."):
        make("pair").ask(TEXT)


@pytest.mark.parametrize(
    "asked",
    [
        {"do_sample": True, "temperature": 0.7, "top_k": 5, "top_p": 0.9, "typical_p": 0.9},
        {"epsilon_cutoff": 0.01, "do_sample": True},
        {"eta_cutoff": 0.01, "do_sample": True},
        {"num_beams": 4, "early_stopping": "never"},
        {"num_beam_groups": 1, "penalty_alpha": 0, "use_cache": False},
    ],
)
def test_every_option_of_generation_is_taken(make: Make, asked: dict[str, Any]) -> None:
    assert make("pair").ask(TEXT, generate_parameters=asked)


def test_spaces_before_marks(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    t5 = make("t5")
    monkeypatch.setattr(t5.pipe.model, "generate", lambda **_: t5.pipe.tokenizer(
        "go , fox .", return_tensors="pt")["input_ids"])  # fmt: skip
    assert text(t5.ask(TEXT, tgt_lang="de")) == "go , fox ."
    assert text(t5.ask(TEXT, tgt_lang="de", clean_up_tokenization_spaces=True)) == "go, fox."


def test_the_first_of_a_models_files_is_not_read_twice(make: Make) -> None:
    from pipelines.loaders import languages

    assert languages.of(make("m2m").model) is languages.of(make("m2m").model)
