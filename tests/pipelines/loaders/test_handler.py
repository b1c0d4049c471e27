"""Models that bring code of their own, through the engine."""

from pathlib import Path
from typing import Any

import pytest

from pipelines import registry
from pipelines.engine.call import Call
from pipelines.engine.engine import Engine
from pipelines.engine.inline import Inline
from pipelines.errors import (
    BrokenModel,
    InvalidInput,
    MissingPackage,
    ModelFailed,
    RefusedModel,
    TaglineError,
)
from pipelines.models.resolve import Models
from pipelines.settings import Limits, Settings
from tests.pipelines.fakes import HARDWARE
from tests.pipelines.media import recorded, saved, tone
from tests.zoo.parts import card

PICTURE = """
class EndpointHandler:
    def __init__(self, path=""):
        self.path = path

    def __call__(self, data):
        image, parameters = data["inputs"], data["parameters"]
        import numpy
        size = numpy.array(image).shape
        return [{"label": f"{size} {sorted(parameters)}", "score": numpy.float32(0.5)}]
"""
SOUND = """
import io, wave

class EndpointHandler:
    def __init__(self, path=""):
        pass

    def __call__(self, data):
        with wave.open(io.BytesIO(data["inputs"])) as file:
            shape = file.getframerate(), file.getnchannels(), file.getnframes()
        return {"text": str(shape)}
"""
FIELDS = """
class EndpointHandler:
    def __init__(self, path=""):
        pass

    def __call__(self, data):
        return [{"label": each, "score": 1.0} for each in sorted(data["inputs"])]
"""
ANSWER = """
class EndpointHandler:
    def __init__(self, path=""):
        pass

    def __call__(self, data):
        %s
"""


def models(home: Path, **settings: Any) -> Models:
    given: dict[str, Any] = {"home": home / "home", "models_dir": (home,), "offline": True}
    return Models(Settings(**(given | settings)), home / "cache")


def write(home: Path, tag: str, code: str, library: str = "custom") -> Path:
    folder = card(home / "odd" / "model", tag, library)
    (folder / "handler.py").write_text(code, encoding="utf-8")
    return folder


async def ask(home: Path, tag: str, inputs: Any, **parameters: Any) -> Any:
    """The wire answer of the trusted handler in `home`."""
    model = models(home, trusted_code=("odd/model",)).find("odd/model")
    task = registry.choose(model, tag)
    asked = task.read({"inputs": inputs, "parameters": parameters}, Limits())
    engine = Engine(Inline(), HARDWARE)
    try:
        answer = await engine.predict(Call(task, model, asked.inputs, asked.params))
    finally:
        await engine.close()
    return task.wire(answer.values, asked.many)


async def test_a_picture_comes_open_and_only_what_was_sent_comes_with_it(tmp_path: Path) -> None:
    from PIL import Image

    write(tmp_path, "image-classification", PICTURE)
    picture = saved(Image.new("RGBA", (4, 3)))
    found = await ask(tmp_path, "image-classification", picture, top_k=3)
    assert found == [{"label": "(3, 4, 3) ['top_k']", "score": 0.5}]


async def test_sound_comes_as_wav_of_one_channel_at_its_own_rate(tmp_path: Path) -> None:
    write(tmp_path, "automatic-speech-recognition", SOUND)
    sound = recorded(tone(1, 8_000), 8_000)
    assert await ask(tmp_path, "automatic-speech-recognition", sound) == {"text": "(8000, 1, 8000)"}


async def test_several_fields_come_as_an_object(tmp_path: Path) -> None:
    write(tmp_path, "zero-shot-classification", FIELDS)
    inputs = {"text": "a", "candidate_labels": ["b"]}
    found = await ask(tmp_path, "zero-shot-classification", inputs)
    assert [each["label"] for each in found] == ["candidate_labels", "text"]


async def test_a_handler_imports_what_lies_beside_it(tmp_path: Path) -> None:
    code = "from words import WORD\n" + ANSWER % 'return {"text": WORD}'
    folder = write(tmp_path, "automatic-speech-recognition", code)
    (folder / "words.py").write_text("WORD = 'beside'")
    sound = recorded(tone(1, 8_000), 8_000)
    assert await ask(tmp_path, "automatic-speech-recognition", sound) == {"text": "beside"}


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (ANSWER % 'raise ValueError("too quiet")', InvalidInput, "the model says: too quiet"),
        (ANSWER % 'raise KeyError("oops")', ModelFailed, "odd/model"),
        (ANSWER % "return 'text'", ModelFailed, "gave no automatic-speech-recognition result"),
        (ANSWER % "return {'words': 1}", ModelFailed, "text: Field required"),
        ("class Other: pass", BrokenModel, "without an EndpointHandler"),
        ("import no_such_package", MissingPackage, "no_such_package"),
        ("def (", BrokenModel, "cannot be loaded"),
    ],
)
async def test_what_goes_wrong_is_told(
    tmp_path: Path, code: str, kind: type[TaglineError], said: str
) -> None:
    write(tmp_path, "automatic-speech-recognition", code)
    with pytest.raises(kind, match=said):
        await ask(tmp_path, "automatic-speech-recognition", recorded(tone(1, 8_000), 8_000))


async def test_a_task_that_streams_gets_its_whole_answer(tmp_path: Path) -> None:
    write(tmp_path, "text-generation", ANSWER % 'return [{"generated_text": data["inputs"] * 2}]')
    assert await ask(tmp_path, "text-generation", "ab") == [{"generated_text": "abab"}]
    model = models(tmp_path, trusted_code=("odd/model",)).find("odd/model")
    assert not registry.get("text-generation").streams(model)


def test_code_that_nobody_trusts_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "image-classification", PICTURE)
    model = models(tmp_path).find("odd/model")
    with pytest.raises(RefusedModel, match="TAGLINE_TRUSTED_CODE"):
        registry.for_model(model)


def test_a_model_that_a_library_loads_needs_no_trust(tmp_path: Path) -> None:
    """Many repositories have a handler.py beside ordinary weights; the weights answer."""
    write(tmp_path, "image-classification", PICTURE, "transformers")
    model = models(tmp_path).find("odd/model")
    assert registry.for_model(model)[0].tag == "image-classification"
    assert model.library == "transformers"
