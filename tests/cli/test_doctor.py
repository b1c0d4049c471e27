"""`python app.py doctor`, against servers that run and servers that do not."""

import subprocess
from pathlib import Path

from tests.cli.terminal import Terminal, command
from tests.conftest import STARTERS, Server, free_port

PROTECTED = ("--level", "protected", "--host", "127.0.0.1")


def doctor(home: Path, *flags: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return command(home, "doctor", *flags, **variables)


def tries(done: "subprocess.CompletedProcess[str]") -> list[str]:
    """The lines of what was tried."""
    lines = done.stdout.split("tried at", 1)[1].splitlines()
    return [line.strip() for line in lines if line.startswith("  ")]


def test_a_protected_server(terminal: Terminal) -> None:
    done = doctor(terminal.home, *PROTECTED, "--port", str(terminal.port))
    assert done.returncode == 0, done.stdout
    assert "Level protected. Address 127.0.0.1" in done.stdout
    assert f"The level protected, tried at {terminal.url}" in done.stdout
    assert done.stdout.endswith("The level protected holds.\n")
    assert "ok  GET /health answers, as for anyone (200)" in tries(done)
    assert "--  a good token was not tried: put one into TAGLINE_TOKEN" in tries(done)
    for path in ("/v1/models", "/", "/config", "/openapi.json", "/docs", "/gradio_api/info"):
        assert f"ok  GET {path} without a token: refused (401)" in tries(done)
    for header in ("Authorization", "X-HF-Authorization"):
        line = f"ok  GET /v1/models with a wrong token in {header}: refused (401)"
        assert line in tries(done)


def test_with_a_token_of_each_scope(terminal: Terminal) -> None:
    (admin,) = terminal.tokens
    read = command(terminal.home, "token", "create", "--name", "doctor").stdout.strip()
    for token, scope, allowed in ((admin, "admin", "let through (404)"),
                                  (read, "read", "refused (403)")):  # fmt: skip
        done = doctor(terminal.home, *PROTECTED, "--url", terminal.url, TAGLINE_TOKEN=token)
        assert done.returncode == 0, done.stdout
        assert f"ok  TAGLINE_TOKEN is a token of scope {scope}" in tries(done)
        assert "ok  GET /v1/models with it: answered (200)" in tries(done)
        assert f"ok  POST /admin/unload with it (scope {scope}): {allowed}" in tries(done)
        assert token not in done.stdout + done.stderr


def test_a_server_that_is_more_open_than_its_level(server: Server, terminal: Terminal) -> None:
    done = doctor(terminal.home, *PROTECTED, "--url", server.url)
    assert done.returncode == 1
    assert "BAD GET /v1/models without a token: answered (200)" in tries(done)
    assert done.stdout.endswith("The level protected does NOT hold.\n")


def test_the_server_of_this_machine_alone(server: Server, tmp_path: Path) -> None:
    done = doctor(tmp_path, "--url", server.url)
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("The level unnamed holds.\n")
    for header in ("Origin", "Host"):
        line = f"ok  POST /admin/unload by a page of another site ({header}): refused (403)"
        assert line in tries(done)
    public = doctor(tmp_path, "--level", "public", "--url", server.url)
    assert public.returncode == 1
    assert "BAD POST /admin/unload: let through (404)" in tries(public)


def test_without_a_server(tmp_path: Path) -> None:
    unreachable = {"TAGLINE_OFFLINE": "0", "TAGLINE_HUB": f"http://127.0.0.1:{free_port()}"}
    done = doctor(tmp_path, "--port", str(free_port()), "--memory-gb", "2", **unreachable)
    assert done.returncode == 0
    assert done.stderr == ""
    said = done.stdout
    assert "No server answers there, so nothing was tried." in said
    for words in ("Level not named", "Hardware cpu-basic.", "Memory for models: 2.0 GB", "Disk: ",
                  f"Models here: {len(on_board())} on board.", "does not answer (ConnectError)",
                  "gradio 6.", "transformers 5."):  # fmt: skip
        assert words in said


def on_board() -> list[Path]:
    return [folder.parent for folder in STARTERS.glob("*/*/README.md")]


def test_a_protected_machine_without_a_token(tmp_path: Path) -> None:
    done = doctor(tmp_path, *PROTECTED, "--port", str(free_port()))
    assert "BAD Tokens: 0 good of 0." in done.stdout
    assert "python app.py token create" in done.stdout
