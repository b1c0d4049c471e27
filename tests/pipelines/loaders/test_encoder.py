"""Text encoders: how much they read, and which texts may go through one together."""

from typing import Any

import pytest
import transformers

from pipelines.errors import InvalidInput
from pipelines.loaders.encoder import Encoder, logits
from pipelines.loaders.lengths import reads
from tests.zoo import encoders as zoo
from tests.zoo.parts import SMALL, byte_level, random, word_pieces

HEAD = "SequenceClassification"


def made(name: str, config: Any, tokenizer: Any = None) -> Encoder:
    return Encoder(random(getattr(transformers, name), config), tokenizer or zoo.byte_pieces())


def small(name: str, **more: Any) -> Any:
    return getattr(transformers, f"{name}Config")(**SMALL, vocab_size=400, **more)


def fnet() -> Encoder:
    config = transformers.FNetConfig(
        hidden_size=32, num_hidden_layers=1, intermediate_size=64, max_position_embeddings=64,
        vocab_size=400, pad_token_id=1,
    )  # fmt: skip
    return made(f"FNetFor{HEAD}", config)


def t5() -> Encoder:
    config = transformers.T5Config(
        d_model=32, d_kv=16, d_ff=64, num_layers=1, num_heads=2, decoder_start_token_id=1,
        pad_token_id=1, eos_token_id=2, vocab_size=400,
    )  # fmt: skip
    return made(f"T5For{HEAD}", config)


@pytest.mark.parametrize(
    ("name", "more", "most"),
    [
        ("Bert", {"max_position_embeddings": 40}, 40),
        ("Roberta", {"max_position_embeddings": 42, "pad_token_id": 1}, 40),
        ("IBert", {"max_position_embeddings": 42, "pad_token_id": 1}, 40),
        ("DebertaV2", {"max_position_embeddings": 40, "relative_attention": True}, 40),
        ("ModernBert", {"max_position_embeddings": 40, "cls_token_id": 0, "pad_token_id": 1}, 40),
    ],
)
def test_how_many_tokens_it_reads(name: str, more: dict[str, Any], most: int) -> None:
    encoder = made(f"{name}For{HEAD}", small(name, **more))
    assert encoder.most == most
    encoder.tokenizer.model_max_length = 30
    assert reads(encoder.model, encoder.tokenizer) == 30


def test_nothing_bounds_a_model_of_relative_positions() -> None:
    assert t5().most is None


@pytest.mark.parametrize(
    ("encoder", "pads"),
    [
        (lambda: made(f"BertFor{HEAD}", small("Bert", pad_token_id=1)), True),
        (lambda: made(f"BertFor{HEAD}", small("Bert", pad_token_id=0)), False),
        (lambda: made(f"LlamaFor{HEAD}", small("Llama", pad_token_id=1)), True),
        (fnet, False),
        (t5, False),
    ],
    ids=["same", "another", "decoder", "no mask", "two texts"],
)
def test_padding_must_change_nothing(encoder: Any, pads: bool) -> None:
    assert encoder().pads == pads


def test_rows_of_like_length_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = made(f"BertFor{HEAD}", small("Bert", pad_token_id=1))
    rows = [{"input_ids": [5] * size} for size in (9, 2, 8, 2)]
    assert list(encoder.batches(rows)) == [[0, 2, 1, 3]]
    encoder = made(f"BertFor{HEAD}", small("Bert", pad_token_id=1))
    monkeypatch.setattr("pipelines.loaders.encoder.TOGETHER", 10)
    assert list(encoder.batches(rows)) == [[0], [2], [1, 3]]
    assert list(encoder.batches([])) == []


def test_fewer_rows_go_together_where_every_word_gets_a_score(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [{"input_ids": [5] * size} for size in (9, 2, 8, 2)]
    monkeypatch.setattr("pipelines.loaders.encoder.NUMBERS", 4000)  # ten times the vocabulary
    words = made("BertForMaskedLM", small("Bert", pad_token_id=1))
    assert list(words.batches(rows)) == [[0], [2], [1, 3]]
    whole = made(f"BertFor{HEAD}", small("Bert", pad_token_id=1))
    assert list(whole.batches(rows)) == [[0, 2, 1, 3]]
    monkeypatch.setattr("pipelines.loaders.encoder.NUMBERS", 1)
    words = made("BertForMaskedLM", small("Bert", pad_token_id=1))
    assert list(words.batches(rows)) == [[0], [2], [1], [3]]


def test_ends_that_a_caller_writes_spoil_no_batch() -> None:
    """BART wants as many </s> in every text."""
    config = transformers.BartConfig(
        d_model=32, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64, vocab_size=400,
        max_position_embeddings=64, pad_token_id=1, bos_token_id=0, eos_token_id=2, init_std=0.5,
    )  # fmt: skip
    encoder = made(f"BartFor{HEAD}", config)
    rows = [encoder.tokens(text) for text in ("a </s> fox", "a fox", "a </s> </s> dog")]
    many = encoder.each(rows, logits)
    alone = [encoder.each([row], logits)[0] for row in rows]
    assert [found.tolist() for found in many] == [
        pytest.approx(a.tolist(), abs=1e-5) for a in alone
    ]


def test_a_text_without_a_token() -> None:
    tokenizer = word_pieces()
    tokenizer._tokenizer.post_processor = byte_level()._tokenizer.post_processor
    encoder = made(f"BertFor{HEAD}", small("Bert"), tokenizer)
    assert encoder.tokens("a")["input_ids"]
    with pytest.raises(InvalidInput, match="no token"):
        encoder.tokens("\u200b")


def test_types_that_a_model_cannot_tell_apart_are_not_given() -> None:
    encoder = made(f"BertFor{HEAD}", small("Bert", type_vocab_size=1), zoo.typed_pieces())
    row = encoder.tokens("a fox", "a dog")
    assert 1 in row["token_type_ids"]
    assert len(encoder.each([row], logits)) == 1
