"""Chat: models of two kinds, with and without tools in their templates."""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.zoo import parts
from tests.zoo.text_generation import qwen
from tests.zoo.tiny import Tiny

MESSAGES = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hi, fox"}]
TOOLS = [
    {
        "type": "function",
        "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
    }
]


def said(folder: Path, **more: Any) -> Any:
    """The likeliest answer by the library's own template and model."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    given = tokenizer.apply_chat_template(
        MESSAGES, add_generation_prompt=True, return_dict=True, return_tensors="pt", **more
    )
    start = given["input_ids"].shape[1]
    with torch.inference_mode():
        mask = torch.ones_like(given["input_ids"])
        made = model.generate(
            given["input_ids"], attention_mask=mask, max_new_tokens=8, do_sample=False
        )
    text = tokenizer.decode(made[0, start:], skip_special_tokens=True)
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": start, "completion_tokens": 8, "total_tokens": start + 8}
    choice = {"index": 0, "message": message, "finish_reason": "length"}
    return {"choices": [choice], "usage": usage}


def body(**more: Any) -> dict[str, Any]:
    return {"messages": MESSAGES, "max_tokens": 8, "temperature": 0, **more}


TINY = [
    Tiny("conversational", "llama", parts.llama, body(), said),
    Tiny("conversational", "qwen2", qwen, body(), said),
    Tiny(
        "conversational",
        "qwen2-tools",
        qwen,
        body(tools=TOOLS),
        lambda folder: said(folder, tools=TOOLS),
    ),
]
