"""Tokenizers in the forms that models bring: here tiktoken's; sentencepiece's are in the zoo."""

import base64
import json
from pathlib import Path

import transformers

from tests.pipelines.loaders.odd import ask
from tests.zoo.parts import SMALL, card, random

PIECES = [*(bytes([n]) for n in range(256)), b"th", b"the", b" f", b" fo", b" fox"]


async def test_a_tiktoken_file_is_enough(tmp_path: Path) -> None:
    """One line for each token, base64 and rank, and no tokenizer.json."""
    folder = card(tmp_path / "odd" / "model", "text-generation")
    ranks = (f"{base64.b64encode(piece).decode()} {rank}" for rank, piece in enumerate(PIECES))
    (folder / "tokenizer.model").write_text("\n".join(ranks))
    about = {"tokenizer_class": "PreTrainedTokenizerFast"}
    (folder / "tokenizer_config.json").write_text(json.dumps(about))
    config = transformers.LlamaConfig(
        **SMALL, vocab_size=len(PIECES), max_position_embeddings=64, num_key_value_heads=1,
        bos_token_id=None, eos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    random(transformers.LlamaForCausalLM, config).save_pretrained(folder)
    text = "the fox 東京 🦊"
    parameters = {"return_full_text": True, "max_new_tokens": 2, "details": True}
    [[made]] = await ask(folder, "text-generation", text, parameters)
    assert made["generated_text"].startswith(text)
    assert made["details"]["input_length"] == 2 + len(" 東京 🦊".encode())
