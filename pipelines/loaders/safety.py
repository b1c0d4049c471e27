"""What a model's files must be before any library opens them, and what a failed load means."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.errors import BrokenModel, MissingPackage, RefusedModel, TaglineError, Unavailable
from pipelines.model import Model

PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle", "*.joblib")

# How transformers says, as a ValueError, that a processor of pictures needs torchvision
LACKING = re.compile(r"Missing optional dependencies: ([\w, -]+)\.")


def refuse_pickle(model: Model, wanted: str) -> None:
    """Raises RefusedModel when `model` has pickles but no file that matches `wanted`."""
    if any(model.path.rglob(wanted)) or model.trusted_pickle:
        return
    if pickle := next((p for each in PICKLES for p in model.path.rglob(each)), None):
        raise RefusedModel(
            f"{model.id} holds its weights in {pickle.name}, a pickle, which can run any code "
            f"when opened. Choose a model or revision with {wanted.lstrip('*.')} files, or "
            "convert it. The operator of this server can name it in TAGLINE_TRUSTED_PICKLE."
        )
    raise BrokenModel(f"{model.id} has no {wanted} file in its folder. Download it again.")


def refuse_remote_code(model: Model, known: bool) -> None:
    """Raises RefusedModel when only the repository's own Python could load `model`."""
    if known or model.trusted_code:
        return
    kind = model.config.get("model_type") or ", ".join(model.architectures) or "unknown"
    if model.config.get("auto_map"):
        raise RefusedModel(
            f"{model.id} (model type {kind}) needs Python code from its own repository, and this "
            "server runs no such code. Choose a model of a type that transformers has itself. The "
            "operator of this server can name it in TAGLINE_TRUSTED_CODE."
        )
    raise MissingPackage(
        f"{model.id} is of model type {kind}, which the installed transformers does not know. "
        "Upgrade transformers, or choose another model."
    )


def refuse_foreign_modules(model: Model) -> None:
    """Raises RefusedModel when a sentence-transformers folder names classes of its own."""
    file = model.path / "modules.json"
    parts = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    own = [each["type"] for each in parts if not each["type"].startswith("sentence_transformers.")]
    if own and not model.trusted_code:
        raise RefusedModel(
            f"{model.id} needs Python code from its own repository ({', '.join(own)}), and this "
            "server runs no such code. Choose a model of sentence-transformers' own modules. The "
            "operator of this server can name it in TAGLINE_TRUSTED_CODE."
        )


@contextmanager
def reading(model: Model) -> Iterator[None]:
    """Turns whatever a library raises while it loads `model` into our own errors."""
    try:
        yield
    except TaglineError:
        raise
    except ImportError as error:
        raise MissingPackage(
            f"{model.id} needs a Python package that is not installed here: {first_line(error)} "
            "Install it beside Tagline and load the model again."
        ) from error
    except MemoryError as error:
        raise out_of_memory(model) from error
    except Exception as error:
        if "out of memory" in str(error).lower():
            raise out_of_memory(model) from error
        if lacking := LACKING.search(str(error)):
            raise MissingPackage(
                f"{model.id} needs a Python package that is not installed here: {lacking[1]}. "
                "Install it beside Tagline and load the model again."
            ) from error
        raise BrokenModel(
            f"{model.id} cannot be loaded: {describe(model.path, error)} "
            "Delete its folder and download it again, or choose another model."
        ) from error


def out_of_memory(model: Model) -> Unavailable:
    return Unavailable(
        f"There is not enough memory to load {model.id}. Unload another model first."
    )


def describe(folder: Path, error: Exception) -> str:
    """Which file is damaged, if one is; else what the library said, without local paths."""
    for path in sorted(folder.glob("*.safetensors")):
        if fault := damage(path):
            return f"{path.name} is damaged ({fault})."
    for path in sorted(folder.glob("*.json")):
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError as fault:
            return f"{path.name} is not valid JSON ({fault})."
    return first_line(error).replace(str(folder), "its folder")


def damage(path: Path) -> str | None:
    """What is wrong with a safetensors file, read from its header and its size alone."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy"):
            return None
    except (SafetensorError, OSError) as error:
        return first_line(error)


def first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if text.endswith(".") else text + "."
