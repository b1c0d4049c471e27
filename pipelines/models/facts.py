"""What a model's files say of its size and its licence, without loading any of them."""

from dataclasses import dataclass
from pathlib import Path

from pipelines.model import Model
from pipelines.models.listing import PICKLES, Files, listing
from pipelines.models.needed import is_other, safe_weights
from pipelines.models.weights import count, header, predict


@dataclass(frozen=True)
class Facts:
    """`bytes` on the disk; `parameters`, None where no safetensors file counts them; `need`, the
    bytes of memory foretold for it; `licence` as the card has it; `pickle` names a file of weights
    where only pickles hold them."""

    bytes: int
    parameters: int | None
    need: int
    licence: str | None
    pickle: str | None


class Library:
    """Facts of models, read once for each revision. `dtype` is that which models load in."""

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype
        self.known: dict[tuple[Path, str], Facts] = {}

    def of(self, model: Model) -> Facts:
        key = (model.path, model.revision)
        if key not in self.known:
            self.known[key] = read(model, self.dtype)
        return self.known[key]


def read(model: Model, dtype: str) -> Facts:
    files = listing(model.path)
    return Facts(
        bytes=sum(size for size, _ in files.values()),
        parameters=parameters(model.path, files),
        need=predict(model.path, dtype),
        licence=licence(model),
        pickle=only_pickle(files),
    )


def weights(files: Files) -> set[str]:
    """The files of weights that would be loaded."""
    return safe_weights({name: size for name, (size, _) in files.items() if not is_other(name)})


def parameters(folder: Path, files: Files) -> int | None:
    """How many numbers the tensors hold. A quantized model packs several into one: it counts as
    what is stored."""
    names = weights(files)
    if not names or any(not name.endswith(".safetensors") for name in names):
        return None
    try:
        return sum(tensors(folder / name) for name in names)
    except Exception:  # a damaged file can say about anything: the loader will complain
        return None


def tensors(path: Path) -> int:
    found = header(path).items()
    return sum(count(each["shape"]) for name, each in found if name != "__metadata__")


def licence(model: Model) -> str | None:
    """`license_name` says more where the licence is `other`."""
    known, named = model.card.get("license"), model.card.get("license_name")
    if isinstance(known, list):
        known = ", ".join(map(str, known))
    return str(named if named and known == "other" else known) if known else None


def only_pickle(files: Files) -> str | None:
    if weights(files):
        return None
    found = (name for name in files if name.endswith(PICKLES) and not is_other(name))
    return min(found, default=None)


def in_count(number: int) -> str:
    """How many parameters, as "22.7M"."""
    if number < 1000:
        return str(number)
    size, units = number / 1000, iter("KMBT")
    unit = next(units)
    while size >= 999.5 and unit != "T":
        size, unit = size / 1000, next(units)
    return f"{size:.0f}{unit}" if size >= 99.95 else f"{size:.1f}{unit}"
