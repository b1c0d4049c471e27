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
    "tagline/iris": ("tabular-classification", "sklearn"),
    "tagline/diabetes": ("tabular-regression", "sklearn"),
}


@pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: str(starter.id))
def test_the_card_says_what_it_is_and_where_it_is_from(onboard: Path, starter: Any) -> None:
    card = ModelCard.load(onboard / starter.id / "README.md")
    assert (card.data.pipeline_tag, card.data.library_name) == TAGS[starter.id]
    assert card.data.license in {"apache-2.0", "mit", "bsd-3-clause"}
    assert "## Provenance" in card.text
    hashes = re.findall(r"`[0-9a-f]{64}`", card.text)
    assert len(hashes) == (2 if starter.wheels else 0)


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


@pytest.fixture(scope="module")
def listen(onboard: Path) -> Any:
    import torch
    from transformers import pipeline

    path = str(onboard / "openai/whisper-tiny.en")
    return pipeline("automatic-speech-recognition", model=path, dtype=torch.float32)


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
