"""A pipeline of diffusers by graphs of its denoiser and its decoder draws the same picture."""

import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from pipelines.acceleration import openvino, prove
from pipelines.acceleration.decision import Decision
from pipelines.acceleration.modules import parts_of
from pipelines.acceleration.questions import options, questions
from pipelines.kinds.distances import picture_distance
from pipelines.loaders.adapters import adapted
from pipelines.models.resolve import Models
from pipelines.settings import Settings
from pipelines.tasks.text_to_image import TASK
from tests.pipelines.acceleration.test_prove import F32
from tests.pipelines.fakes import HARDWARE
from tests.zoo.painters import SIDE, lora, stable_diffusion

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's of tracing
STEPS = 3


class Painter:
    """A tiny Stable Diffusion, and the graphs that were proven for it."""

    def __init__(self, root: Path) -> None:
        folder = root / "models" / "tiny" / "painter"
        folder.mkdir(parents=True)
        stable_diffusion(folder)
        settings = Settings(host="127.0.0.1", starters_dir=root / "models", offline=True)
        model = Models(settings, Path("/none")).find("tiny/painter")
        self.place, self.pipe = root / "place", TASK.loader(model)(model, HARDWARE)
        self.rows = questions(TASK, model)
        self.found = self.prove()
        self.asked: list[str] = []  # the modules whose graph ran

    def prove(self) -> Decision:
        return prove.prove(self.pipe, TASK, self.rows, options(TASK), HARDWARE, self.place, F32)

    def draw(self, **said: Any) -> Any:
        self.asked.clear()
        params = TASK.params.model_validate({"num_inference_steps": STEPS, "seed": 1, **said})
        return TASK.run(self.pipe, self.rows[:1], params)[0]

    def quickly(self, **said: Any) -> Any:
        prove.adopt(self.pipe, HARDWARE, self.place, F32)
        try:
            return self.draw(**said)
        finally:
            for part in parts_of(self.pipe):
                part.module.__dict__.pop("forward", None)


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Painter]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prove, "WORTH", 0.0)  # how fast it is here is no matter of a test
        patch.setattr(prove, "ROUNDS", 1)
        made = Painter(tmp_path_factory.mktemp("painter"))
        run = openvino.Graph.run

        def counted(self: openvino.Graph, named: Any) -> Any:
            made.asked.append(type(self.module).__name__)
            return run(self, named)

        patch.setattr(openvino.Graph, "run", counted)
        yield made


def test_the_same_picture_at_each_step(painter: Painter) -> None:
    assert painter.found.name == F32, painter.found
    plain, quick = painter.draw(), painter.quickly()
    assert picture_distance(plain, quick) < 0.005
    assert painter.asked == ["UNet2DConditionModel"] * STEPS + ["Decoder"]


@pytest.mark.parametrize(
    "said",
    [{"height": 2 * SIDE, "width": SIDE}, {"guidance_scale": 0.0}, {"num_images_per_prompt": 2}],
    ids=["size", "unguided", "two"],
)
def test_a_graph_is_good_for_one_shape(said: dict[str, Any], painter: Painter) -> None:
    """What was traced may have taken sizes for numbers."""
    assert picture_distance(painter.draw(**said), painter.quickly(**said)) < 0.005
    assert "UNet2DConditionModel" not in painter.asked


def test_steps_of_another_scheduler_may_lie_between_the_models_own(painter: Painter) -> None:
    """Its times are fractions, which a graph of whole ones would cut off."""
    said = {"scheduler": "EulerDiscreteScheduler"}
    assert picture_distance(painter.draw(**said), painter.quickly(**said)) < 0.005
    assert "UNet2DConditionModel" not in painter.asked


def test_a_mask_may_be_taken_for_numbers(tmp_path: Path) -> None:
    module = torch.nn.Linear(2, 2)
    with pytest.raises(ValueError, match="lengths of texts in encoder_mask"):
        openvino.convert(module, {"encoder_mask": torch.ones(1)}, tmp_path, exact=True)


def test_an_adapter_changes_weights_that_no_graph_knows(painter: Painter, tmp_path: Path) -> None:
    base = painter.pipe.base
    file = lora(tmp_path) / "pytorch_lora_weights.safetensors"
    prove.adopt(painter.pipe, HARDWARE, painter.place, F32)
    with adapted(base, str(file), 1.0):
        painter.draw()
        assert painter.asked == ["Decoder"]
    painter.draw()
    assert painter.asked == ["UNet2DConditionModel"] * STEPS + ["Decoder"]


def test_how_far_pictures_are_apart() -> None:
    black, grey, wide = (picture(side, shade) for side, shade in ((4, 0), (4, 51), (5, 0)))
    assert picture_distance(black, black) == 0.0
    assert picture_distance(black, grey) == pytest.approx(0.2)
    assert picture_distance([black, grey], [black, black]) == pytest.approx(0.2)
    assert picture_distance(black, wide) == math.inf
    assert picture_distance([black], [black, black]) == math.inf
    assert picture_distance("a/path.png", "a/path.png") == 0.0  # what Gradio's client gives


def picture(side: int, shade: int) -> dict[str, Any]:
    file = io.BytesIO()
    Image.new("RGB", (side, side), (shade, shade, shade)).save(file, "PNG")
    return {"content": file.getvalue(), "mime": "image/png"}
