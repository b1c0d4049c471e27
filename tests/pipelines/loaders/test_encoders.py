"""Vectors, scores and labels, beside what the libraries themselves answer."""

import base64
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from sentence_transformers import CrossEncoder, SentenceTransformer
from transformers import (
    AutoModel,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    ViTForImageClassification,
    pipeline,
)

from pipelines.errors import InvalidInput
from pipelines.media import Sound
from pipelines.notices import heard
from tests.pipelines.loaders.conftest import Answer, Copy, Find
from tests.pipelines.loaders.odd import ask
from tests.pipelines.media import recorded, saved, tone
from tests.zoo.parts import card

CLOSE = 1e-4
TEXTS = ["the fox", "a lazy dog jumps over the quick brown fox", "no"]


def near(expected: Any) -> Any:
    return pytest.approx(np.array(expected), abs=CLOSE)


# Text encoders ---------------------------------------------------------------------------------


def means(find: Find, texts: list[str]) -> Any:
    """Means of the last hidden states over the tokens of each text, one text at a time."""
    path = find("encoder").path
    tokenizer, model = AutoTokenizer.from_pretrained(path), AutoModel.from_pretrained(path).eval()
    with torch.inference_mode():
        states = [model(**tokenizer(t, return_tensors="pt")).last_hidden_state for t in texts]
    return torch.cat([state.mean(1) for state in states]).numpy()


def test_vectors_are_means_of_a_plain_encoder(find: Find, answer: Answer) -> None:
    expected = means(find, TEXTS)
    found = answer("feature-extraction", "encoder", TEXTS, normalize=False)
    assert np.array(found) == near(expected)
    library = SentenceTransformer(str(find("encoder").path))
    assert library.encode(TEXTS, show_progress_bar=False) == near(expected)


def test_vectors_have_length_one_unless_told(find: Find, answer: Answer) -> None:
    found = np.array(answer("feature-extraction", "encoder", TEXTS))
    assert np.linalg.norm(found, axis=1) == near(np.ones(3))
    expected = means(find, TEXTS)
    assert found == near(expected / np.linalg.norm(expected, axis=1, keepdims=True))


def test_fewer_dimensions_are_the_first_ones(find: Find, answer: Answer) -> None:
    (found,) = answer("feature-extraction", "encoder", "the fox", dimensions=8)
    first = means(find, ["the fox"])[0, :8]
    assert np.array(found) == near(first / np.linalg.norm(first))


def test_similarity_is_the_cosine(find: Find, answer: Answer) -> None:
    inputs = {"source_sentence": TEXTS[0], "sentences": TEXTS[1:]}
    (found,) = answer("sentence-similarity", "encoder", inputs)
    one, *others = means(find, TEXTS)
    norms = [np.linalg.norm(one) * np.linalg.norm(other) for other in others]
    assert np.array(found) == near([one @ o / n for o, n in zip(others, norms, strict=True)])


def test_ranking_puts_the_best_first(answer: Answer) -> None:
    inputs = {"query": TEXTS[0], "texts": [*TEXTS[1:], TEXTS[0]]}
    (found,) = answer("text-ranking", "encoder", inputs, return_documents=True)
    assert found[0] == {"index": 2, "score": pytest.approx(1, abs=CLOSE), "text": TEXTS[0]}
    scores = [each["score"] for each in found]
    assert scores == sorted(scores, reverse=True)
    (best,) = answer("text-ranking", "encoder", inputs, top_k=1)
    assert best == [{"index": 2, "score": pytest.approx(1, abs=CLOSE)}]


def test_a_text_that_would_be_cut_is_refused_on_demand(answer: Answer) -> None:
    texts = ["short", "fox " * 100]
    assert len(answer("feature-extraction", "encoder", texts)) == 2
    assert len(answer("feature-extraction", "encoder", texts[:1], truncate=False)) == 1
    with pytest.raises(InvalidInput, match="text 1 is longer than the 64 tokens"):
        answer("feature-extraction", "encoder", texts, truncate=False)


def told(do: Callable[[], Any]) -> list[str]:
    """What is told while `do` is done."""
    sentences: list[str] = []
    with heard(sentences.append):
        do()
    return sentences


def test_a_text_that_is_cut_is_told(answer: Answer) -> None:
    long = "fox " * 100
    pairs = {"source_sentence": "short", "sentences": ["short", long]}
    ranked = {"query": "short", "texts": [long]}
    cut = "inputs is longer than the 64 tokens that this model reads; the rest was left out."
    pooled = "names no pooling"
    short = told(lambda: answer("feature-extraction", "encoder", "the fox " * 10))
    assert [pooled in each for each in short] == [True]
    assert cut in told(lambda: answer("feature-extraction", "encoder", long))
    assert told(lambda: answer("sentence-similarity", "encoder", pairs)) == [cut]
    assert told(lambda: answer("text-ranking", "reranker", ranked)) == [cut]


def test_a_text_may_lose_its_start_instead(find: Find, answer: Answer) -> None:
    """62 of 100 letters are left beside the two special tokens."""
    text = "".join(random.Random(0).choices("abcdefghij", k=100))
    spaced = " ".join(text)
    whole = answer("feature-extraction", "encoder", " ".join(text[-62:]))
    left = answer("feature-extraction", "encoder", spaced, truncation_direction="left")
    right = answer("feature-extraction", "encoder", spaced)
    assert np.array(left) == near(whole)
    assert np.array(right) == near(answer("feature-extraction", "encoder", " ".join(text[:62])))


