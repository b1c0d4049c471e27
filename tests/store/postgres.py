"""A PostgreSQL of a test's own, on a loopback port, where the machine has its programs."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import free_port

PLACES = [Path("/usr/bin"), Path("/usr/local/bin"), *Path("/usr/lib/postgresql").glob("*/bin")]


def program(name: str) -> str:
    found = next((each / name for each in PLACES if (each / name).exists()), None)
    if found is None:
        pytest.skip(f"there is no {name} here: PostgreSQL is not installed")
    return str(found)


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of its database."""
    initdb, server = program("initdb"), program("pg_ctl")
    home, port = Path(tempfile.mkdtemp(prefix="tagline-pg-")), free_port()
    as_owner = owner(home)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home}"
    data = str(home / "data")
    try:
        call([*as_owner, initdb, "-D", data, "-U", "me", "--auth=trust", "-N"], home)
        log = str(home / "log")
        call([*as_owner, server, "-D", data, "-o", options, "-l", log, "-w", "start"], home)
        try:
            yield f"postgresql+psycopg://me@127.0.0.1:{port}/postgres"
        finally:
            call([*as_owner, server, "-D", data, "-m", "immediate", "stop"], home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def owner(home: Path) -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid():
        return []
    try:
        shutil.chown(home, "postgres", "postgres")
    except LookupError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    return ["runuser", "-u", "postgres", "--"]


def call(command: list[str], home: Path) -> None:
    done = subprocess.run(
        command, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120
    )
    assert not done.returncode, done.stderr
