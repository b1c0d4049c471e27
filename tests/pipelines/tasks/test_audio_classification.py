"""Labels of recordings of every length and loudness."""

import numpy as np
import pytest

from pipelines.errors import InvalidInput
from pipelines.loaders import hearing
from pipelines.model import Model
from pipelines.notices import heard
from pipelines.registry import TASKS
from tests.zoo import audio_classification as zoo
from tests.zoo.cage import Cage
from tests.zoo.sounds import chirp, encoded
from tests.zoo.tiny import Tiny

WAV2VEC2, AST = zoo.TINY
EVERY = pytest.mark.parametrize("tiny", zoo.TINY, ids=["wav2vec2", "ast"])
SECOND = encoded(chirp(1))


@EVERY
def test_no_more_labels_than_asked_for_or_than_there_are(cage: Cage, tiny: Tiny) -> None:
    every = cage.answer(tiny, SECOND, top_k=1000)
    assert len(every) == (3 if tiny is WAV2VEC2 else 7)
    assert sum(each["score"] for each in every) == pytest.approx(1, abs=1e-5)
    assert cage.answer(tiny, SECOND, top_k=2) == every[:2]
    assert cage.answer(tiny, SECOND) == every[:5]


@EVERY
def test_how_logits_become_scores(cage: Cage, tiny: Tiny) -> None:
    def scores(how: str) -> list[float]:
        found = cage.answer(tiny, SECOND, top_k=1000, function_to_apply=how)
        return [each["score"] for each in found]

    logits = np.array(scores("none"))
    assert scores("sigmoid") == pytest.approx(1 / (1 + np.exp(-logits)), abs=1e-5)
    assert scores("softmax") == pytest.approx(np.exp(logits) / np.exp(logits).sum(), abs=1e-5)


def test_a_very_short_recording_is_refused_in_words_or_padded(cage: Cage) -> None:
    for count in (1, 10, 149):  # Wav2Vec2's convolutions take 150 here
        with pytest.raises(InvalidInput, match=r"too short for the model \(0\.0"):
            cage.answer(WAV2VEC2, encoded(chirp(1)[:count]))
    assert len(cage.answer(WAV2VEC2, encoded(chirp(1)[:150]))) == 3
    assert len(cage.answer(AST, encoded(chirp(1)[:399]))) == 5
    with pytest.raises(InvalidInput, match="too short for the model"):
        cage.answer(AST, encoded(chirp(1)[:1]))


@EVERY
def test_silence_and_what_is_clipped_are_answered(cage: Cage, tiny: Tiny) -> None:
    for samples in (np.zeros(16_000, np.float32), np.sign(chirp(1))):
        found = cage.answer(tiny, encoded(samples))
        assert found
        assert all(0 <= each["score"] <= 1 for each in found)


def test_what_a_model_does_not_hear_is_told(cage: Cage) -> None:
    said: list[str] = []
    with heard(said.append):
        cage.answer(AST, encoded(chirp(1)))
        assert said == []
        long = cage.answer(AST, encoded(chirp(3)))
    assert said == ["inputs is longer than the 1 seconds that this model reads; "
                    "the rest was left out."]  # fmt: skip
    assert long == cage.answer(AST, encoded(chirp(3)[:20_720]))


def test_a_model_that_would_hear_everything_has_a_bound(
    cage: Cage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "LONGEST", 2)
    said: list[str] = []
    with heard(said.append):
        first = cage.answer(WAV2VEC2, encoded(chirp(3)[:32_000]))
        assert said == []
        assert first == cage.answer(WAV2VEC2, encoded(chirp(3)))
    assert said == ["inputs is longer than the 2 seconds that this model reads; "
                    "the rest was left out."]  # fmt: skip


def test_another_rate_is_brought_to_the_models_own(cage: Cage) -> None:
    slow = cage.answer(WAV2VEC2, encoded(chirp(1, 8_000), 8_000), function_to_apply="none")
    usual = cage.answer(WAV2VEC2, SECOND, function_to_apply="none")
    assert [each["label"] for each in slow] == [each["label"] for each in usual]


def test_clap_is_no_classifier(cage: Cage) -> None:
    clap = Model("a/b", cage.folder, "", "audio-classification", "transformers", ("ClapModel",))
    assert not TASKS["audio-classification"].accepts(clap)
    assert TASKS["zero-shot-audio-classification"].accepts(clap)
