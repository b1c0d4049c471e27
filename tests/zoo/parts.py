"""Tiny models with seeded random weights, each saved as its library saves one."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
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

WORDS = (
    "The quick brown fox jumps over the lazy dog. It's 12 o'clock, isn't it? He said: \"No!\" "
    "Die Straße ist naß. 東京は日本の首都です。 Привет, мир! a b c d e f g h i j k l m n o p q r"
)
TEMPLATE = (
    "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"
    "{% if messages[0].role == 'tool' %}{{ raise_exception('no tools here') }}{% endif %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)
TOOLED = (
    "{% if tools %}tools: {{ tools | tojson }}{{ '\n' }}{% endif %}"
    "{% for message in messages %}{{ message.role }}: {{ message.content }}"
    "{% for call in message.tool_calls or [] %}<tool_call>"
    '{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}'
    "</tool_call>{% endfor %}{{ '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)
SMALL: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}


def card(folder: Path, tag: str, library: str = "transformers") -> Path:
    """Writes the card that says what the folder is."""
    folder.mkdir(parents=True, exist_ok=True)
    text = f"---\npipeline_tag: {tag}\nlibrary_name: {library}\n---\n"
    (folder / "README.md").write_text(text, encoding="utf-8")
    return folder


# Tokenizers ------------------------------------------------------------------------------------


def byte_level() -> PreTrainedTokenizerFast:
    """As GPT-2 has it: tokens are pieces of bytes."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        initial_alphabet=alphabet,
        special_tokens=["<eos>", "<pad>"],
        show_progress=False,
    )
    made.train_from_iterator([WORDS], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<eos>", pad_token="<pad>")


def byte_fallback() -> PreTrainedTokenizerFast:
    """As Llama 2 has it: a space is a letter of its own, and unknown characters are bytes."""
    trained = Tokenizer(models.BPE())
    trained.normalizer = normalizers.Replace(" ", "▁")
    # No limit_alphabet: which of equally rare letters it leaves out is different every time.
    trainer = trainers.BpeTrainer(vocab_size=120, show_progress=False)
    trained.train_from_iterator([WORDS.encode("ascii", "ignore").decode()], trainer)
    learned = json.loads(trained.to_str())["model"]
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{n:02X}>" for n in range(256)), *learned["vocab"]]
    merges = [tuple(pair) for pair in learned["merges"]]
    vocab = {piece: at for at, piece in enumerate(pieces)}
    made = Tokenizer(
        models.BPE(vocab, merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    )
    made.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    made.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
         decoders.Strip(" ", 1, 0)]
    )  # fmt: skip
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, unk_token="<unk>", bos_token="<s>", eos_token="</s>"
    )


