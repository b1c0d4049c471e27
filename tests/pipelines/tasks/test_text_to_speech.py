"""What a voice can be told, and long and odd texts."""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.errors import BrokenModel, InvalidInput, ModelFailed
from pipelines.hardware import Hardware
from pipelines.loaders.handler import Handler
from pipelines.loaders.letters import LEFT_OUT
from pipelines.loaders.passages import pieces
from pipelines.loaders.speaking import presets
from pipelines.media import Sound
from pipelines.model import Model
from pipelines.notices import heard
from pipelines.registry import TASKS
from pipelines.settings import Limits
from tests.pipelines.fakes import HARDWARE
from tests.pipelines.media import recorded, tone
from tests.zoo import text_to_audio, text_to_speech
from tests.zoo.alike import alike
from tests.zoo.cage import Cage
from tests.zoo.tiny import Tiny
from tests.zoo.voices import TEXT, build_musicgen

VITS, SPEECHT5, BARK = text_to_speech.TINY
MUSICGEN, ONE_VOICE, _ = text_to_audio.TINY
STEREO = Tiny("text-to-audio", "stereo", partial(build_musicgen, channels=2), {}, print)
SHORT = {"max_new_tokens": 12, "seed": 1, "do_sample": True}
TASK = TASKS["text-to-speech"]


def length(media: Any) -> int:
    samples, _ = Sound(media["content"], 600).original()
    return int(samples.shape[1])


def test_a_seed_repeats_a_draw(cage: Cage) -> None:
    first, again, other = (cage.answer(VITS, TEXT, seed=seed) for seed in (1, 1, 2))
    assert alike(first, again)
    assert not alike(first, other)
    assert cage.answer(VITS, TEXT) != cage.answer(VITS, TEXT)
    assert first["mime"] == "audio/flac"
    assert Sound(first["content"], 60).rate == 8_000


def test_slower_is_longer(cage: Cage) -> None:
    slow, usual, fast = (length(cage.answer(VITS, TEXT, seed=1, speed=s)) for s in (0.5, 1, 2))
    assert slow > usual > fast


def test_speakers_and_voices_differ(cage: Cage) -> None:
    assert cage.answer(VITS, TEXT, seed=1, speaker_id=0) != cage.answer(
        VITS, TEXT, seed=1, speaker_id=1
    )
    anna, bert = (cage.answer(SPEECHT5, TEXT, seed=1, voice=v) for v in ("anna", "bert"))
    assert anna != bert
    assert alike(anna, cage.answer(SPEECHT5, TEXT, seed=1)), "the first by name"


@pytest.mark.parametrize(
    ("tiny", "wrong", "words"),
    [
        (VITS, {"voice": "anna"}, "parameters.voice: .* it takes: seed, speaker_id, speed"),
        (VITS, {"speaker_id": 2}, "parameters.speaker_id: .* the speakers 0 to 1"),
        (VITS, {"do_sample": True}, "parameters.generation_parameters: .* it takes: seed"),
        (ONE_VOICE, {"speaker_id": 0}, "parameters.speaker_id: .* it takes: seed, speed"),
        (SPEECHT5, {"voice": "carl"}, "parameters.voice: .* no voice 'carl'; it has: anna, bert"),
        (SPEECHT5, {"voice": "\ud83d"}, "parameters.voice: .*half a surrogate"),
        (SPEECHT5, {"speed": 2}, "parameters.speed: .* it takes: seed, voice"),
        (SPEECHT5, {"max_new_tokens": 9}, "parameters.generation_parameters: .* seed, voice"),
        (MUSICGEN, {"voice": "a"}, "parameters.voice: .* it takes: generation_parameters, seed"),
        (VITS, {"speed": 0}, "parameters.speed: .* greater than or equal to 0.25"),
        (VITS, {"seed": -1}, "parameters.seed"),
        (MUSICGEN, {"num_beams": 17}, "parameters.generation_parameters.num_beams"),
    ],
)
def test_what_a_model_does_not_have_is_refused_by_name(
    cage: Cage, tiny: Tiny, wrong: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        cage.answer(tiny, TEXT, **wrong)


def test_generation_options_come_flat_or_in_an_object(cage: Cage) -> None:
    flat = cage.answer(MUSICGEN, TEXT, seed=1, max_new_tokens=9, do_sample=True)
    given = {"max_new_tokens": 9, "do_sample": True}
    assert flat == cage.answer(MUSICGEN, TEXT, seed=1, generation_parameters=given)
    longer = {"max_new_tokens": 20}
    assert length(cage.answer(MUSICGEN, TEXT, generation_parameters=longer)) > length(flat)


def test_stereo_stays_stereo(cage: Cage) -> None:
    samples, rate = Sound(cage.answer(STEREO, TEXT, **SHORT)["content"], 60).original()
    assert (len(samples), rate) == (2, 8_000)
    assert (samples[0] != samples[1]).any()


def test_a_long_speech_is_said_in_parts(cage: Cage) -> None:
    """SpeechT5 has 60 positions for letters here; no part is lost."""
    sentence = "the quick brown fox jumps over the lazy dog."
    once, thrice = (length(cage.answer(SPEECHT5, sentence * n, seed=1)) for n in (1, 3))
    assert thrice > 2 * once


def test_a_long_description_is_cut_and_that_is_told(cage: Cage) -> None:
    said: list[str] = []
    with heard(said.append):
        long = cage.answer(MUSICGEN, "a " * 2_000, **SHORT)
    assert long["content"]
    assert said == [
        "inputs is longer than the 512 tokens that this model reads; the rest was left out."
    ]


@pytest.mark.parametrize("text", ["\U0001f389", "東京", "...", "\u0301"])
@pytest.mark.parametrize("tiny", [VITS, SPEECHT5], ids=["vits", "speecht5"])
def test_a_text_without_a_known_letter(cage: Cage, tiny: Tiny, text: str) -> None:
    if tiny is SPEECHT5 and text == "...":
        assert cage.answer(tiny, text)
        return
    with pytest.raises(InvalidInput, match="knows no character"):
        cage.answer(tiny, text)


def test_unknown_letters_are_left_out(cage: Cage) -> None:
    plain, odd = (cage.answer(VITS, text, seed=1) for text in ("hello", "\U0001f389hello東"))
    assert plain == odd


@pytest.mark.parametrize("tiny", [VITS, SPEECHT5, BARK])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Hello, WORLD \u2014 it's \u201cme\u201d; (really)!\n", False),
        ("hi. \u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440. hi.", True),
        ("hi \U0001f389", True),
    ],
)
def test_what_cannot_be_said_is_told(cage: Cage, tiny: Tiny, text: str, told: bool) -> None:
    if tiny is not VITS:
        text = text.lower()  # the others know no capitals here
    notices: list[str] = []
    with heard(notices.append):
        cage.answer(tiny, text, **({"max_new_tokens": 4} if tiny is BARK else {}))
    assert notices == ([LEFT_OUT] if told else [])


