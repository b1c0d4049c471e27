"""Tiny models that read pictures, sounds or videos in a conversation."""

import base64
import json
from pathlib import Path
from typing import Any

import av
import torch
import transformers
from PIL import Image

from tests.conftest import SAMPLES
from tests.zoo import parts

TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {% for part in message['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] }}{% else %}<{{ part['type'] }}>{% endif %}"
    "{% endfor %}\n{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}"
)
MARKS = ("<image>", "<video>", "<audio>")
SMALL: dict[str, Any] = {**parts.SMALL, "initializer_range": 0.5}
SEES: dict[str, Any] = {**SMALL, "image_size": 32, "patch_size": 8}
CAT, SPEECH = SAMPLES / "cat.jpg", SAMPLES / "speech.flac"
WALK = SAMPLES / "walk.mp4"
PICTURE: dict[str, Any] = {
    "size": {"shortest_edge": 32},
    "crop_size": {"height": 32, "width": 32},
}


def encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def image(path: Path = CAT) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{encoded(path)}"}}


def audio(path: Path = SPEECH) -> dict[str, Any]:
    return {"type": "input_audio", "input_audio": {"data": encoded(path), "format": "flac"}}


def video(data: bytes) -> dict[str, Any]:
    url = f"data:video/mp4;base64,{base64.b64encode(data).decode()}"
    return {"type": "video_url", "video_url": {"url": url}}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def asked(*content: Any, **more: Any) -> dict[str, Any]:
    """The body of one question, whose answer has eight of the likeliest tokens."""
    messages = [{"role": "user", "content": list(content)}]
    return {"messages": messages, "max_tokens": 8, "temperature": 0, **more}


def tokenizer(*marks: str) -> Any:
    """Pieces of bytes, and marks for files."""
    made = parts.byte_level()
    made.add_special_tokens({"additional_special_tokens": [*MARKS, *marks]})
    made.chat_template = TEMPLATE
    return made


def language(words: Any, kind: Any = transformers.LlamaConfig, **more: Any) -> Any:
    return kind(
        **SMALL,
        vocab_size=len(words),
        num_key_value_heads=1,
        bos_token_id=None,
        eos_token_id=0,
        pad_token_id=1,
        max_position_embeddings=2048,
        tie_word_embeddings=False,
        **more,
    )


def endless(model: Any, words: Any) -> Any:
    """Never writes the end, a mark, or half a character; and what Qwen's eye sees changes what is
    written."""
    for name, weights in model.named_parameters():
        if "visual" in name:
            weights.data *= 15
    parts.endless(model, words)
    for token in words.all_special_ids:
        model.lm_head.weight.data[token] = 0
    return model.eval()


def saved(folder: Path, tag: str, kind: Any, config: Any, processor: Any) -> None:
    model = parts.random(kind, config)
    parts.save(folder, tag, endless(model, processor.tokenizer))
    processor.save_pretrained(folder)


# Pictures ---------------------------------------------------------------------------------------


def llava(folder: Path, tag: str = "image-text-to-text", template: str | None = TEMPLATE) -> None:
    words = tokenizer()
    words.chat_template = None
    config = transformers.LlavaConfig(
        vision_config=transformers.CLIPVisionConfig(**SEES, projection_dim=32),
        text_config=language(words),
        image_token_index=words.convert_tokens_to_ids("<image>"),
        image_seq_length=16,
        vision_feature_layer=-1,
        tie_word_embeddings=False,
    )
    processor = transformers.LlavaProcessor(
        transformers.CLIPImageProcessorPil(**PICTURE),
        words,
        patch_size=8,
        vision_feature_select_strategy="default",
        chat_template=template,
        num_additional_image_tokens=1,
    )
    saved(folder, tag, transformers.LlavaForConditionalGeneration, config, processor)


def idefics3(folder: Path) -> None:
    """As SmolVLM has it: a picture is cut into tiles, and the whole is looked at too."""
    words = tokenizer(
        "<fake_token_around_image>",
        "<global-img>",
        "<end_of_utterance>",
        *(f"<row_{y}_col_{x}>" for y in range(1, 7) for x in range(1, 7)),
    )
    config = transformers.Idefics3Config(
        vision_config=SEES,
        text_config=language(words).to_dict(),
        scale_factor=2,
        image_token_id=words.convert_tokens_to_ids("<image>"),
        tie_word_embeddings=False,
        pad_token_id=1,
    )
    processor = transformers.Idefics3Processor(
        transformers.Idefics3ImageProcessorPil(
            size={"longest_edge": 64}, max_image_size={"longest_edge": 32}
        ),
        words,
        image_seq_len=4,
        chat_template=TEMPLATE,
    )
    saved(
        folder,
        "image-text-to-text",
        transformers.Idefics3ForConditionalGeneration,
        config,
        processor,
    )


def paligemma(folder: Path) -> None:
    """Has no chat template: a picture, and words about it."""
    words = tokenizer()
    words.chat_template = None
    words.add_special_tokens({"bos_token": "<bos>"})
    config = transformers.PaliGemmaConfig(
        vision_config={**SEES, "model_type": "siglip_vision_model", "vision_use_head": False},
        text_config=language(words, transformers.GemmaConfig, head_dim=16).to_dict(),
        image_token_index=words.convert_tokens_to_ids("<image>"),
        projection_dim=32,
        hidden_size=32,
        tie_word_embeddings=False,
    )
    pictures = transformers.SiglipImageProcessorPil(size={"height": 32, "width": 32})
    pictures.image_seq_length = 16
    processor = transformers.PaliGemmaProcessor(pictures, words)
    saved(
        folder,
        "image-text-to-text",
        transformers.PaliGemmaForConditionalGeneration,
        config,
        processor,
    )


# Videos -----------------------------------------------------------------------------------------


def without_torchvision(kind: Any, **given: Any) -> Any:
    """Saves as a processor with a video processor would be saved: its settings beside the rest."""
    own = given.pop("video_config")

    class Made(kind):  # type: ignore[misc]
        def check_argument_for_proper_class(self, name: str, argument: Any) -> Any:
            return None

    made = Made(video_processor=None, **given)

    def save(folder: Path) -> None:
        made.tokenizer.save_pretrained(folder)
        made.image_processor.save_pretrained(folder)
        if hasattr(made, "feature_extractor"):
            made.feature_extractor.save_pretrained(folder)
            shared = folder / "preprocessor_config.json"
            both = json.loads(shared.read_text()) | made.image_processor.to_dict()
            shared.write_text(json.dumps(both), encoding="utf-8")
        (folder / "chat_template.jinja").write_text(made.chat_template, encoding="utf-8")
        (folder / "video_preprocessor_config.json").write_text(json.dumps(own), encoding="utf-8")
        more = {name: getattr(made, name) for name in KEPT if hasattr(made, name)}
        about = {"processor_class": kind.__name__, **more}
        (folder / "processor_config.json").write_text(json.dumps(about), encoding="utf-8")

    made.save_pretrained = save
    return made


KEPT = (
    "patch_size",
    "vision_feature_select_strategy",
    "num_additional_image_tokens",
    "num_image_tokens",
)


def qwen2_vl(folder: Path, tag: str = "image-text-to-text") -> None:
    words = tokenizer("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>")
    at = words.convert_tokens_to_ids
    config = transformers.Qwen2VLConfig(
        text_config={
            **language(words, transformers.Qwen2Config).to_dict(),
            "rope_parameters": {
                "rope_type": "default",
                "mrope_section": [2, 3, 3],
                "rope_theta": 1e4,
            },
        },
        vision_config={
            "depth": 2,
            "embed_dim": 32,
            "hidden_size": 32,
            "num_heads": 2,
            "mlp_ratio": 2,
            "patch_size": 8,
            "initializer_range": 0.5,
        },
        image_token_id=at("<|image_pad|>"),
        video_token_id=at("<|video_pad|>"),
        vision_start_token_id=at("<|vision_start|>"),
        vision_end_token_id=at("<|vision_end|>"),
        tie_word_embeddings=False,
    )
    size = {"size": {"shortest_edge": 32 * 32, "longest_edge": 64 * 64}, "patch_size": 8}
    pictures = transformers.Qwen2VLImageProcessorPil(**size)
    words.chat_template = QWEN
    processor = without_torchvision(
        transformers.Qwen2VLProcessor,
        image_processor=pictures,
        tokenizer=words,
        video_config=size,
        chat_template=QWEN,
    )
    saved(folder, tag, transformers.Qwen2VLForConditionalGeneration, config, processor)


QWEN = TEMPLATE.replace(
    "<{{ part['type'] }}>", "<|vision_start|><|{{ part['type'] }}_pad|><|vision_end|>"
)


def video_llava(folder: Path) -> None:
    words = tokenizer()
    at = words.convert_tokens_to_ids
    config = transformers.VideoLlavaConfig(
        vision_config=transformers.CLIPVisionConfig(**SEES, projection_dim=32),
        text_config=language(words),
        image_token_index=at("<image>"),
        video_token_index=at("<video>"),
        image_seq_length=16,
        video_seq_length=136,
        vision_feature_layer=-1,
        tie_word_embeddings=False,
    )
    pictures = transformers.VideoLlavaImageProcessor(**PICTURE)
    processor = without_torchvision(
        transformers.VideoLlavaProcessor,
        image_processor=pictures,
        tokenizer=words,
        patch_size=8,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        video_config=PICTURE,
        chat_template=TEMPLATE,
    )
    saved(
        folder,
        "video-text-to-text",
        transformers.VideoLlavaForConditionalGeneration,
        config,
        processor,
    )


# Sounds -----------------------------------------------------------------------------------------


def qwen2_audio(folder: Path) -> None:
    words = tokenizer("<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>")
    template = TEMPLATE.replace("<{{ part['type'] }}>", "<|audio_bos|><|AUDIO|><|audio_eos|>")
    config = transformers.Qwen2AudioConfig(
        audio_config={
            "d_model": 32,
            "encoder_layers": 2,
            "encoder_attention_heads": 2,
            "encoder_ffn_dim": 64,
            "num_mel_bins": 16,
            "max_source_positions": 1500,
            "initializer_range": 0.5,
            "model_type": "qwen2_audio_encoder",
        },
        text_config=language(words, transformers.Qwen2Config).to_dict(),
        audio_token_index=words.convert_tokens_to_ids("<|AUDIO|>"),
        tie_word_embeddings=False,
    )
    processor = transformers.Qwen2AudioProcessor(
        transformers.WhisperFeatureExtractor(feature_size=16), words, chat_template=template
    )
    saved(
        folder,
        "audio-text-to-text",
        transformers.Qwen2AudioForConditionalGeneration,
        config,
        processor,
    )


# Everything -------------------------------------------------------------------------------------


def omni(folder: Path) -> None:
    """Qwen2.5-Omni without the part that speaks."""
    marks = {
        "image_token": "<|IMAGE|>",
        "video_token": "<|VIDEO|>",
        "audio_token": "<|AUDIO|>",
        "vision_bos_token": "<|vision_bos|>",
        "vision_eos_token": "<|vision_eos|>",
        "audio_bos_token": "<|audio_bos|>",
        "audio_eos_token": "<|audio_eos|>",
    }
    made = tokenizer(*marks.values())
    words = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made.backend_tokenizer,
        eos_token="<eos>",
        pad_token="<pad>",
        extra_special_tokens=marks,
    )
    at = words.convert_tokens_to_ids
    thinker = {
        "text_config": {
            **language(words, transformers.Qwen2Config).to_dict(),
            "model_type": "qwen2_5_omni_text",
            "rope_parameters": {
                "rope_type": "default",
                "mrope_section": [2, 3, 3],
                "rope_theta": 1e4,
            },
        },
        "vision_config": {
            "depth": 2,
            "hidden_size": 32,
            "out_hidden_size": 32,
            "num_heads": 2,
            "intermediate_size": 64,
            "patch_size": 8,
            "fullatt_block_indexes": [1],
            "window_size": 32,
            "initializer_range": 0.5,
        },
        "audio_config": {
            "d_model": 32,
            "encoder_layers": 2,
            "encoder_attention_heads": 2,
            "encoder_ffn_dim": 64,
            "num_mel_bins": 16,
            "output_dim": 32,
            "initializer_range": 0.5,
            "n_window": 10,
        },
        "initializer_range": 0.5,
        **{
            name.replace("token", "token_index"): at(mark)
            for name, mark in marks.items()
            if "bos" not in name and "eos" not in name
        },
        "vision_start_token_id": at("<|vision_bos|>"),
        "vision_end_token_id": at("<|vision_eos|>"),
        "audio_start_token_id": at("<|audio_bos|>"),
        "audio_end_token_id": at("<|audio_eos|>"),
    }
    config = transformers.Qwen2_5OmniConfig(thinker_config=thinker, enable_audio_output=False)
    size = {"size": {"shortest_edge": 32 * 32, "longest_edge": 64 * 64}, "patch_size": 8}
    template = TEMPLATE.replace("<{{ part['type'] }}>", "<|{{ part['type'] | upper }}|>")
    words.chat_template = template
    processor = without_torchvision(
        transformers.Qwen2_5OmniProcessor,
        tokenizer=words,
        video_config=size,
        feature_extractor=transformers.WhisperFeatureExtractor(feature_size=16),
        image_processor=transformers.Qwen2VLImageProcessorPil(**size),
        chat_template=template,
    )
    model = parts.random(transformers.Qwen2_5OmniForConditionalGeneration, config)
    endless(model.thinker, words)
    parts.save(folder, "any-to-any", model)
    processor.save_pretrained(folder)