def word_pieces() -> PreTrainedTokenizerFast:
    """As BERT has it."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = sorted(set(WORDS.lower()) - {" "})
    vocab = [*special, *letters, *(f"##{letter}" for letter in letters), "the", "fox", "##ing"]
    made = Tokenizer(models.WordPiece({p: n for n, p in enumerate(vocab)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]", model_max_length=64,
    )  # fmt: skip


# Models ----------------------------------------------------------------------------------------


def random(kind: Any, config: Any) -> Any:
    """A model of this class with the same random weights every time."""
    torch.manual_seed(0)
    config.initializer_range = 0.5
    return kind(config).eval()


def save(
    folder: Path, tag: str, model: Any, tokenizer: Any = None, library: str = "transformers"
) -> None:
    model.save_pretrained(card(folder, tag, library))
    if tokenizer is not None:
        tokenizer.save_pretrained(folder)


def endless(model: Any, tokenizer: Any) -> Any:
    """Never takes the end, or half a character, for the likeliest: random weights differ from one
    kind of processor to the next."""
    for token in range(len(tokenizer)):
        if "\ufffd" in tokenizer.decode([token]) or token == tokenizer.eos_token_id:
            model.lm_head.weight.data[token] = 0
    return model


def llama(folder: Path, positions: int = 64) -> None:
    """A chat model that sees so many tokens."""
    tokenizer = byte_fallback()
    tokenizer.chat_template = TEMPLATE
    config = transformers.LlamaConfig(
        **SMALL, vocab_size=len(tokenizer), max_position_embeddings=positions,
        num_key_value_heads=1, bos_token_id=1, eos_token_id=2, pad_token_id=None,
    )  # fmt: skip
    model = endless(random(transformers.LlamaForCausalLM, config), tokenizer)
    save(folder, "text-generation", model, tokenizer)


def gpt2(folder: Path) -> None:
    """A plain model, whose own file asks for beams and a time limit."""
    tokenizer = byte_level()
    config = transformers.GPT2Config(
        n_embd=32, n_layer=2, n_head=2, n_positions=128, vocab_size=len(tokenizer),
        bos_token_id=0, eos_token_id=0, tie_word_embeddings=False,
    )  # fmt: skip
    model = endless(random(transformers.GPT2LMHeadModel, config), tokenizer)
    save(folder, "text-generation", model, tokenizer)
    wishes = {"eos_token_id": 0, "num_beams": 2, "max_time": 1e-9, "num_return_sequences": 2}
    (folder / "generation_config.json").write_text(json.dumps(wishes), encoding="utf-8")


def bert(**more: Any) -> tuple[Any, Any]:
    """Its tokenizer and its configuration."""
    tokenizer = word_pieces()
    return tokenizer, transformers.BertConfig(**SMALL, vocab_size=len(tokenizer), **more)


def encoder(folder: Path) -> None:
    """A plain BERT, which nobody trained for sentences."""
    tokenizer, config = bert()
    save(folder, "feature-extraction", random(transformers.BertModel, config), tokenizer)


def judge(folder: Path) -> None:
    """A BERT for natural language inference."""
    labels = {0: "contradiction", 1: "neutral", 2: "entailment"}
    tokenizer, config = bert(id2label=labels, label2id={v: k for k, v in labels.items()})
    model = random(transformers.BertForSequenceClassification, config)
    save(folder, "zero-shot-classification", model, tokenizer)


def reranker(folder: Path) -> None:
    """A BERT that scores a pair of texts."""
    tokenizer, config = bert(num_labels=1)
    model = random(transformers.BertForSequenceClassification, config)
    save(folder, "text-ranking", model, tokenizer, "sentence-transformers")


def vit(folder: Path) -> None:
    """A picture classifier of four classes, without a pooler as such models are."""
    names = dict(enumerate("abcd"))
    config = transformers.ViTConfig(
        **SMALL, image_size=32, patch_size=8, id2label=names,
        label2id={name: at for at, name in names.items()},
    )  # fmt: skip
    save(folder, "image-classification", random(transformers.ViTForImageClassification, config))
    about = {
        "image_processor_type": "ViTImageProcessor",
        "size": {"height": 32, "width": 32},
        "image_mean": [0.5] * 3,
        "image_std": [0.5] * 3,
        "do_resize": True,
        "do_rescale": True,
        "do_normalize": True,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(about), encoding="utf-8")


def wav2vec2(folder: Path) -> None:
    """A speech recognizer that writes letters."""
    pieces = ["<pad>", "<s>", "</s>", "<unk>", "|", *"abcdefghij"]
    vocab = card(folder, "automatic-speech-recognition") / "vocab.json"
    vocab.write_text(json.dumps({piece: at for at, piece in enumerate(pieces)}), encoding="utf-8")
    tokenizer = transformers.Wav2Vec2CTCTokenizer(str(vocab), word_delimiter_token="|")
    config = transformers.Wav2Vec2Config(
        **SMALL, vocab_size=len(pieces), num_feat_extract_layers=2, conv_dim=(16, 16),
        conv_kernel=(10, 8), conv_stride=(20, 16), num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2, feat_extract_norm="group",
    )  # fmt: skip
    model = random(transformers.Wav2Vec2ForCTC, config)
    save(folder, "automatic-speech-recognition", model, tokenizer)
    transformers.Wav2Vec2FeatureExtractor(sampling_rate=8_000).save_pretrained(folder)


def classifier(folder: Path) -> None:
    """Logistic regression over a pipeline with a text column."""
    import pandas as pd
    import skops.io
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    draw = np.random.default_rng(0)
    size, colour = draw.normal(size=60), draw.choice(["red", "blue"], 60)
    kind = np.where((size > 0) & (colour == "red"), "hot", "cold")
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["colour"]), remainder="passthrough"
    )
    fitted = make_pipeline(encode, LogisticRegression())
    fitted.fit(pd.DataFrame({"size": size, "colour": colour}), kind)
    card(folder, "tabular-classification", "sklearn")
    skops.io.dump(fitted, folder / "model.skops")
    about = {"columns": ["size", "colour"], "model": {"file": "model.skops"}}
    (folder / "config.json").write_text(json.dumps({"sklearn": about}), encoding="utf-8")


BUILDERS = {
    each.__name__: each
    for each in (llama, gpt2, encoder, judge, reranker, vit, wav2vec2, classifier)
}
