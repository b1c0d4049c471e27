"""A virtual environment for what is compared with, beside the one of the app: it sees the same
torch and the same models' libraries, and no dependency of a peer changes what we run."""

import subprocess
import sys
import sysconfig
from pathlib import Path

from benchmarks.process import ROOT

FOLDER = ROOT / ".venv-peers"
PACKAGES = ("litserve>=0.2,<0.3",)


def interpreter() -> str:
    """Its Python; made when it is first wanted."""
    python = FOLDER / "bin" / "python"
    done = FOLDER / "installed"
    if not done.exists():
        print(f"Setting up {FOLDER.name} for {', '.join(PACKAGES)} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
        (site,) = FOLDER.glob("lib/python*/site-packages")
        (site / "below.pth").write_text(sysconfig.get_path("purelib") + "\n")
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PACKAGES], check=True)
        done.touch()
    return str(python)


if __name__ == "__main__":
    print(Path(interpreter()))
