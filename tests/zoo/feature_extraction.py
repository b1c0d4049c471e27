"""Text encoders: plain ones, pooled by the mean, and one that names its own pooling."""

from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModel, AutoTokenizer

from tests.zoo.parts import bert, byte_level, card, random, save
from tests.zoo.tiny import Tiny

TAG = "feature-extraction"
TEXT = "The quick brown fox jumps over the lazy dog."


def plain(folder: Path, tag: str = TAG) -> None:
    tokenizer, config = bert()
    save(folder, tag, random(transformers.BertModel, config), tokenizer)


def roberta(folder: Path, tag: str = TAG) -> None:
    """A RoBERTa, whose tokens are pieces of bytes."""
    tokenizer = byte_level()
    config = transformers.RobertaConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=66, pad_token_id=1,
    )  # fmt: skip
    save(folder, tag, random(transformers.RobertaModel, config), tokenizer)


def first_token(folder: Path) -> None:
    """A folder of sentence-transformers that takes the first token's state."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    plain(folder)
    words = Transformer(str(folder))
    made = SentenceTransformer(modules=[words, Pooling(32, pooling_mode="cls")])
    made.save(str(folder))
    card(folder, TAG, "sentence-transformers")


def states(folder: Path, text: str) -> Any:
    """The last hidden states of a text's tokens, shape (tokens, hidden)."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    with torch.inference_mode():
        return model.eval()(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]


def mean(folder: Path, text: str = TEXT) -> Any:
    vector = states(folder, text).mean(0)
    return (vector / vector.norm()).tolist()


def first(folder: Path) -> Any:
    vector = states(folder, TEXT)[0]
    return (vector / vector.norm()).tolist()


TINY = [
    Tiny(TAG, "BertModel", plain, {"inputs": TEXT}, mean),
    Tiny(TAG, "RobertaModel", roberta, {"inputs": TEXT}, mean),
    Tiny(TAG, "SentenceTransformer", first_token, {"inputs": TEXT, "normalize": True}, first),
]
