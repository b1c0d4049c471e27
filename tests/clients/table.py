"""Which method of which real client is tried, in which way, and what comes of it.

The tests of this folder are parametrised by it, docs/clients.md is written from it: neither can say
what the other does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

RECORD = Path(__file__).parents[2] / "build" / "clients.json"  # the cases that passed last
ADDRESS, ID = "address", "id"
CALL, ASYNC = "call", "async call"
HUB_WAYS = (ADDRESS, ID, f"async {ADDRESS}", f"async {ID}")


@dataclass(frozen=True)
class Case:
    """A method of a client, called in one way. `words` are its own words where it refuses, or the
    server's where it serves no such thing; nothing where it works."""

    client: str
    method: str
    way: str
    words: str = ""

    def __str__(self) -> str:
        return f"{self.method} by {self.way}"


def hub() -> list[Case]:
    """InferenceClient and AsyncInferenceClient of huggingface_hub."""
    methods = (*HUB_WORKS, *HUB_NEVER)
    return [Case(HUB, name, way, hub_words(name, way)) for name in methods for way in HUB_WAYS]


def hub_words(method: str, way: str) -> str:
    return HUB_NEVER.get(method, "") or HUB_BY_ID.get(method, "") * way.endswith(ID)


HUB = "huggingface_hub"
# The method, and the task whose tiny model answers
HUB_WORKS = {
    "audio_classification": "audio-classification",
    "audio_to_audio": "audio-to-audio",
    "automatic_speech_recognition": "automatic-speech-recognition",
    "chat_completion": "conversational",
    "chat_completion(stream=True)": "conversational",
    "chat.completions.create": "conversational",
    "document_question_answering": "document-question-answering",
    "feature_extraction": "feature-extraction",
    "fill_mask": "fill-mask",
    "get_endpoint_info": "fill-mask",
    "health_check": "fill-mask",
    "image_classification": "image-classification",
    "image_segmentation": "image-segmentation",
    "image_to_image": "image-to-image",
    "image_to_text": "image-to-text",
    "object_detection": "object-detection",
    "question_answering": "question-answering",
    "sentence_similarity": "sentence-similarity",
    "summarization": "summarization",
    "table_question_answering": "table-question-answering",
    "tabular_classification": "tabular-classification",
    "text_classification": "text-classification",
    "text_generation": "text-generation",
    "text_generation(stream=True)": "text-generation",
    "text_to_image": "text-to-image",
    "text_to_speech": "text-to-speech",
    "token_classification": "token-classification",
    "translation": "translation",
    "visual_question_answering": "visual-question-answering",
    "zero_shot_classification": "zero-shot-classification",
    "zero_shot_image_classification": "zero-shot-image-classification",
}
# What the client itself never sends anywhere but to other providers
UNSENT = "Task '{}' not supported for provider 'hf-inference'."
HUB_NEVER = {
    name: UNSENT.format(name.replace("_", "-"))
    for name in ("image_to_video", "tabular_regression", "text_to_video")
}
HUB_BY_ID = {"health_check": "Model must be an Inference Endpoint URL."}


def javascript() -> list[Case]:
    """InferenceClient of @huggingface/inference."""
    said = dict.fromkeys(JS_WORKS, "") | JS_NEVER
    return [Case(JS, name, way, said[name]) for name in said for way in (ADDRESS, ID)]


JS = "@huggingface/inference"
JS_WORKS = (
    "audioClassification", "audioToAudio", "automaticSpeechRecognition", "chatCompletion",
    "chatCompletionStream", "documentQuestionAnswering", "featureExtraction", "fillMask",
    "imageClassification", "imageSegmentation", "imageToImage", "imageToText", "objectDetection",
    "questionAnswering", "request", "sentenceSimilarity", "streamingRequest", "summarization",
    "tableQuestionAnswering", "tabularClassification", "tabularRegression", "textClassification",
    "textGeneration", "textGenerationStream", "textToAudio", "textToImage", "textToSpeech",
    "tokenClassification", "translation", "visualQuestionAnswering", "zeroShotClassification",
    "zeroShotImageClassification",
)  # fmt: skip
JS_UNSENT = "Task '{}' not supported for provider 'hf-inference'. Available tasks:"
JS_NEVER = {
    "imageTextToImage": JS_UNSENT.format("image-text-to-image"),
    "imageTextToVideo": JS_UNSENT.format("image-text-to-video"),
    "imageToVideo": JS_UNSENT.format("image-to-video"),
    "textToVideo": JS_UNSENT.format("text-to-video"),
}


def openai() -> list[Case]:
    """OpenAI's client of Python, also asynchronous."""
    said = dict.fromkeys(OPENAI_WORKS, "") | OPENAI_NEVER
    return [Case(OPENAI, name, way, said[name]) for name in said for way in (CALL, ASYNC)]


def openai_js() -> list[Case]:
    """OpenAI's client of JavaScript."""
    said = dict.fromkeys(OPENAI_WORKS, "") | OPENAI_NEVER
    return [Case(OPENAI_JS, OPENAI_SPELT.get(name, name), CALL, said[name]) for name in said]


OPENAI, OPENAI_JS = "openai", "openai (JavaScript)"
OPENAI_WORKS = (
    "chat.completions.create", "chat.completions.create(stream=True)", "chat.completions.parse",
    "chat.completions.stream",
    "completions.create", "completions.create(stream=True)", "embeddings.create",
    "moderations.create", "audio.speech.create", "audio.transcriptions.create", "images.generate",
    "images.edit", "models.list", "models.retrieve",
)  # fmt: skip
NOTHING = "There is nothing at /v1/{}."
OPENAI_NEVER = {
    "audio.translations.create": NOTHING.format("audio/translations"),
    "images.create_variation": NOTHING.format("images/variations"),
    "responses.create": NOTHING.format("responses"),
}
OPENAI_SPELT = {
    "chat.completions.create(stream=True)": "chat.completions.create({stream: true})",
    "completions.create(stream=True)": "completions.create({stream: true})",
    "images.create_variation": "images.createVariation",
}


def gradio() -> list[Case]:
    """Gradio's client of Python."""
    return [Case(GRADIO, name, CALL) for name in GRADIO_METHODS]


def gradio_js() -> list[Case]:
    """Gradio's client of JavaScript."""
    return [Case(GRADIO_JS, name, CALL) for name in GRADIO_JS_METHODS]


GRADIO, GRADIO_JS = "gradio_client", "@gradio/client"
GRADIO_METHODS = ("predict", "submit", "view_api")
GRADIO_JS_METHODS = ("predict", "submit", "view_api")


def every() -> Sequence[Case]:
    return [*hub(), *javascript(), *openai(), *openai_js(), *gradio(), *gradio_js()]
