"""A model as a container."""

import shutil
from pathlib import Path

from deploy import parts, standalone
from deploy.docker import composing
from deploy.docker.dockerfile import dockerfile, ignored
from deploy.docker.readme import readme
from deploy.plan import Plan


def write(plan: Plan, folder: Path, mount: bool = False, cuda: bool = False) -> None:
    """A folder to build and run an image from: with the model in it, or, with `mount`, beside it.
    `cuda` asks for a GPU."""
    content = standalone.write(plan, folder, bundled=True)
    assert content
    shutil.copyfile(parts.ROOT / parts.SERVICES, folder / parts.SERVICES)
    (folder / "Dockerfile").write_text(dockerfile(plan, cuda), encoding="utf-8")
    (folder / ".dockerignore").write_text(ignored(mount), encoding="utf-8")
    (folder / "compose.yaml").write_text(composing.compose(plan, mount, cuda), encoding="utf-8")
    (folder / "README.md").write_text(readme(plan, content, mount, cuda), encoding="utf-8")