def test_a_whole_part_without_a_known_letter_is_told(cage: Cage) -> None:
    notices: list[str] = []
    with heard(notices.append):
        cage.answer(SPEECHT5, "hello there. " * 4 + "\u043c\u0438\u0440. " * 20)
    assert notices == [LEFT_OUT]


def test_one_letter(cage: Cage) -> None:
    for tiny in (VITS, SPEECHT5):
        assert length(cage.answer(tiny, "a", seed=1)) > 0


def test_pieces_lose_nothing_and_keep_to_the_length() -> None:
    text = "One. Two and a half, three! " * 40 + "x" * 300 + " 東京。大阪。" * 30
    found = pieces(text, 100)
    assert "".join(found) == text
    assert max(map(len, found)) <= 100
    assert pieces("Short.", 100) == ["Short."]
    assert pieces("First one here. Second one here.", 20) == [
        "First one here. ",
        "Second one here.",
    ]


# Folders that lack something ---------------------------------------------------------------------


@pytest.fixture
def folder(cage: Cage, tmp_path: Path) -> Path:
    return Path(shutil.copytree(cage.built(SPEECHT5).path, tmp_path / "models" / "a" / "b"))


def model_in(folder: Path) -> Model:
    names = ("SpeechT5ForTextToSpeech",)
    config = {"model_type": "speecht5", "speaker_embedding_dim": 4}
    return Model("a/b", folder, "", "text-to-speech", "transformers", names, config=config)


def load(folder: Path, hardware: Hardware = HARDWARE) -> Any:
    return TASK.loader(model_in(folder))(model_in(folder), hardware)


def test_a_folder_without_voices_says_what_to_add(folder: Path) -> None:
    shutil.rmtree(folder / "speaker_embeddings")
    with pytest.raises(BrokenModel, match=r"speaker_embeddings/<name>.npy: an x-vector of 4"):
        load(folder)


def test_a_folder_without_a_vocoder_says_what_to_add(folder: Path) -> None:
    shutil.rmtree(folder / "vocoder")
    with pytest.raises(BrokenModel, match="vocoder .* is missing.* microsoft/speecht5_hifigan"):
        load(folder)


def test_a_vocoder_may_lie_beside_the_model(folder: Path, cage: Cage) -> None:
    place = folder.parent.parent / "microsoft" / "speecht5_hifigan"
    shutil.copytree(folder / "vocoder", place)
    shutil.rmtree(folder / "vocoder")
    asked = TASK.read({"inputs": TEXT, "parameters": {"seed": 1}}, Limits())
    (found,) = TASK.run(load(folder), asked.inputs, asked.params)
    assert found == cage.answer(SPEECHT5, TEXT, seed=1)


