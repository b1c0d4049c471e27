"""The files of a model that go along with it, and the hash that says what they are."""

import shutil
from collections.abc import Mapping
from hashlib import file_digest, sha256
from pathlib import Path

from pipelines.model import Model
from pipelines.models.listing import listing
from pipelines.models.needed import needed

SUMS = "SHA256SUMS"  # as `sha256sum --check` reads it


def files(model: Model) -> dict[str, int]:
    """The files that are needed to run it, with their bytes. Raises RefusedModel where only a
    pickle holds the weights: what is exported may be served to everybody, and opens none."""
    found = {name: size for name, (size, _) in listing(model.path).items()}
    return needed(model.id, found, code=model.trusted_code, pickle=False)


def copy(model: Model, folder: Path) -> str:
    """Copies them to `folder`/org/name, with a list of their hashes beside; the hash of the whole,
    "sha256:" and 64 digits."""
    names = sorted(files(model))
    target = folder / model.id
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(model.path / name, target / name)
    sums = {f"{model.id}/{name}": digest(target / name) for name in names}
    (folder / SUMS).write_text(listed(sums), encoding="utf-8")
    return f"sha256:{sha256(listed(sums).encode()).hexdigest()}"


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def listed(sums: Mapping[str, str]) -> str:
    return "".join(f"{value}  {name}\n" for name, value in sums.items())
