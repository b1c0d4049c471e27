"""A tiny model for every task that has none on board, so that each can be used."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines import registry
from pipelines.task import Task
from tests.api.wire import on_board
from tests.conftest import Server
from tests.zoo.tiny import Tiny, every

ABSENT = [
    task
    for task in registry.TASKS.values()
    if not any(task.accepts(model) for model in on_board().list())
]
NAMES = (
    "any-to-any-qwen2.5-omni",
    "audio-text-to-text-qwen2-audio",
    "depth-estimation-DPTForDepthEstimation",
    "document-question-answering-VisionEncoderDecoderModel",
    "fill-mask-BertForMaskedLM",
    "image-segmentation-SegformerForSemanticSegmentation",
    "image-text-to-image-StableDiffusionInstructPix2PixPipeline",
    "image-text-to-text-idefics3",
    "image-text-to-video-LTXPipeline",
    "image-to-3d-ShapEImg2ImgPipeline",
    "image-to-image-StableDiffusionImg2ImgPipeline",
    "image-to-image-Swin2SRForImageSuperResolution",
    "image-to-video-StableVideoDiffusionPipeline",
    "keypoint-detection-SuperPointForKeypointDetection",
    "keypoint-matching-SuperGlueForKeypointMatching",
    "mask-generation-SamModel",
    "multiple-choice-BertForMultipleChoice",
    "object-detection-YolosForObjectDetection",
    "question-answering-BertForQuestionAnswering",
    "table-question-answering-TapasForQuestionAnswering",
    "text-to-3d-ShapEPipeline",
    "text-to-audio-MusicgenForConditionalGeneration",
    "text-to-image-StableDiffusionPipeline",
    "text-to-video-AnimateDiffPipeline",
    "time-series-forecasting-TimesFmModelForPrediction",
    "translation-m2m100",
    "translation-marian",
    "video-classification-VideoMAEForVideoClassification",
    "video-text-to-text-qwen2-vl",
    "video-to-video-AnimateDiffPipeline",
    "visual-document-retrieval-CLIPModel",
    "visual-question-answering-ViltForQuestionAnswering",
    "zero-shot-audio-classification-ClapModel",
    "zero-shot-object-detection-OwlViTForObjectDetection",
)
QUICK = ("image-to-image-Swin2SRForImageSuperResolution",)
SHOWN = [tiny for tiny in every() if tiny.name in NAMES]


def of(task: Task) -> Tiny:
    """The tiny model that shows a task."""
    fitting = [tiny for tiny in SHOWN if tiny.tag == task.tag]
    return next((tiny for tiny in fitting if tiny.name == "translation-marian"), fitting[0])


def quick(task: Task) -> Tiny:
    """The one whose example is answered at once, as it stands on the page."""
    return next((tiny for tiny in SHOWN if tiny.tag == task.tag and tiny.name in QUICK), of(task))


@contextmanager
def serving(home: Path) -> Iterator[Server]:
    """A server of them, and of the models on board."""
    for tiny in SHOWN:
        tiny.build(home / "models" / "tiny" / tiny.name)
    server = Server(home, TAGLINE_MODELS_DIR=str(home / "models")).wait()
    try:
        yield server
    finally:
        server.stop()