def test_each_tag_takes_the_models_of_the_other_but_music_is_no_speech(cage: Cage) -> None:
    def taken(tiny: Tiny) -> list[str]:
        return [tag for tag in ("text-to-audio", "text-to-speech")
                if TASKS[tag].accepts(cage.built(tiny))]  # fmt: skip

    assert taken(VITS) == taken(ONE_VOICE) == ["text-to-audio", "text-to-speech"]
    assert taken(MUSICGEN) == ["text-to-audio"]


def test_both_tags_share_one_loaded_model(cage: Cage) -> None:
    model = cage.built(VITS)
    assert TASKS["text-to-audio"].loader(model) == TASKS["text-to-speech"].loader(model)


# A model's own code ------------------------------------------------------------------------------


def said_by(result: Any, **parameters: Any) -> Any:
    calls: list[Any] = []

    def call(given: Any) -> Any:
        calls.append(given)
        return result

    pipe = Handler(call, "a/b")
    asked = TASK.read({"inputs": TEXT, "parameters": parameters}, Limits())
    (found,) = TASK.run(pipe, asked.inputs, asked.params)
    assert calls == [{"inputs": TEXT, "parameters": parameters}]
    return found


@pytest.mark.parametrize("shape", ["(samples,)", "(2, samples)", "(samples, 2)", "file"])
def test_a_handler_gives_samples_or_a_file(shape: str) -> None:
    wave = tone(22_050, 0.1, 2)
    raw = {"(samples,)": wave[0], "(2, samples)": wave, "(samples, 2)": wave.T}.get(shape)
    made = recorded(wave, 22_050) if raw is None else {"audio": raw, "sampling_rate": 22_050}
    found = said_by(made, voice="anyone", speed=1.5, seed=3)
    samples, rate = Sound(found["content"], 60).original()
    assert (found["mime"], rate) == ("audio/flac", 22_050)
    assert samples.shape == (1 if shape == "(samples,)" else 2, 2_205)
    assert samples[0] == pytest.approx(wave[0], abs=1e-4)


@pytest.mark.parametrize("result", [{"audio": [0.0]}, "text", None, [1.0]])
def test_a_handler_that_gives_no_sound_is_told_apart(result: Any) -> None:
    with pytest.raises(ModelFailed, match="no text-to-speech result"):
        said_by(result)


def test_what_is_no_number_is_silence(cage: Cage) -> None:
    found = said_by({"audio": np.full(10, np.nan), "sampling_rate": 8_000})
    assert not Sound(found["content"], 60).decode(8_000).any()


# Bark --------------------------------------------------------------------------------------------


def test_voices_of_bark_are_those_in_its_folder(cage: Cage) -> None:
    anyone, one, other = (
        cage.answer(BARK, "hi", seed=1, **voice)
        for voice in ({}, {"voice": "en_speaker_0"}, {"voice": "de_speaker_3"})
    )
    assert anyone != one != other != anyone
    with pytest.raises(InvalidInput, match="no voice 'alloy'; it has: .*en_speaker_0"):
        cage.answer(BARK, "hi", voice="alloy")
    with pytest.raises(InvalidInput, match="it takes: generation_parameters, seed, voice"):
        cage.answer(BARK, "hi", speed=2)


def test_how_long_bark_speaks(cage: Cage) -> None:
    usual = cage.answer(BARK, "hi", seed=1)
    short = cage.answer(BARK, "hi", seed=1, generation_parameters={"max_new_tokens": 3})
    assert length(short) < length(usual)
    assert short == cage.answer(BARK, "hi", seed=1, max_new_tokens=3)
    voiced = cage.answer(BARK, "hi", seed=1, max_new_tokens=3, voice="de_speaker_3")
    assert length(voiced) == length(short)
    assert usual == cage.answer(BARK, "hi", seed=1, max_new_tokens=100_000), "8 is its most here"
    assert usual == cage.answer(BARK, "hi", seed=1, min_new_tokens=100_000)
    for name in ("max", "min"):
        with pytest.raises(InvalidInput, match=rf"{name}_length: .* it takes: {name}_new_tokens"):
            cage.answer(BARK, "hi", **{f"{name}_length": 3})


def test_an_option_that_the_model_takes_badly_is_the_callers(
    cage: Cage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise TypeError("got multiple values")

    monkeypatch.setattr(cage.pipe(BARK).pipe.model, "generate", fail)
    with pytest.raises(InvalidInput, match="parameters: the model says: got multiple values"):
        cage.answer(BARK, "hi", top_k=3)
    with pytest.raises(TypeError):
        cage.answer(BARK, "hi")


def test_a_voice_of_bark_that_was_not_downloaded_is_none(cage: Cage, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(cage.built(BARK).path, tmp_path / "a" / "b"))
    (folder / "speaker_embeddings" / "en_speaker_0_fine_prompt.npy").unlink()
    model = Model("a/b", folder, "", "text-to-speech", "transformers", ("BarkModel",))
    assert list(presets(model, cage.pipe(BARK).pipe.processor)) == ["de_speaker_3"]