def janus(folder: Path) -> None:
    """Could make pictures too."""
    words = tokenizer("<image_placeholder>", "<begin_of_image>", "<end_of_image>")
    vision = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "mlp_ratio": 2,
        "intermediate_size": 64,
        "image_size": 32,
        "patch_size": 8,
        "projection_dim": 32,
        "initializer_range": 0.5,
        "num_image_tokens": 16,
    }
    vq = {
        "embed_dim": 8,
        "num_embeddings": 16,
        "double_latent": False,
        "latent_channels": 32,
        "base_channels": 32,
        "channel_multiplier": [1, 1],
        "num_res_blocks": 1,
        "num_patches": 16,
        "projection_dim": 32,
        "image_token_embed_dim": 32,
        "out_channels": 3,
    }
    config = transformers.JanusConfig(
        text_config=language(words).to_dict(),
        vision_config=vision,
        vq_config=vq,
        image_token_id=words.convert_tokens_to_ids("<image_placeholder>"),
    )
    pictures = transformers.JanusImageProcessorPil(
        size={"height": 32, "width": 32}, image_size=32, min_size=8
    )
    words = transformers.PreTrainedTokenizerFast(
        tokenizer_object=words.backend_tokenizer,
        eos_token="<eos>",
        pad_token="<pad>",
        bos_token="<eos>",
        extra_special_tokens={
            "image_token": "<image_placeholder>",
            "boi_token": "<begin_of_image>",
            "eoi_token": "<end_of_image>",
        },
    )
    template = TEMPLATE.replace("<{{ part['type'] }}>", "<image_placeholder>")
    processor = transformers.JanusProcessor(pictures, words, chat_template=template)
    processor.num_image_tokens = 16
    saved(folder, "any-to-any", transformers.JanusForConditionalGeneration, config, processor)


