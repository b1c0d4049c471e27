"""A text that a language model continues, by transformers.

Not by its pipeline, which draws where neither the model's own file nor the caller says so.
"""

from typing import Any

from deploy.snippets.ask import Ask, Snippet
from deploy.snippets.local.program import assembled, chosen, refuse
from deploy.snippets.python import call
from pipelines.errors import UnsupportedTask
from pipelines.finding import WRITE
from pipelines.loaders.families import encodes
from pipelines.slots import slots

DRAWN = ("temperature", "top_p", "top_k", "typical_p")  # each asks for drawing by itself
OPTIONS = ("max_new_tokens", "do_sample", *DRAWN, "repetition_penalty")
OURS = ("return_full_text", "seed")
IMPORT = "from transformers import AutoModelForCausalLM, AutoTokenizer"
PROGRAM = """tokenizer = AutoTokenizer.from_pretrained(model)
writer = AutoModelForCausalLM.from_pretrained(model)
given = tokenizer(text, return_tensors="pt")
{seed}{asked}
print(tokenizer.decode({words}, skip_special_tokens=True))"""
NEW = 'made[0, given["input_ids"].shape[1] :]'


def is_one(ask: Ask) -> bool:
    return WRITE.fits(ask.task)


def snippet(ask: Ask) -> Snippet:
    """Raises UnsupportedTask for a model with an encoder, InvalidInput for a parameter that the
    code has no word for."""
    if encodes(ask.model):
        raise UnsupportedTask("The code without a server is for models without an encoder.")
    given = chosen(ask)
    if others := [name for name in given if name not in (*OPTIONS, *OURS)]:
        refuse(ask, others)
    seed = f"set_seed({given['seed']})\n" if "seed" in given else ""
    program = PROGRAM.format(
        seed=seed,
        asked=call("made = writer.generate", ["**given", "**parameters"]),
        words="made[0]" if given.get("return_full_text") else NEW,
    )
    values = {"model": ask.where, **ask.row(str), "parameters": options(ask, given)}
    return assembled(ask, f"{IMPORT}, set_seed" if seed else IMPORT, values, program)


def options(ask: Ask, given: dict[str, Any]) -> dict[str, Any]:
    """How the text is written, in the words of `generate`."""
    usual = {slot.name: slot.default for slot in slots(ask.task.params) if slot.name in OPTIONS}
    known = {"max_new_tokens": usual["max_new_tokens"]} | {
        n: given[n] for n in OPTIONS if n in given
    }
    draws = {"do_sample": True} if any(name in given for name in DRAWN) else {}
    return draws | known
