"""Text encoders of several families, with any head, and the tokenizers they come with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import transformers
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

from tests.zoo.parts import SMALL, WORDS, random, save, word_pieces

Build = Callable[[Path], None]
MOST = 64  # tokens that each of them reads
NAMES = {0: "happy", 1: "sad", 2: "angry"}
TAGS = {0: "O", 1: "B-PER", 2: "I-PER", 3: "B-LOC", 4: "I-LOC"}


def labels(names: dict[int, str]) -> dict[str, Any]:
    return {"id2label": names, "label2id": {name: at for at, name in names.items()}}


def typed_pieces() -> PreTrainedTokenizerFast:
    """As BERT has it, with the type of each token: of the first text or of the second."""
    return PreTrainedTokenizerFast(
        tokenizer_object=word_pieces()._tokenizer, unk_token="[UNK]", pad_token="[PAD]",
        cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )  # fmt: skip


def byte_pieces() -> PreTrainedTokenizerFast:
    """As RoBERTa has it: pieces of bytes, <s> and </s> around them."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=alphabet, special_tokens=special, show_progress=False
    )
    made.train_from_iterator([WORDS], trainer)
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return dressed(made)


def sentence_pieces() -> PreTrainedTokenizerFast:
    """As XLM-RoBERTa has it: a space is a letter, and the first word has one too."""
    made = Tokenizer(models.Unigram())
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.UnigramTrainer(
        vocab_size=160, special_tokens=special, unk_token="<unk>", show_progress=False
    )
    made.train_from_iterator([WORDS], trainer)
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    return dressed(made)


def dressed(made: Tokenizer) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(
        tokenizer_object=made, unk_token="<unk>", bos_token="<s>", eos_token="</s>",
        pad_token="<pad>", cls_token="<s>", sep_token="</s>", mask_token="<mask>",
        model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


def saver(tag: str, name: str, tokenizer: Any, config: Any) -> Build:
    """Builds `transformers.<name>` with this tokenizer and configuration, each made when asked."""

    def build(folder: Path) -> None:
        made = tokenizer()
        save(folder, tag, random(getattr(transformers, name), config(len(made))), made)

    return build


def bert(tag: str, head: str, **more: Any) -> Build:
    def config(size: int) -> Any:
        return transformers.BertConfig(
            **SMALL, vocab_size=size, max_position_embeddings=MOST, **more
        )

    return saver(tag, f"BertFor{head}", typed_pieces, config)


def distilbert(tag: str, head: str, **more: Any) -> Build:
    def config(size: int) -> Any:
        return transformers.DistilBertConfig(
            dim=32, n_layers=2, n_heads=2, hidden_dim=64, vocab_size=size,
            max_position_embeddings=MOST, **more,
        )  # fmt: skip

    return saver(tag, f"DistilBertFor{head}", word_pieces, config)


def electra(tag: str, head: str, **more: Any) -> Build:
    def config(size: int) -> Any:
        return transformers.ElectraConfig(
            **SMALL, embedding_size=16, vocab_size=size, max_position_embeddings=MOST, **more
        )

    return saver(tag, f"ElectraFor{head}", typed_pieces, config)


def deberta(tag: str, head: str, **more: Any) -> Build:
    """DeBERTa-v2, whose positions are relative."""

    def config(size: int) -> Any:
        return transformers.DebertaV2Config(
            **SMALL, vocab_size=size, max_position_embeddings=MOST, relative_attention=True,
            position_biased_input=False, pos_att_type=["c2p", "p2c"], type_vocab_size=0, **more,
        )  # fmt: skip

    return saver(tag, f"DebertaV2For{head}", word_pieces, config)


def roberta(tag: str, head: str, **more: Any) -> Build:
    """Positions begin behind that of padding."""

    def config(size: int) -> Any:
        return transformers.RobertaConfig(
            **SMALL, vocab_size=size, max_position_embeddings=MOST + 2, pad_token_id=1,
            bos_token_id=0, eos_token_id=2, type_vocab_size=1, **more,
        )  # fmt: skip

    return saver(tag, f"RobertaFor{head}", byte_pieces, config)


def xlm_roberta(tag: str, head: str, **more: Any) -> Build:
    def config(size: int) -> Any:
        return transformers.XLMRobertaConfig(
            **SMALL, vocab_size=size, max_position_embeddings=MOST + 2, pad_token_id=1,
            bos_token_id=0, eos_token_id=2, type_vocab_size=1, **more,
        )  # fmt: skip

    return saver(tag, f"XLMRobertaFor{head}", sentence_pieces, config)


def mpnet(tag: str, head: str, **more: Any) -> Build:
    def config(size: int) -> Any:
        return transformers.MPNetConfig(
            **SMALL, vocab_size=size, max_position_embeddings=MOST + 2, pad_token_id=1,
            bos_token_id=0, eos_token_id=2, **more,
        )  # fmt: skip

    return saver(tag, f"MPNetFor{head}", byte_pieces, config)


def bart(tag: str, head: str, **more: Any) -> Build:
    """An encoder and a decoder, which reads its end."""

    def config(size: int) -> Any:
        return transformers.BartConfig(
            d_model=32, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64, vocab_size=size,
            max_position_embeddings=MOST, pad_token_id=1, bos_token_id=0, eos_token_id=2,
            decoder_start_token_id=2, forced_eos_token_id=2, init_std=0.5, **more,
        )  # fmt: skip

    return saver(tag, f"BartFor{head}", byte_pieces, config)


def gpt2(tag: str, head: str, **more: Any) -> Build:
    """A decoder, which knows no padding."""

    def config(size: int) -> Any:
        return transformers.GPT2Config(
            n_embd=32, n_layer=2, n_head=2, n_positions=MOST, vocab_size=size, bos_token_id=0,
            eos_token_id=2, **more,
        )  # fmt: skip

    return saver(tag, f"GPT2For{head}", byte_pieces, config)


def canine(tag: str, head: str, **more: Any) -> Build:
    """It reads characters, by a tokenizer that keeps no places."""

    def config(size: int) -> Any:
        return transformers.CanineConfig(
            **SMALL, max_position_embeddings=512, num_hash_functions=2, num_hash_buckets=64,
            local_transformer_stride=32, pad_token_id=0, **more,
        )  # fmt: skip

    return saver(tag, f"CanineFor{head}", transformers.CanineTokenizer, config)