def test_a_prompt_that_the_model_does_not_have(answer: Answer) -> None:
    with pytest.raises(InvalidInput, match="has no prompt 'haiku'; it has: .*query"):
        answer("feature-extraction", "encoder", "a", prompt_name="haiku")


def test_a_reranker_scores_as_its_library_does(find: Find, answer: Answer) -> None:
    query, texts = TEXTS[0], TEXTS[1:]
    (found,) = answer("text-ranking", "reranker", {"query": query, "texts": texts})
    scores = {each["index"]: each["score"] for each in found}
    path = find("reranker").path
    library = CrossEncoder(str(path))
    expected = library.predict([(query, text) for text in texts], show_progress_bar=False)
    assert np.array([scores[0], scores[1]]) == near(expected)
    tokenizer = AutoTokenizer.from_pretrained(path)
    model = AutoModelForSequenceClassification.from_pretrained(path).eval()
    with torch.inference_mode():
        logit = model(**tokenizer(query, texts[0], return_tensors="pt")).logits[0, 0]
    assert scores[0] == pytest.approx(float(logit.sigmoid()), abs=CLOSE)


@pytest.mark.parametrize(
    "parameters",
    [{}, {"multi_label": True}, {"hypothesis_template": "It is {}."}],
    ids=["alone", "several", "template"],
)
def test_labels_by_inference_are_the_librarys(
    find: Find, answer: Answer, parameters: dict[str, Any]
) -> None:
    labels = ["dog", "fox", "lazy"]
    inputs = {"text": TEXTS[1], "candidate_labels": labels}
    (found,) = answer("zero-shot-classification", "judge", inputs, **parameters)
    library = pipeline("zero-shot-classification", model=str(find("judge").path))
    expected = library(TEXTS[1], labels, **parameters)
    assert [each["label"] for each in found] == expected["labels"]
    assert np.array([each["score"] for each in found]) == near(expected["scores"])


async def test_a_cross_encoder_of_several_labels_judges_too(answer: Answer, copied: Copy) -> None:
    inputs = {"text": TEXTS[1], "candidate_labels": ["dog", "fox"]}
    folder = card(copied("judge"), "zero-shot-classification", "sentence-transformers")
    found = await ask(folder, "zero-shot-classification", inputs)
    assert found == answer("zero-shot-classification", "judge", inputs)
    with pytest.raises(AssertionError, match="text-ranking"):
        await ask(folder, "text-ranking", {"query": "a", "texts": ["b"]})


# Pictures --------------------------------------------------------------------------------------

PICTURE = Image.effect_noise((50, 40), 90).convert("RGB")
ENCODED = base64.b64encode(saved(PICTURE)).decode()


@pytest.mark.parametrize(
    ("parameters", "count"),
    [({}, 4), ({"top_k": 2}, 2), ({"top_k": 1000}, 4), ({"function_to_apply": "none"}, 4),
     ({"function_to_apply": "sigmoid"}, 4)],
)  # fmt: skip
def test_labels_of_a_picture(
    find: Find, answer: Answer, parameters: dict[str, Any], count: int
) -> None:
    (found,) = answer("image-classification", "vit", ENCODED, **parameters)
    library = pipeline("image-classification", model=str(find("vit").path))
    expected = library(PICTURE, **parameters)
    assert len(found) == count
    assert [each["label"] for each in found] == [each["label"] for each in expected]
    assert np.array([e["score"] for e in found]) == near([e["score"] for e in expected])


def test_features_of_a_classifier_without_a_pooler(find: Find, answer: Answer) -> None:
    (pooled,) = answer("image-feature-extraction", "vit", ENCODED)
    (states,) = answer("image-feature-extraction", "vit", ENCODED, pool=False)
    body = ViTForImageClassification.from_pretrained(find("vit").path).vit.eval()
    processor = pipeline("image-classification", model=str(find("vit").path)).image_processor
    with torch.inference_mode():
        expected = body(**processor(PICTURE, return_tensors="pt")).last_hidden_state
    assert np.array(states) == near(expected.numpy())
    assert np.array(pooled) == near(expected.mean(1)[0].numpy())


# Speech ----------------------------------------------------------------------------------------

SPEECH = recorded(tone(16_000, 1) * np.linspace(0, 1, 16_000, dtype=np.float32), 16_000)


@pytest.mark.parametrize("asked", [False, True, "char", "word"])
def test_letters_of_a_recording(find: Find, answer: Answer, asked: Any) -> None:
    speech = base64.b64encode(SPEECH).decode()
    (found,) = answer("automatic-speech-recognition", "wav2vec2", speech, return_timestamps=asked)
    library = pipeline("automatic-speech-recognition", model=str(find("wav2vec2").path))
    raw = {"raw": Sound(SPEECH, 60).decode(8_000), "sampling_rate": 8_000}
    when = "word" if asked is True else asked
    expected = library(raw, **({"return_timestamps": when} if when else {}))
    assert found["text"]
    assert found["text"] == expected["text"].strip()
    assert found.get("chunks") == expected.get("chunks")
