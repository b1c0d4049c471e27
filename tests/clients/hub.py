"""huggingface_hub's own clients, as a program of a user's.

`python -m tests.clients.hub WAY URL` reads calls as JSON (method, model, inputs, parameters) and
prints what came of each: a value, or the words and the class of an error. WAY is `address` or `id`,
with `async` before it for the AsyncInferenceClient.
"""

import asyncio
import base64
import inspect
import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import is_dataclass
from typing import Any

Ask = Callable[[Any, Any, dict[str, Any]], Any]
SECONDS = 240


def raw(text: str) -> bytes:
    return base64.b64decode(text)


# How each method is called with a body's inputs and parameters
CALLS: dict[str, Ask] = {
    "audio_classification": lambda c, i, p: c.audio_classification(raw(i), **p),
    "audio_to_audio": lambda c, i, p: c.audio_to_audio(raw(i)),
    "automatic_speech_recognition": lambda c, i, p: c.automatic_speech_recognition(
        raw(i), extra_body=p or None
    ),
    "chat_completion": lambda c, i, p: c.chat_completion(i, **p),
    "chat_completion(stream=True)": lambda c, i, p: c.chat_completion(i, stream=True, **p),
    "chat.completions.create": lambda c, i, p: c.chat.completions.create(messages=i, **p),
    "document_question_answering": lambda c, i, p: c.document_question_answering(
        raw(i["image"]), i["question"], **p
    ),
    "feature_extraction": lambda c, i, p: c.feature_extraction(i, **p),
    "fill_mask": lambda c, i, p: c.fill_mask(i, **p),
    "get_endpoint_info": lambda c, i, p: c.get_endpoint_info(),
    "health_check": lambda c, i, p: c.health_check(),
    "image_classification": lambda c, i, p: c.image_classification(raw(i), **p),
    "image_segmentation": lambda c, i, p: c.image_segmentation(raw(i), **p),
    "image_to_image": lambda c, i, p: c.image_to_image(raw(i), **p),
    "image_to_text": lambda c, i, p: c.image_to_text(raw(i)),
    "image_to_video": lambda c, i, p: c.image_to_video(raw(i), **p),
    "object_detection": lambda c, i, p: c.object_detection(raw(i), **p),
    "question_answering": lambda c, i, p: c.question_answering(**i, **p),
    "sentence_similarity": lambda c, i, p: c.sentence_similarity(
        i["source_sentence"], i["sentences"]
    ),
    "summarization": lambda c, i, p: c.summarization(i, **p),
    "table_question_answering": lambda c, i, p: c.table_question_answering(**i, **p),
    "tabular_classification": lambda c, i, p: c.tabular_classification(i["data"]),
    "tabular_regression": lambda c, i, p: c.tabular_regression(i["data"]),
    "text_classification": lambda c, i, p: c.text_classification(i, **p),
    "text_generation": lambda c, i, p: c.text_generation(i, **p),
    "text_generation(stream=True)": lambda c, i, p: c.text_generation(i, stream=True, **p),
    "text_to_image": lambda c, i, p: c.text_to_image(i, **p),
    "text_to_speech": lambda c, i, p: c.text_to_speech(i, extra_body=p or None),
    "text_to_video": lambda c, i, p: c.text_to_video(i, **p),
    "token_classification": lambda c, i, p: c.token_classification(i, **p),
    "translation": lambda c, i, p: c.translation(i, **p),
    "visual_question_answering": lambda c, i, p: c.visual_question_answering(
        raw(i["image"]), i["question"], **p
    ),
    "zero_shot_classification": lambda c, i, p: c.zero_shot_classification(i, **p),
    "zero_shot_image_classification": lambda c, i, p: c.zero_shot_image_classification(raw(i), **p),
}


def plain(value: Any) -> Any:
    """What a method gave, as JSON: no dataclasses, no fields that were not sent; a file as base64,
    a picture as its pixels."""
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if is_dataclass(value) or isinstance(value, dict):
        fields = vars(value) if is_dataclass(value) else value  # also those that it does not know
        return {key: plain(each) for key, each in fields.items() if each is not None}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if hasattr(value, "getbands"):
        return pixels(value)
    return value.tolist() if hasattr(value, "tolist") else value


def pixels(picture: Any) -> dict[str, Any]:
    content = base64.b64encode(picture.convert("RGB").tobytes()).decode()
    return {"size": list(picture.size), "pixels": content}


def opened(file: bytes) -> dict[str, Any]:
    from PIL import Image

    return pixels(Image.open(io.BytesIO(file)))


async def settled(made: Any) -> Any:
    """What a call gives in the end: awaited, and a stream as a list."""
    value = await made if inspect.isawaitable(made) else made
    if inspect.isasyncgen(value):
        return [each async for each in value]
    return list(value) if inspect.isgenerator(value) else value


async def outcome(client: Any, call: dict[str, Any]) -> dict[str, Any]:
    try:
        made = CALLS[call["method"]](client, call["inputs"], call["parameters"])
        return {"value": plain(await settled(made))}
    except Exception as error:
        return {"error": str(error), "class": type(error).__name__}


async def outcomes(way: str, url: str, calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    import huggingface_hub.constants as constants

    constants.INFERENCE_PROXY_TEMPLATE = url + "/{provider}"
    from huggingface_hub import AsyncInferenceClient, InferenceClient

    kind: Any = AsyncInferenceClient if way.startswith("async") else InferenceClient
    found = []
    for call in calls:
        model, named = call["model"], {"provider": call["provider"]} if "provider" in call else {}
        if way.endswith("id"):
            client = kind(model, **{"provider": "hf-inference", **named}, timeout=SECONDS)
        else:
            client = kind(f"{url}/models/{model}", **named, timeout=SECONDS)
        found.append(await outcome(client, call))
    return found


def main() -> None:
    way, url = sys.argv[1:]
    os.environ |= {"HF_ENDPOINT": url, "HF_INFERENCE_ENDPOINT": url}  # before the library is there
    print(json.dumps(asyncio.run(outcomes(way, url, json.load(sys.stdin)))))


if __name__ == "__main__":
    main()
