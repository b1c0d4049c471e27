"""What a folder's files say: tag, library, chat template, and what cannot be read."""

from pathlib import Path
from typing import Any

import pytest

from pipelines.model import Model
from pipelines.models.describe import Describer
from pipelines.settings import Settings
from tests.pipelines.models.samples import lay


@pytest.fixture
def describe(tmp_path: Path) -> Any:
    def describe(**named: Any) -> Model:
        given = {name.replace("__", "."): value for name, value in named.items()}
        folder = lay(tmp_path / "m", given)
        return Describer(Settings(home=tmp_path)).model(folder, "o/m", "folder")

    return describe


ST, ST_KEY = "config_sentence_transformers__json", "sentence_transformers"
ARCHITECTURES = {
    "GPT2LMHeadModel": "text-generation",
    "LlamaForCausalLM": "text-generation",
    "T5ForConditionalGeneration": "text-generation",
    "BartForConditionalGeneration": "text-generation",
    "MarianMTModel": "translation",
    "M2M100ForConditionalGeneration": "translation",
    "BertForSequenceClassification": "text-classification",
    "Wav2Vec2ForSequenceClassification": "audio-classification",
    "ASTForAudioClassification": "audio-classification",
    "BertForTokenClassification": "token-classification",
    "BertForQuestionAnswering": "question-answering",
    "TapasForQuestionAnswering": "table-question-answering",
    "LayoutLMv3ForQuestionAnswering": "document-question-answering",
    "ViltForQuestionAnswering": "visual-question-answering",
    "AlbertForMaskedLM": "fill-mask",
    "ViTForImageClassification": "image-classification",
    "DetrForObjectDetection": "object-detection",
    "OwlViTForObjectDetection": "zero-shot-object-detection",
    "SegformerForSemanticSegmentation": "image-segmentation",
    "DetrForSegmentation": "image-segmentation",
    "DPTForDepthEstimation": "depth-estimation",
    "VideoMAEForVideoClassification": "video-classification",
    "VitPoseForPoseEstimation": "keypoint-detection",
    "SamModel": "mask-generation",
    "CLIPModel": "zero-shot-image-classification",
    "SiglipModel": "zero-shot-image-classification",
    "Swin2SRForImageSuperResolution": "image-to-image",
    "BlipForConditionalGeneration": "image-to-text",
    "VisionEncoderDecoderModel": "image-to-text",
    "WhisperForConditionalGeneration": "automatic-speech-recognition",
    "Wav2Vec2ForCTC": "automatic-speech-recognition",
    "ParakeetForTDT": "automatic-speech-recognition",
    "SpeechT5ForSpeechToText": "automatic-speech-recognition",
    "SpeechT5ForTextToSpeech": "text-to-speech",
    "VitsModel": "text-to-speech",
    "BarkModel": "text-to-speech",
    "MusicgenForConditionalGeneration": "text-to-audio",
    "BertModel": "feature-extraction",
    "TimesFmModelForPrediction": "time-series-forecasting",
    "SomethingUnheardOf": None,
}


@pytest.mark.parametrize(("name", "tag"), ARCHITECTURES.items())
def test_tag_of_an_architecture(name: str, tag: str | None, describe: Any) -> None:
    model = describe(config__json={"architectures": [name]})
    assert (model.tag, model.library, model.architectures) == (tag, "transformers", (name,))


@pytest.mark.parametrize(
    ("config", "tag"),
    [
        ({"architectures": ["ViTModel"], "image_size": 224}, "image-feature-extraction"),
        (
            {"architectures": ["LlavaForConditionalGeneration"], "vision_config": {}},
            "image-text-to-text",
        ),
        (
            {"architectures": ["Qwen2AudioForConditionalGeneration"], "audio_config": {}},
            "audio-text-to-text",
        ),
        ({"architectures": ["Odd", "BertForMaskedLM"]}, "fill-mask"),
        (
            {"architectures": ["BertForSequenceClassification"], ST_KEY: {}},
            "text-ranking",
        ),
        ({"sklearn": {"task": "tabular-regression"}}, "tabular-regression"),
        ({"architecture": "resnet50", "pretrained_cfg": {}}, "image-classification"),
        ({"architectures": "BertForMaskedLM"}, None),
        ({"architectures": [7, None]}, None),
        ({}, None),
    ],
)
def test_tag_of_a_config(config: Any, tag: str | None, describe: Any) -> None:
    assert describe(config__json=config).tag == tag


PIPELINES = {
    "AnimateDiffVideoToVideo": "video-to-video",
    "AudioLDM2": "text-to-audio",
    "CogVideoXImageToVideo": "image-to-video",
    "ConsisID": "image-to-video",
    "FluxFill": "image-to-image",
    "HunyuanVideoFramepack": "image-to-video",
    "Kandinsky5I2I": "image-to-image",
    "Kandinsky5I2V": "image-to-video",
    "Kandinsky5T2V": "text-to-video",
    "LTX": "text-to-video",
    "LTXLatentUpsample": "video-to-video",
    "LucyEdit": "video-to-video",
    "MarigoldDepth": "depth-estimation",
    "MotifVideoImage2Video": "image-to-video",
    "QwenImageEdit": "image-to-image",
    "SanaVideo": "text-to-video",
    "ShapE": "text-to-3d",
    "ShapEImg2Img": "image-to-3d",
    "SkyReelsV2": "text-to-video",
    "StableAudio3AudioToAudio": "audio-to-audio",
    "StableDiffusionXL": "text-to-image",
    "StableVideoDiffusion": "image-to-video",
}


