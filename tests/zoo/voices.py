"""Models that speak and sing, for `text-to-speech` and `text-to-audio`."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from transformers import AutoTokenizer
from transformers.models.bark.generation_configuration_bark import BarkGenerationConfig

from pipelines.encode import encode
from tests.zoo.parts import card, random, save
from tests.zoo.sounds import letters

TEXT = "hello, world."


def build_vits(folder: Path, tag: str, **more: Any) -> None:
    tokenizer = vits_letters(card(folder, tag))
    config = transformers.VitsConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, ffn_dim=16, flow_size=16,
        spectrogram_bins=9, upsample_initial_channel=16, upsample_rates=(4, 4),
        upsample_kernel_sizes=(8, 8), resblock_kernel_sizes=(3,), resblock_dilation_sizes=((1, 3),),
        duration_predictor_filter_channels=16, prior_encoder_num_flows=1,
        prior_encoder_num_wavenet_layers=1, posterior_encoder_num_wavenet_layers=1,
        depth_separable_num_layers=1, duration_predictor_num_flows=2, sampling_rate=8_000, **more,
    )  # fmt: skip
    torch.manual_seed(0)
    save(folder, tag, transformers.VitsModel(config).eval(), tokenizer)


def vits_letters(folder: Path) -> Any:
    vocab = {letter: at for at, letter in enumerate("_ abcdefghijklmnopqrstuvwxyz'")}
    (folder / "vocab.json").write_text(json.dumps(vocab), encoding="utf-8")
    return transformers.VitsTokenizer(
        str(folder / "vocab.json"), pad_token="_", unk_token="_", phonemize=False
    )


def say_vits(folder: Path, seed: int, text: str = TEXT, **more: Any) -> Any:
    model = transformers.VitsModel.from_pretrained(folder)
    inputs = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
    torch.manual_seed(seed)
    with torch.inference_mode():
        found = model(**inputs, **more).waveform[0]
    return encode(found.numpy(), 8_000)


def build_speecht5(folder: Path, tag: str = "text-to-speech") -> None:
    tokenizer = letters()
    config = speecht5(vocab_size=len(tokenizer))
    save(folder, tag, random(transformers.SpeechT5ForTextToSpeech, config), tokenizer)
    voice_and_vocoder(folder)


def speecht5(**more: Any) -> transformers.SpeechT5Config:
    return transformers.SpeechT5Config(
        hidden_size=16, encoder_layers=1, encoder_attention_heads=2, encoder_ffn_dim=16,
        decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=16, num_mel_bins=8,
        speaker_embedding_dim=4, speech_decoder_prenet_units=8, speech_decoder_postnet_units=8,
        max_text_positions=60, conv_dim=(8, 8), conv_stride=(20, 16), conv_kernel=(20, 16),
        num_feat_extract_layers=2, num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=2,
        pad_token_id=0, bos_token_id=1, decoder_start_token_id=2, **more,
    )  # fmt: skip


def voice_and_vocoder(folder: Path) -> None:
    (folder / "speaker_embeddings").mkdir()
    for at, name in enumerate(("anna", "bert")):
        vector = np.eye(4, dtype=np.float32)[at]
        np.save(folder / "speaker_embeddings" / f"{name}.npy", vector)
    config = transformers.SpeechT5HifiGanConfig(
        model_in_dim=8, upsample_initial_channel=8, upsample_rates=(4, 4),
        upsample_kernel_sizes=(8, 8), resblock_kernel_sizes=(3,), resblock_dilation_sizes=((1,),),
    )  # fmt: skip
    random(transformers.SpeechT5HifiGan, config).save_pretrained(folder / "vocoder")


def say_speecht5(folder: Path, seed: int, voice: str) -> Any:
    model = transformers.SpeechT5ForTextToSpeech.from_pretrained(folder)
    vocoder = transformers.SpeechT5HifiGan.from_pretrained(folder / "vocoder")
    ids = AutoTokenizer.from_pretrained(folder)(TEXT, return_tensors="pt")["input_ids"]
    vector = torch.tensor(np.load(folder / "speaker_embeddings" / f"{voice}.npy"))[None]
    torch.manual_seed(seed)
    found = model.generate_speech(ids, vector, vocoder=vocoder)
    return encode(found.numpy(), 16_000)


def build_musicgen(folder: Path, channels: int = 1) -> None:
    tokenizer = letters()
    text = transformers.T5Config(
        vocab_size=len(tokenizer), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2
    )
    codec = transformers.EncodecConfig(
        sampling_rate=8_000, hidden_size=8, num_filters=4, upsampling_ratios=(8, 5),
        codebook_size=16, target_bandwidths=(3.2,), num_lstm_layers=1, kernel_size=3,
        last_kernel_size=3,
    )  # fmt: skip
    decoder = transformers.MusicgenDecoderConfig(
        vocab_size=16, hidden_size=16, num_hidden_layers=1, ffn_dim=16, num_attention_heads=2,
        num_codebooks=4 if channels == 1 else 8, audio_channels=channels, pad_token_id=16,
        bos_token_id=16, max_position_embeddings=64,
    )  # fmt: skip
    config = transformers.MusicgenConfig(
        text_encoder=text.to_dict(), audio_encoder=codec.to_dict(), decoder=decoder.to_dict()
    )
    model = random(transformers.MusicgenForConditionalGeneration, config)
    for layer in model.audio_encoder.quantizer.layers:  # which start out all zeros
        torch.nn.init.normal_(layer.codebook.embed, std=3)
    model.generation_config.update(decoder_start_token_id=16, pad_token_id=16, bos_token_id=16,
                                   guidance_scale=3.0, max_length=64)  # fmt: skip
    save(folder, "text-to-audio", model, tokenizer)


def sing_musicgen(folder: Path, seed: int, **more: Any) -> Any:
    model = transformers.MusicgenForConditionalGeneration.from_pretrained(folder)
    inputs = AutoTokenizer.from_pretrained(folder)(TEXT, return_tensors="pt")
    torch.manual_seed(seed)
    found = model.generate(**inputs, **more)[0]
    return encode(found.numpy(), 8_000)


def build_bark(folder: Path, tag: str) -> None:
    """Four networks, whose vocabularies are Bark's own, and two voices."""
    part = {"num_layers": 1, "num_heads": 2, "hidden_size": 8}
    fine = {"input_vocab_size": 1_056, "output_vocab_size": 1_056}
    codec = transformers.EncodecConfig(
        sampling_rate=8_000, hidden_size=8, num_filters=4, upsampling_ratios=(5, 4),
        target_bandwidths=(32.0,), num_lstm_layers=1, kernel_size=3, last_kernel_size=3,
    )  # fmt: skip
    config = transformers.BarkConfig(
        semantic_config={**part, "input_vocab_size": 129_600, "output_vocab_size": 10_048},
        coarse_acoustics_config={**part, "input_vocab_size": 12_096, "output_vocab_size": 12_096},
        fine_acoustics_config={**part, **fine},
        codec_config=codec.to_dict(),
    )
    model = random(transformers.BarkModel, config)
    for layer in model.codec_model.quantizer.layers:
        torch.nn.init.normal_(layer.codebook.embed, std=3)
    save(folder, tag, model, letters())
    stages = BarkGenerationConfig(semantic_config={"max_new_tokens": 8}, sample_rate=8_000)
    parts = ("semantic_config", "coarse_acoustics_config", "fine_acoustics_config")
    about = {name: plain(getattr(stages, name)) for name in parts}
    text = json.dumps({**about, "model_type": "bark", "sample_rate": 8_000, "codebook_size": 1_024})
    (folder / "generation_config.json").write_text(text, encoding="utf-8")
    bark_voices(folder)


def plain(config: Any) -> Any:
    return {name: value for name, value in config.to_dict().items() if value is not None}


def bark_voices(folder: Path) -> None:
    """Two voices, as Bark's repository has them."""
    made: dict[str, Any] = {"repo_or_path": "here"}
    (folder / "speaker_embeddings").mkdir()
    for voice, tokens in (("en_speaker_0", 5), ("de_speaker_3", 90)):
        for name, shape in (("semantic", (9,)), ("coarse", (2, 12)), ("fine", (8, 12))):
            file = f"speaker_embeddings/{voice}_{name}_prompt.npy"
            np.save(folder / file, np.full(shape, tokens))
            made.setdefault(voice, {})[f"{name}_prompt"] = file
    (folder / "speaker_embeddings_path.json").write_text(json.dumps(made), encoding="utf-8")


def say_bark(folder: Path, seed: int, voice: str, **more: Any) -> Any:
    model = transformers.BarkModel.from_pretrained(folder)
    processor = transformers.BarkProcessor.from_pretrained(folder)
    torch.manual_seed(seed)
    found = model.generate(**processor(TEXT, voice_preset=voice), **more)
    return encode(found[0].numpy(), 8_000)