# What direct code answers -----------------------------------------------------------------------


def answered(model: Any, words: Any, given: Any) -> Any:
    """The likeliest eight tokens after what a processor made of a conversation."""
    start = given["input_ids"].shape[1]
    with torch.inference_mode():
        made = model.eval().generate(**given, max_new_tokens=8, do_sample=False)
    said = words.decode(made[0, start:], skip_special_tokens=True)
    usage = {"prompt_tokens": start, "completion_tokens": 8, "total_tokens": start + 8}
    message = {"role": "assistant", "content": said}
    choice = {"index": 0, "message": message, "finish_reason": "length"}
    return {"choices": [choice], "usage": usage}


def by_processor(folder: Path, kind: Any, *content: Any) -> Any:
    """The answer to one question by the library's processor and its own model."""
    processor = transformers.AutoProcessor.from_pretrained(folder)
    given = processor.apply_chat_template(
        [{"role": "user", "content": list(content)}], add_generation_prompt=True, tokenize=True,
        return_dict=True, return_tensors="pt",
    )  # fmt: skip
    return answered(kind.from_pretrained(folder), processor.tokenizer, given)


def by_hand(folder: Path, kind: Any, prompt: str, **files: Any) -> Any:
    """The same where the processor wants torchvision: `files` are what its parts make."""
    words = transformers.AutoTokenizer.from_pretrained(folder)
    given = words(prompt, return_tensors="pt")
    given = {name: given[name] for name in ("input_ids", "attention_mask")}
    return answered(kind.from_pretrained(folder), words, {**given, **files})


