"""Parts of a picture: transformers' models of semantic, instance and panoptic segmentation."""

from typing import Any

from PIL import Image

from pipelines.errors import InvalidInput, MissingPackage
from pipelines.hardware import Hardware
from pipelines.kinds.shapes import Mask
from pipelines.loaders.seeing import fit_to_see, number, shrunk
from pipelines.loaders.transformers import Pipeline, options
from pipelines.model import Model
from pipelines.notices import tell
from pipelines.pictures import base64_png

SUBTASKS = ("panoptic", "instance", "semantic")  # the first that a model can do is its own
TAG = "image-segmentation"


def load(model: Model, hardware: Hardware) -> Any:
    one_former = model.is_a("OneFormerForUniversalSegmentation")
    parts = {"image_processor": one_former_processor(model)} if one_former else {}
    return Pipeline(TAG, parts)(model, hardware)


def one_former_processor(model: Model) -> Any:
    """OneFormer's processor looks for the names of its classes in a data set on the Hub; here they
    come from the model's own folder."""
    import transformers

    return transformers.AutoImageProcessor.from_pretrained(
        model.path, repo_path=str(model.path), **options(model)
    )


def able(pipe: Any) -> list[str]:
    """The subtasks that a model can do here, its own first."""
    made = pipe.image_processor
    can = [name for name in SUBTASKS if hasattr(made, f"post_process_{name}_segmentation")]
    return ["semantic"] if needs_torchvision(pipe) else can


def needs_torchvision(pipe: Any) -> bool:
    """OneFormer tells things apart with a function of torchvision's, whatever is installed."""
    from transformers.utils import is_torchvision_available

    one_former = type(pipe.image_processor).__name__.startswith("OneFormer")
    return one_former and not is_torchvision_available()


def check_subtask(pipe: Any, subtask: str | None) -> str:
    """The subtask that is asked for. Raises InvalidInput for one that the model cannot do, and
    MissingPackage for one that it cannot do here."""
    known = able(pipe)
    if subtask not in (None, *known):
        if needs_torchvision(pipe):
            raise MissingPackage(
                f"{subtask} segmentation with this model needs a Python package that is not "
                "installed here: torchvision. Install it beside Tagline, or choose semantic."
            )
        raise InvalidInput(
            f"parameters.subtask: this model cannot do {subtask} segmentation. "
            f"Choose {' or '.join(known)}."
        )
    if subtask is None and needs_torchvision(pipe):
        tell("The parts of each class are put together: without torchvision this model cannot tell "
             "one thing from another.")  # fmt: skip
    return subtask or known[0]


def segment(pipe: Any, image: Image.Image, given: dict[str, Any]) -> list[Mask]:
    """The parts of a picture, best first where they have a score."""
    with fit_to_see(image):
        found = pipe(shrunk(image), **given)
    parts = [part(each, image.size) for each in found]
    return sorted(parts, key=lambda each: -each.get("score", 0.0))


def part(found: dict[str, Any], size: tuple[int, int]) -> Mask:
    mask = found["mask"]
    if mask.size != size:
        mask = mask.resize(size, Image.Resampling.NEAREST)
    made: Mask = {"label": str(found["label"]), "mask": base64_png(mask)}
    if found["score"] is not None:
        made["score"] = number(found["score"])
    return made
