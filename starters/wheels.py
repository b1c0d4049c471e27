"""Wheels as sealed boxes of data: downloaded by hash, opened, never installed, never imported."""

import hashlib
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from zipfile import ZipFile

PINS = Path(__file__).parent.parent / "requirements-starters.txt"
PIN = re.compile(r"^(\S+)==(\S+) --hash=sha256:([0-9a-f]{64})$", re.MULTILINE)


class StarterError(Exception):
    """A model on board could not be built; the text says why and what to do."""


@dataclass(frozen=True)
class Pin:
    """One line of the pinned file: a package, its version and the SHA-256 of its wheel."""

    name: str
    version: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"


@dataclass(frozen=True)
class Wheel:
    """A verified wheel on this disk."""

    pin: Pin
    path: Path

    def read(self, member: str) -> bytes:
        with ZipFile(self.path) as archive:
            return archive.read(member)

    def digest(self, member: str) -> str:
        """SHA-256 of one file inside."""
        with ZipFile(self.path) as archive, archive.open(member) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]

    def extract(self, member: str, folder: Path) -> None:
        """Copy one file inside to `folder`, under its last name."""
        folder.mkdir(parents=True, exist_ok=True)
        with (
            ZipFile(self.path) as archive,
            archive.open(member) as source,
            (folder / PurePosixPath(member).name).open("wb") as target,
        ):
            copyfileobj(source, target)

    def extract_all(self, inside: str, folder: Path) -> None:
        """Copy every file below `inside` to the same place below `folder`."""
        with ZipFile(self.path) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
        for path in map(PurePosixPath, names):
            if path.is_relative_to(inside):
                if ".." in path.parts:
                    raise StarterError(f"{path} in {self.path.name} leaves its folder.")
                self.extract(str(path), folder / path.relative_to(inside).parent)


def read_pins(file: Path = PINS) -> dict[str, Pin]:
    """Every pin by package name."""
    return {name: Pin(name, *rest) for name, *rest in PIN.findall(file.read_text())}


def fetch(pin: Pin, folder: Path) -> Wheel:
    """Download the wheel of `pin` into `folder`. Raises StarterError if it cannot be had."""
    line = folder / f"{pin.name}.txt"
    line.write_text(f"{pin} --hash=sha256:{pin.sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    # An sdist would run its own code to tell its metadata; a wheel is only a zip file.
    command += ["--only-binary=:all:", "--requirement", str(line), "--dest", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StarterError(f"{pin} could not be downloaded. pip says: {last_error(done.stderr)}")
    return verify(pin, next(folder.glob(f"{pin.name.replace('-', '_')}-*.whl")))


def verify(pin: Pin, path: Path) -> Wheel:
    """The wheel at `path`, if its content is what the pin says; else raises StarterError."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != pin.sha256:
        raise StarterError(
            f"{path.name} is not the file that {PINS.name} names: its SHA-256 is {found}, "
            f"expected {pin.sha256}. Delete it and try again; if it stays so, do not use it."
        )
    return Wheel(pin, path)


def last_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["nothing"])[-1].removeprefix("ERROR: ")