@pytest.mark.parametrize(
    ("named", "tag", "library"),
    [
        ({"modules__json": []}, "sentence-similarity", "sentence-transformers"),
        (
            {"modules__json": [], ST: {"model_type": "CrossEncoder"}},
            "text-ranking",
            "sentence-transformers",
        ),
        (
            {"modules__json": [], ST: {"model_type": "SparseEncoder"}},
            "feature-extraction",
            "sentence-transformers",
        ),
        ({"model_index__json": {"_class_name": "FluxPipeline"}}, "text-to-image", "diffusers"),
        (
            {"model_index__json": {"_class_name": "StableDiffusionInpaintPipeline"}},
            "image-to-image",
            "diffusers",
        ),
        (
            {"model_index__json": {"_class_name": "DDPMPipeline"}},
            "unconditional-image-generation",
            "diffusers",
        ),
        ({"model_index__json": {"_class_name": "WanPipeline"}}, "text-to-video", "diffusers"),
        *(
            ({"model_index__json": {"_class_name": f"{name}Pipeline"}}, tag, "diffusers")
            for name, tag in PIPELINES.items()
        ),
        ({"model__skops": b"", "config__json": {}}, None, "sklearn"),
        ({"x__gguf": b"GGUF"}, "text-generation", "gguf"),
        ({"adapter_config__json": {}, "adapter_model__safetensors": b""}, None, "peft"),
    ],
)
def test_tag_and_library_of_files(
    named: dict[str, Any], tag: str | None, library: str, describe: Any
) -> None:
    model = describe(**named)
    assert (model.tag, model.library) == (tag, library)


def test_the_class_of_a_diffusers_pipeline_is_its_architecture(describe: Any) -> None:
    index = {"_class_name": "FluxPipeline", "scheduler": ["diffusers", "EulerDiscreteScheduler"]}
    model = describe(model_index__json=index)
    assert model.architectures == ("FluxPipeline",)
    assert model.config == index
    assert describe(model_index__json={"_class_name": ["own", "Own"]}).architectures == ()


@pytest.mark.parametrize(
    ("head", "tag", "library"),
    [
        ("pipeline_tag: summarization", "summarization", "transformers"),
        ("pipeline_tag: text2text-generation", "text-generation", "transformers"),
        ("pipeline_tag: translation_en_to_fr", "translation", "transformers"),
        ("library_name: timm", "text-generation", "timm"),
        ("tags: [summarization, spacy]", "text-generation", "transformers"),
        ("pipeline_tag: [a]\nlibrary_name: 3", "text-generation", "transformers"),
    ],
)
def test_the_card_comes_first(head: str, tag: str, library: str, describe: Any) -> None:
    config = {"architectures": ["T5ForConditionalGeneration"], "model_type": "t5"}
    model = describe(README__md=f"---\n{head}\n---\ntext", config__json=config)
    assert (model.tag, model.library) == (tag, library)


def test_free_tags_come_last(describe: Any) -> None:
    model = describe(README__md="---\ntags: [x, ner, spacy]\n---\n", handler__py="")
    assert (model.tag, model.library, model.handler) == ("token-classification", "spacy", True)


@pytest.mark.parametrize(
    ("named", "chats"),
    [
        ({"tokenizer_config__json": {"chat_template": "{{ x }}"}}, True),
        ({"tokenizer_config__json": {"chat_template": None}}, False),
        ({"tokenizer_config__json": "{ broken"}, False),
        ({"chat_template__jinja": "x"}, True),
        ({"chat_template__json": "{}"}, True),
        ({"m__gguf": b"GGUF....tokenizer.chat_template...."}, True),
        ({"m__gguf": b"GGUF"}, False),
        ({}, False),
    ],
)
def test_chat_template(named: dict[str, Any], chats: bool, describe: Any) -> None:
    assert describe(config__json={}, **named).chat_template is chats


BOMB = "\n".join(
    ["a: &a [x, x, x, x, x, x, x, x]"]
    + [
        f"{b}: &{b} [{', '.join(['*' + a] * 8)}]"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
)


@pytest.mark.parametrize(
    "head",
    [
        "pipeline_tag: [unclosed",
        "- a list",
        "just text",
        "a: *nothing",
        BOMB,
        "a: " + "[" * 100_000,
        "a: " + "[" * 50_000 + "]" * 50_000,
        "a: !!python/object/apply:os.system [id]",
        "a: " + "9" * 10_000,
        "\tx: 1",
        "a: \x00",
    ],
)
def test_a_broken_card_does_not_break_the_model(head: str, describe: Any) -> None:
    config = {"architectures": ["BertForMaskedLM"]}
    model = describe(README__md=f"---\n{head}\n---\ntext", config__json=config)
    assert (model.tag, model.card) == ("fill-mask", {})
    assert len(model.notes) == 1
    assert model.notes[0].startswith("The model card cannot be read")
    assert len(model.notes[0]) < 400


@pytest.mark.parametrize("text", ["", "# no metadata", "---\n---\n", "--- x", b"\xff\xfe\x00"])
def test_a_card_without_metadata_is_no_trouble(text: str, describe: Any) -> None:
    model = describe(README__md=text, config__json={})
    assert (model.card, model.notes) == ({}, ())


def test_metadata_are_json(describe: Any) -> None:
    card = "\ufeff---\r\ndate: 2026-11-22\r\n1: .inf\r\nlicense: mit\r\n---\r\n"
    assert describe(README__md=card, config__json={}).card == {
        "date": "2026-11-22",
        "1": "inf",
        "license": "mit",
    }


@pytest.mark.parametrize("text", ["{ broken", "[1]", "null", "[" * 200_000, "", b"\xff\xfe{"])
def test_a_broken_config_leaves_the_tag_unknown(text: Any, describe: Any) -> None:
    model = describe(config__json=text, model__safetensors=b"")
    assert (model.tag, model.config) == (None, {})
    assert len(model.notes) == 1
    assert model.notes[0].startswith("config.json")
