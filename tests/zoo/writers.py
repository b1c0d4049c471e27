"""Tiny models of an encoder and a decoder, each with a tokenizer of its own class."""

import io
import json
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import sentencepiece
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from tests.zoo.parts import WORDS, save

SIZES: dict[str, Any] = {
    "d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 2,
    "decoder_attention_heads": 2, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "init_std": 0.5,
    "tie_word_embeddings": False,
}  # fmt: skip
FRENCH = "Je suis un renard brun et rapide. Le chien paresseux dort à Paris, n'est-ce pas ?"


@cache
def pieces() -> tuple[tuple[str, float], ...]:
    """Pieces of a sentencepiece model with their scores, its own special ones left out."""
    made = sentencepiece.SentencePieceProcessor(model_proto=spm())
    ids = range(3, made.vocab_size())
    return tuple((made.id_to_piece(id), made.get_score(id)) for id in ids)


@cache
def spm() -> bytes:
    """A sentencepiece model trained on a few words."""
    held = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([WORDS, FRENCH]), model_writer=held, vocab_size=140,
        hard_vocab_limit=False, character_coverage=1.0, minloglevel=2,
    )  # fmt: skip
    return held.getvalue()


def spm_file(folder: Path, name: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(spm())
    return str(folder / name)


def vocab_file(folder: Path, tokens: list[str]) -> str:
    path = folder / "vocab.json"
    path.write_text(json.dumps({token: id for id, token in enumerate(tokens)}), encoding="utf-8")
    return str(path)


def seeded(kind: Any, config: Any, scale: float = 1.0) -> Any:
    """The same random weights every time, scaled until answers are not all the same."""
    torch.manual_seed(0)
    model = kind(config).eval()
    for weights in model.parameters():
        weights.data *= scale
    return model


# Tokenizers ------------------------------------------------------------------------------------


def unigram(kind: Any, **more: Any) -> Any:
    """A tokenizer of this class over the pieces, which begin where its own special tokens end."""
    return kind(vocab=[*more.pop("first"), *pieces()], **more)


def t5_tokenizer() -> Any:
    first = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    return unigram(transformers.T5Tokenizer, first=first, extra_ids=0, model_max_length=64)


def bart_tokenizer() -> PreTrainedTokenizerFast:
    """Pieces of bytes between <s> and </s>."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"], show_progress=False,
    )  # fmt: skip
    made.train_from_iterator([WORDS], trainer)
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<s>", pad_token="<pad>", eos_token="</s>",
        unk_token="<unk>", model_max_length=64,
    )  # fmt: skip


def nllb_tokenizer() -> Any:
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trained.train_from_iterator(
        [WORDS, FRENCH], trainers.BpeTrainer(vocab_size=150, show_progress=False)
    )
    learned = json.loads(trained.to_str())["model"]
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *learned["vocab"]]
    return transformers.NllbTokenizer(
        vocab={token: id for id, token in enumerate(tokens)},
        merges=[tuple(pair) for pair in learned["merges"]],
        extra_special_tokens=["eng_Latn", "fra_Latn", "zho_Hans", "zho_Hant"],
        model_max_length=64,
    )


# Models ----------------------------------------------------------------------------------------


def t5(folder: Path, tag: str = "translation", tasks: Any = None) -> None:
    tokenizer = t5_tokenizer()
    config = transformers.T5Config(
        vocab_size=len(tokenizer), d_model=32, d_kv=16, d_ff=64, num_layers=2, num_heads=2,
        initializer_factor=2.0, decoder_start_token_id=0, pad_token_id=0, eos_token_id=1,
        task_specific_params=tasks, tie_word_embeddings=False,
    )  # fmt: skip
    save(folder, tag, seeded(transformers.T5ForConditionalGeneration, config, 1.5), tokenizer)


def bart(folder: Path, tag: str = "summarization", **more: Any) -> None:
    """Sees 64 tokens, and its decoder begins with <s> as it is forced to."""
    tokenizer = bart_tokenizer()
    config = transformers.BartConfig(
        **SIZES, vocab_size=len(tokenizer), max_position_embeddings=64, bos_token_id=0,
        pad_token_id=1, eos_token_id=2, decoder_start_token_id=2, forced_eos_token_id=2, **more,
    )  # fmt: skip
    model = seeded(transformers.BartForConditionalGeneration, config)
    model.generation_config.forced_bos_token_id = 0
    save(folder, tag, model, tokenizer)


def pegasus(folder: Path) -> None:
    first = [("<pad>", 0.0), ("</s>", 0.0), ("<mask_1>", 0.0), ("<mask_2>", 0.0), ("<unk>", 0.0)]
    tokenizer = unigram(transformers.PegasusTokenizer, first=first, offset=3, model_max_length=64)
    config = transformers.PegasusConfig(
        **SIZES, vocab_size=len(tokenizer), max_position_embeddings=64, pad_token_id=0,
        eos_token_id=1, decoder_start_token_id=0, forced_eos_token_id=1,
    )  # fmt: skip
    model = seeded(transformers.PegasusForConditionalGeneration, config)
    save(folder, "summarization", model, tokenizer)


def led(folder: Path) -> None:
    """Reads more than it writes, through a window of 16 tokens."""
    tokenizer = bart_tokenizer()
    tokenizer.model_max_length = 96
    config = transformers.LEDConfig(
        **SIZES, vocab_size=len(tokenizer), max_encoder_position_embeddings=96,
        max_decoder_position_embeddings=48, attention_window=16, bos_token_id=0, pad_token_id=1,
        eos_token_id=2, decoder_start_token_id=2,
    )  # fmt: skip
    save(
        folder, "summarization", seeded(transformers.LEDForConditionalGeneration, config), tokenizer
    )


def marian(folder: Path, *tags: str, **ends: str) -> None:
    """For one pair of languages, or for as many targets as there are tags."""
    spm_file(folder, "source.spm")
    tokens = ["</s>", "<unk>", *(f">>{tag}<<" for tag in tags), *(piece for piece, _ in pieces())]
    with warnings.catch_warnings(action="ignore"):
        tokenizer = transformers.MarianTokenizer(
            spm_file(folder, "source.spm"), spm_file(folder, "target.spm"),
            vocab_file(folder, [*tokens, "<pad>"]), model_max_length=64, **ends,
        )  # fmt: skip
    config = transformers.MarianConfig(
        **SIZES, vocab_size=len(tokens) + 1, max_position_embeddings=64, pad_token_id=len(tokens),
        eos_token_id=0, decoder_start_token_id=len(tokens), forced_eos_token_id=0,
    )  # fmt: skip
    model = seeded(transformers.MarianMTModel, config, 2.0)
    model.generation_config.no_repeat_ngram_size = 2
    model.generation_config.bad_words_ids = [[len(tokens)]]
    save(folder, "translation", model, tokenizer)


def m2m(folder: Path) -> None:
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *(piece for piece, _ in pieces())]
    spoken = transformers.models.m2m_100.tokenization_m2m_100.FAIRSEQ_LANGUAGE_CODES["m2m100"]
    spm = spm_file(folder, "sentencepiece.bpe.model")
    tokenizer = transformers.M2M100Tokenizer(
        vocab_file(folder, tokens), spm, model_max_length=64,
        additional_special_tokens=[f"__{code}__" for code in spoken],
    )  # fmt: skip
    save(folder, "translation", m2m_model(len(tokens) + 108), tokenizer)


def nllb(folder: Path) -> None:
    tokenizer = nllb_tokenizer()
    save(folder, "translation", m2m_model(len(tokenizer)), tokenizer)


def m2m_model(words: int) -> Any:
    config = transformers.M2M100Config(
        **SIZES, vocab_size=words, max_position_embeddings=64, bos_token_id=0, pad_token_id=1,
        eos_token_id=2, decoder_start_token_id=2,
    )  # fmt: skip
    return seeded(transformers.M2M100ForConditionalGeneration, config)


def mbart(
    folder: Path, kind: Any = transformers.MBart50Tokenizer, start: str | None = None
) -> None:
    """mBART-50, or with a `start` mBART-25, whose decoder begins with the language."""
    first = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    codes = transformers.models.mbart50.tokenization_mbart50.FAIRSEQ_LANGUAGE_CODES
    last = [(code, 0.0) for code in codes] if start is None else []
    vocab = [*first, *pieces(), *last, ("<mask>", 0.0)]
    tokenizer = kind(vocab=vocab, model_max_length=64)
    begin = 2 if start is None else tokenizer.convert_tokens_to_ids(start)
    config = transformers.MBartConfig(
        **SIZES, vocab_size=len(tokenizer), max_position_embeddings=64, bos_token_id=0,
        pad_token_id=1, eos_token_id=2, decoder_start_token_id=begin,
    )  # fmt: skip
    save(
        folder, "translation", seeded(transformers.MBartForConditionalGeneration, config), tokenizer
    )
