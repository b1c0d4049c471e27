"""Where code that runs a model itself finds the model's files."""

from pipelines.model import Model
from pipelines.models.names import parse

HERE = ("local", "folder", "starter")  # sources of models that the Hub may not have, or otherwise


def place(model: Model, name: str, told: bool) -> str:
    """The id of a model of the Hub, which `name` asked for. Of one that is only on this machine its
    folder: where it lies, if that may be `told`, else a folder of its name beside the code."""
    if model.source not in HERE:
        return parse(name).id
    return str(model.path) if told else f"./{model.id.rpartition('/')[2]}"
