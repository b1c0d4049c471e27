"""Codes of languages: one may be written in many ways."""

from collections.abc import Sequence

from pipelines.errors import InvalidInput

SHOWN = 24  # codes that a sentence names
# ISO 639-1, then what ISO 639-3 calls the same language or its most spoken form.
TWINS = """
af afr|am amh|ar ara arb|as asm|az aze azj|be bel|bg bul|bn ben|bo bod|bs bos|ca cat|cs ces|cy cym|
da dan|de deu|el ell|en eng|eo epo|es spa|et est ekk|eu eus|fa fas pes|fi fin|fo fao|fr fra|ga gle|
gd gla|gl glg|gu guj|ha hau|he heb|hi hin|hr hrv|ht hat|hu hun|hy hye|id ind|ig ibo|is isl|it ita|
ja jpn|jv jav|ka kat|kk kaz|km khm|kn kan|ko kor|ku kmr|ky kir|lb ltz|ln lin|lo lao|lt lit|
lv lav lvs|mg mlg plt|mi mri|mk mkd|ml mal|mn mon khk|mr mar|ms msa zsm|mt mlt|my mya|ne nep npi|
nl nld|nn nno|no nor nob|oc oci|or ori ory|pa pan|pl pol|ps pus pbt|pt por|ro ron|ru rus|rw kin|
sd snd|si sin|sk slk|sl slv|so som|sq sqi als|sr srp|su sun|sv swe|sw swa swh|ta tam|te tel|tg tgk|
th tha|tk tuk|tl tgl fil|tr tur|tt tat|ug uig|uk ukr|ur urd|uz uzb uzn|vi vie|wo wol|xh xho|
yi yid ydd|yo yor|zh zho cmn|zu zul
"""
SAME = {code: set(row.split()) for row in TWINS.split("|") for code in row.split()}


def resolve(asked: str, codes: Sequence[str], name: str) -> str:
    """The one of `codes` that is meant by `asked`: itself, or another spelling of the language.

    Raises InvalidInput, naming the parameter `name`, if there is none or more than one.
    """
    wanted = plain(asked)
    if exact := next((code for code in codes if plain(code) == wanted), None):
        return exact
    language, _, place = wanted.partition("_")
    same = SAME.get(language, {language})
    meant = [code for code in codes if plain(code).partition("_")[0] in same]
    if len(meant) == 1 and not (place and "_" in meant[0]):
        return meant[0]
    if not codes:
        raise InvalidInput(f"parameters.{name}: this model does not say which languages it knows, "
                           "and translates between one pair. Leave it out.")  # fmt: skip
    if len(meant) > 1:
        raise InvalidInput(f"parameters.{name}: {asked[:40]!r} may mean {some(meant)}. Send one.")
    raise InvalidInput(
        f"parameters.{name}: this model does not know {asked[:40]!r}. Send one of {some(codes)}."
    )


def unsaid(codes: Sequence[str]) -> InvalidInput:
    """The refusal of a model that must be told the target and was not."""
    return InvalidInput(
        "parameters.tgt_lang: this model needs to know which language to translate into. Send one "
        f"of {some(codes)}."
    )


def plain(code: str) -> str:
    return code.strip().replace("-", "_").casefold()


def some(codes: Sequence[str]) -> str:
    """The codes as a sentence lists them, not all of a long list."""
    more = f" or {len(codes) - SHOWN:,} others" if len(codes) > SHOWN else ""
    return ", ".join(codes[:SHOWN]) + more