def opened(path: Path) -> Any:
    return Image.open(path).convert("RGB")


def frames(path: Path, count: int) -> list[Any]:
    """So many frames, evenly from the first on."""
    with av.open(str(path)) as film:
        every = [frame.to_image() for frame in film.decode(video=0)]
    return [every[at * len(every) // count] for at in range(count)]


def onevision(folder: Path) -> None:
    """LLaVA-OneVision: a picture whole and in tiles, and videos."""
    words = tokenizer()
    at = words.convert_tokens_to_ids
    grid = [[32, 32], [32, 64], [64, 32], [64, 64]]
    config = transformers.LlavaOnevisionConfig(
        vision_config=transformers.SiglipVisionConfig(**SEES, vision_use_head=False),
        text_config=language(words, transformers.Qwen2Config),
        image_token_index=at("<image>"),
        video_token_index=at("<video>"),
        image_grid_pinpoints=grid,
        vision_feature_layer=-1,
        vision_aspect_ratio="anyres_max_9",
        tie_word_embeddings=False,
    )
    size = {"size": {"height": 32, "width": 32}}
    processor = without_torchvision(
        transformers.LlavaOnevisionProcessor,
        image_processor=transformers.LlavaOnevisionImageProcessorPil(
            **size, image_grid_pinpoints=grid
        ),
        tokenizer=words,
        num_image_tokens=16,
        vision_feature_select_strategy="full",
        video_config=size,
        chat_template=TEMPLATE,
    )
    kind = transformers.LlavaOnevisionForConditionalGeneration
    saved(folder, "video-text-to-text", kind, config, processor)
