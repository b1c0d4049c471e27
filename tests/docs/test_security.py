"""What the README promises about the address that the server listens on."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipelines.settings import read
from tests.conftest import environment, free_port
from tests.docs.pages import ROOT, snippets

OPEN = ["--host", "0.0.0.0"]


def test_it_listens_on_loopback_alone() -> None:
    assert read([]).host == "127.0.0.1"


def test_another_address_wants_a_level_by_name() -> None:
    assert read([*OPEN, "--level", "public"]).host == "0.0.0.0"
    with pytest.raises(ValidationError, match="--level public"):
        read(OPEN)


def test_the_commands_of_the_page_run_as_they_stand(tmp_path: Path) -> None:
    lines = [
        line
        for each in snippets("sh")
        if each.page.name == "security.md"
        for line in each.code.splitlines()
        if line.startswith(("python app.py token", "python app.py doctor"))
    ]
    assert len(lines) == 5
    here = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    port = {"TAGLINE_PORT": str(free_port())}
    done = subprocess.run(
        ["sh", "-ec", "\n".join(lines)], cwd=ROOT, env=environment(tmp_path, here | port),
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    laptop, nightly = re.findall(r"^(laptop|nightly) +read +(good|revoked)", done.stdout, re.M)
    assert (laptop[1], nightly[1]) == ("good", "good")  # listed before the last of them
    assert "Token laptop is revoked." in done.stdout
    assert "Level not named" in done.stdout
