"""A Dockerfile's steps without an engine: COPY, RUN and CMD done in a scratch folder.

What stands for the image's root is a folder; paths at its top (`/app`, `/data`) are taken from
there. Programs come from this environment, which pip finds complete: it may ask no index.
`useradd` and `chown` are noted and not done.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

MINE = re.compile(r"(?<![\w./{}])/(app|board|data|home)\b")  # folders of the image
SECONDS = 300
NOTED = ("useradd", "chown")


@dataclass
class Stage:
    """The image so far."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "root"
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    exposed: str = ""

    def real(self, text: str) -> str:
        """`text` with the image's folders as they lie here."""
        return MINE.sub(lambda found: f"{self.root}{found[0]}", text)

    def here(self, path: str) -> Path:
        return Path(str(self.root) + str(Path(self.workdir) / path))


@dataclass
class Image:
    """Built from `context` into `scratch`; `stages` are by name, the last one by ""."""

    context: Path
    scratch: Path
    stages: dict[str, Stage] = field(default_factory=dict)
    noted: list[str] = field(default_factory=list)

    def build(self) -> Stage:
        args: dict[str, str] = {}
        stage: Stage | None = None
        for keyword, text in instructions((self.context / "Dockerfile").read_text()):
            if keyword == "ARG":
                name, _, value = text.partition("=")
                args.setdefault(name, value)
            elif keyword == "FROM":
                stage = self.begin(text.replace("${BASE}", args["BASE"]).split())
            else:
                assert stage
                self.do(stage, keyword, text)
        assert stage
        return stage

    def begin(self, words: list[str]) -> Stage:
        name = words[2] if words[1:2] == ["AS"] else ""
        root = self.scratch / (name or "final")
        root.mkdir(parents=True)
        stage = Stage(root)
        if words[0] in self.stages:
            before = self.stages[words[0]]
            shutil.copytree(before.root, root, dirs_exist_ok=True, symlinks=True)
            stage.env, stage.workdir = dict(before.env), before.workdir
        self.stages[name] = stage
        return stage

    def do(self, stage: Stage, keyword: str, text: str) -> None:
        if keyword == "ENV":
            stage.env |= dict(pair.split("=", 1) for pair in shlex.split(text))
        elif keyword == "WORKDIR":
            stage.workdir = text
            stage.here("").mkdir(parents=True, exist_ok=True)
        elif keyword == "COPY":
            self.copy(stage, text.split())
        elif keyword == "RUN":
            self.run(stage, text)
        elif keyword == "USER":
            stage.user = text
        elif keyword == "CMD":
            stage.command = json.loads(text)
        elif keyword == "HEALTHCHECK":
            stage.health = json.loads(text.partition(" CMD ")[2])
        elif keyword == "EXPOSE":
            stage.exposed = text
        else:
            assert keyword == "VOLUME", keyword

    def copy(self, stage: Stage, words: list[str]) -> None:
        foreign = [word.partition("=")[2] for word in words if word.startswith("--from=")]
        *sources, target = [word for word in words if not word.startswith("--")]
        for source in sources:
            if foreign:
                place = Path(f"{self.stages[foreign[0]].root}{source}")
                carry(place, stage.here(target))
            else:
                self.bring(stage, source, target)

    def bring(self, stage: Stage, source: str, target: str) -> None:
        """From the context, without what .dockerignore leaves out."""
        place = self.context / source
        files = [place] if place.is_file() else [p for p in place.rglob("*") if p.is_file()]
        kept = [path for path in files if not self.ignored(path)]
        assert kept, f"COPY {source} finds nothing"
        for path in kept:
            inner = path.name if place.is_file() else str(path.relative_to(place))
            into = stage.here(target) / inner
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, into)

    def ignored(self, path: Path) -> bool:
        """The last pattern that fits decides, as in Docker; a folder stands for what is in it."""
        inner, out = path.relative_to(self.context), False
        for line in (self.context / ".dockerignore").read_text().split():
            pattern, leaves = line.removeprefix("!"), not line.startswith("!")
            if any(fits(str(each), pattern) for each in (inner, *inner.parents)):
                out = leaves
        return out

    def run(self, stage: Stage, text: str) -> None:
        tools = self.scratch / "tools"
        tools.mkdir(exist_ok=True)
        for name in NOTED:
            (tools / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {self.scratch}/noted\n')
            (tools / name).chmod(0o755)
        (stage.root / "home").mkdir(exist_ok=True)
        done = subprocess.run(
            ["sh", "-ec", stage.real(text)], cwd=stage.here(""), env=environment(stage, str(tools)),
            capture_output=True, text=True, timeout=SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, f"RUN {text}\n{done.stdout}\n{done.stderr}"
        if (self.scratch / "noted").exists():
            self.noted = (self.scratch / "noted").read_text().splitlines()


def carry(place: Path, target: Path) -> None:
    """A folder of another stage. One that a test only lent to it is not copied."""
    if place.is_symlink():
        target.symlink_to(place.resolve(), target_is_directory=True)
    else:
        shutil.copytree(place, target, dirs_exist_ok=True)


def instructions(text: str) -> list[tuple[str, str]]:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    whole = "\n".join(lines).replace("\\\n", " ").splitlines()
    return [(keyword, rest.strip()) for keyword, _, rest in (line.partition(" ") for line in whole)]


def fits(path: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch(Path(path).name, pattern.removeprefix("**/"))
    return fnmatch(path, pattern) and path.count("/") == pattern.count("/")


def environment(stage: Stage, tools: str = "", **variables: str) -> dict[str, str]:
    """What a process in the container has, with the packages of this environment."""
    programs = os.pathsep.join(filter(None, [tools, str(Path(sys.executable).parent)]))
    return {
        "PATH": f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "HOME": str(stage.root / "home"),
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        **{name: stage.real(value) for name, value in stage.env.items()},
        **variables,
    }
