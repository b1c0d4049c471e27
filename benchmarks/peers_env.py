"""A virtual environment for each server that is compared with, beside the one of the app: it sees
the same torch, and no dependency of a peer changes what we run.

torch is found there already, so none is downloaded, with CUDA or without.
"""

import subprocess
import sys
import sysconfig

from benchmarks.process import ROOT

FOLDER = ROOT / ".venv-peers"
PACKAGES = {
    "litserve": ("litserve>=0.2,<0.3",),
    "infinity": ("infinity-emb[server,torch]>=0.0.77,<0.1",),
    "bentoml": ("bentoml>=1.4,<2",),
    "ray": ("ray[serve]~=2.60.0",),
}
SECONDS = 900  # for an installation


def interpreter(name: str) -> str:
    """Its Python; made when it is first wanted. Raises CalledProcessError where pip fails."""
    folder, packages = FOLDER / name, PACKAGES[name]
    python, done = folder / "bin" / "python", folder / "installed"
    if not done.exists() or done.read_text() != "\n".join(packages):
        print(f"Setting up {FOLDER.name}/{name} for {', '.join(packages)} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        (site,) = folder.glob("lib/python*/site-packages")
        (site / "below.pth").write_text(sysconfig.get_path("purelib") + "\n")
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *packages], check=True, timeout=SECONDS)
        done.write_text("\n".join(packages))
    return str(python)


def version_of(name: str) -> str:
    """The version of the server that is installed there."""
    package = PACKAGES[name][0].partition("[")[0].partition(">")[0]
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    done = subprocess.run([interpreter(name), "-c", code], capture_output=True, text=True)
    return f"{package} {done.stdout.strip() or '?'}"


if __name__ == "__main__":
    print("\n".join(map(interpreter, PACKAGES)))
