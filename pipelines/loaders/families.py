"""Which language models write on from a text, which read it with an encoder first, and which only
decide."""

from pipelines.model import Model

# Text encoders with a decoder, by their class names in transformers 5.23
ENCODES = (
    "MarianMTModel", "EncoderDecoderModel", "T5WithLMHeadModel",
    *(
        f"{name}ForConditionalGeneration"
        for name in (
            "Bart", "BigBirdPegasus", "Blenderbot", "BlenderbotSmall", "FSMT", "LED", "LongT5",
            "M2M100", "MBart", "MT5", "Mvp", "NllbMoe", "PLBart", "Pegasus", "PegasusX",
            "ProphetNet", "SwitchTransformers", "T5", "T5Gemma", "UMT5",
        )
    ),
)  # fmt: skip
# What a configuration has where a generator reads such files
SENSES = {
    "image": ("vision_config", "vq_config"),
    "video": ("video_token_id", "video_token_index"),
    "audio": ("audio_config",),
}


def encodes(model: Model) -> bool:
    """Whether an encoder reads the text, and a decoder writes another."""
    return any(name in ENCODES for name in model.architectures)


def continues(model: Model) -> bool:
    """Whether `model` writes on where a text ends; one that also reads pictures can, too."""
    writes = model.is_a("ForCausalLM", "LMHeadModel") and not encodes(model)
    return (writes or talks(model, *SENSES)) and not decides(model)


def talks(model: Model, *media: str) -> bool:
    """Whether `model` writes in a conversation that may hold any of these kinds of file."""
    writes = model.is_a("ForConditionalGeneration", "ForCausalLM", "VisionText2Text")
    return bool(writes and model.chat_template and senses(model) & set(media))


def senses(model: Model) -> set[str]:
    """The kinds of file that a generator's configuration has a part for, or a mark in the text."""
    configs = [model.config, model.config.get("thinker_config") or {}]
    return {kind for kind, keys in SENSES.items() if any(config.get(key) is not None
            for config in configs for key in keys)}  # fmt: skip


def chats(model: Model) -> bool:
    return model.chat_template and continues(model)


def decides(model: Model) -> bool:
    """Whether `model` was made for decisions: by a head of its own, or by its card."""
    return model.tag == "decision" or model.is_a("ForDecision")
