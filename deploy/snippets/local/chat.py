"""Chat by transformers: a tokenizer where there are words alone, else a processor.

Not its pipeline, which draws where neither the model's own file nor the caller says so.
"""

from typing import Any

from deploy.snippets.ask import Ask, Snippet
from deploy.snippets.files import expression
from deploy.snippets.local.program import assembled, refuse
from deploy.snippets.python import call
from pipelines.errors import UnsupportedTask
from pipelines.finding import CHAT
from pipelines.slots import slots

path = expression('"{}"')
OPTIONS = ("max_tokens", "temperature", "top_p", "seed")
WORDS = """tokenizer = AutoTokenizer.from_pretrained(model)
speaker = AutoModelForCausalLM.from_pretrained(model)
given = tokenizer.apply_chat_template(
    messages,
    add_generation_prompt=True,
    return_dict=True,
    return_tensors="pt",
)
{asked}
words = answer[0, given["input_ids"].shape[1] :]
print(tokenizer.decode(words, skip_special_tokens=True))"""
FILES = """processor = AutoProcessor.from_pretrained(model)
speaker = AutoModelForMultimodalLM.from_pretrained(model)
{sounds}given = processor.apply_chat_template(
    messages,
    add_generation_prompt=True,
    tokenize=True,
    return_dict=True,
    return_tensors="pt",
)
{asked}
words = answer[0, given["input_ids"].shape[1] :]
print(processor.decode(words, skip_special_tokens=True))"""

# The library's own way to open a recording wants packages more
SOUNDS = """rate = processor.feature_extractor.sampling_rate
for part in (part for turn in messages for part in turn["content"]):
    if part["type"] == "audio":
        part["audio"] = heard(part.pop("path"), rate)
"""


def is_one(ask: Ask) -> bool:
    return CHAT.fits(ask.task)


def snippet(ask: Ask) -> Snippet:
    """Raises UnsupportedTask for videos, InvalidInput for a parameter that the code has no word
    for."""
    kinds = {file.kind for file in ask.files}
    if "video" in kinds:  # which the library opens with torchvision alone, and that is not tried
        raise UnsupportedTask("Videos in a conversation need a server. Choose another client.")
    if others := [name for name in ask.parameters if name not in OPTIONS]:
        refuse(ask, dict.fromkeys(others))
    imports, program = with_files(ask, "audio" in kinds) if kinds else with_words(ask)
    if "seed" in ask.parameters:
        imports, program = f"{imports}, set_seed", f"set_seed({ask.parameters['seed']})\n{program}"
    return assembled(ask, imports, values(ask), program)


def with_words(ask: Ask) -> tuple[str, str]:
    program = WORDS.format(asked=asked(ask))
    return "from transformers import AutoModelForCausalLM, AutoTokenizer", program


def with_files(ask: Ask, sounds: bool) -> tuple[str, str]:
    program = FILES.format(asked=asked(ask), sounds=SOUNDS if sounds else "")
    return "from transformers import AutoModelForMultimodalLM, AutoProcessor", program


def asked(ask: Ask) -> str:
    return call("answer = speaker.generate", ["**given", *arguments(ask)])


def arguments(ask: Ask) -> list[str]:
    """How an answer is written, in the words of `generate`."""
    given = dict(ask.parameters)
    usual = next(slot.default for slot in slots(ask.task.params) if slot.name == "max_tokens")
    made = [f"max_new_tokens={given.get('max_tokens', usual)!r}"]
    if given.get("temperature") == 0:
        return [*made, "do_sample=False"]
    drawn = [f"{name}={given[name]!r}" for name in ("temperature", "top_p") if name in given]
    return [*made, *(["do_sample=True"] if drawn else []), *drawn]


def values(ask: Ask) -> dict[str, Any]:
    [slot] = ask.slots
    turns = ask.row(path)[slot.name]
    return {"model": ask.where, "messages": [turn(each, bool(ask.files)) for each in turns]}


def turn(given: dict[str, Any], parts: bool) -> dict[str, Any]:
    """As templates have it: files by their paths, and where there are some, all as parts."""
    content = given["content"]
    if isinstance(content, str):
        return {**given, "content": [{"type": "text", "text": content}]} if parts else given
    return {**given, "content": [part(each) for each in content]}


def part(given: dict[str, Any]) -> dict[str, Any]:
    kind = given["type"]
    return given if kind == "text" else {"type": kind, "path": given[kind]}
