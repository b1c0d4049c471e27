"""The parts of Tagline that serve one model, copied out of this very installation."""

import shutil
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = (
    "pipelines",
    "store",
    "runs",
    "endpoints",
    "deploy",
    "api",
    "components",
    "cli",
    "assets",
)
LEFT_OUT = ("__pycache__", "*.pyc", "*.pyi", "screenshots", "weights", ".*")
LICENCE = "LICENSE"
SERVICES = "requirements-services.txt"  # for servers that share a database or their counts
SERVER = "tagline.py"  # its own app.py there, since the name is taken by that of the export


def copy(folder: Path) -> None:
    """Puts them into `folder`, over what is there."""
    for name in PACKAGES:
        ignore = shutil.ignore_patterns(*LEFT_OUT)
        shutil.copytree(ROOT / name, folder / name, ignore=ignore, dirs_exist_ok=True)
    shutil.copyfile(ROOT / LICENCE, folder / LICENCE)
    shutil.copyfile(ROOT / "app.py", folder / SERVER)
