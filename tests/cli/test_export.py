"""`python app.py export`, `push` and `duplicate`, typed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import run
from tests.cli.terminal import command
from tests.conftest import IRIS, STARTERS
from tests.deploy import fake_spaces

USAGE = 2  # argparse's exit status


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TAGLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TAGLINE_STARTERS_DIR", str(STARTERS))
    monkeypatch.setenv("TAGLINE_OFFLINE", "true")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[fake_spaces.Spaces]:
    made = fake_spaces.Spaces()
    monkeypatch.setenv("HF_ENDPOINT", made.url)
    monkeypatch.setenv("HF_TOKEN", "hf_good")
    yield made
    made.close()


def test_a_space(tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = command(tmp_path, "export", "space", IRIS, str(out))
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith(f"{IRIS} is in {out}, as space.")
    assert (out / "app.py").is_file()
    again = command(tmp_path, "export", "space", IRIS, str(out))
    assert (again.returncode, again.stdout) == (1, "")
    assert "not empty" in again.stderr
    assert len(again.stderr.splitlines()) == 1


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    made = command(tmp_path, "export", "space", IRIS, str(tmp_path / "file" / "out"))
    assert (made.returncode, made.stdout) == (1, "")
    assert "cannot be made: Not a directory. Name another." in made.stderr
    assert len(made.stderr.splitlines()) == 1


def test_options_of_each_target(tmp_path: Path) -> None:
    space, docker = tmp_path / "space", tmp_path / "docker"
    assert run(["export", "space", IRIS, str(space), "--zero"]) == 0
    assert "spaces\n" in (space / "requirements.txt").read_text()
    assert run(["export", "docker", IRIS, str(docker), "--mount", "--cuda"]) == 0
    compose = (docker / "compose.yaml").read_text()
    assert "nvidia" in compose
    assert "./models:/app/models:ro" in compose
    assert run(["export", "docker", IRIS, str(docker), "--force"]) == 0
    assert "nvidia" not in (docker / "compose.yaml").read_text()


def test_a_folder_of_the_operators(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(["export", "space", str(STARTERS / IRIS), str(out)]) == 0
    assert (out / "models" / "local" / "iris" / "model.skops").is_file()


@pytest.mark.parametrize(
    "words",
    [
        ("export", "space", IRIS),
        ("export", "moon", IRIS, "out"),
        ("export", "space", IRIS, "out", "--cuda"),
        ("push", IRIS, "ann/flowers", "--secret", "hush"),
        ("push", IRIS, "ann/flowers", "--sleep", "soon"),
        ("duplicate", "ann/flowers"),
    ],
    ids=" ".join,
)
def test_usage(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(words)
    assert ended.value.code == USAGE
    assert "hush" not in capsys.readouterr().err


def test_push_and_duplicate(
    tmp_path: Path, hub: fake_spaces.Spaces, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = ("--private", "--hardware", "t4-small", "--sleep", "600", "--secret", "A=1=2")
    assert run(["push", IRIS, "ann/flowers", *wish, "--variable", "B=3"]) == 0
    assert capsys.readouterr().out == f"{hub.url}/spaces/ann/flowers\n"
    made = hub.spaces["ann/flowers"]
    assert "app.py" in made.files
    assert b"suggested_hardware: t4-small" in made.files["README.md"]
    assert (made.secrets, made.variables) == ({"A": "1=2"}, {"B": "3"})
    assert (made.about["hardware"], made.about["sleepTimeSeconds"]) == ("t4-small", 600)
    assert run(["push", IRIS, "ann/flowers", "--update"]) == 0
    assert run(["duplicate", "ann/flowers", "ann/again"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{hub.url}/spaces/ann/again"
    assert hub.spaces["ann/again"].variables == {"B": "3"}


def test_push_without_a_token(tmp_path: Path) -> None:
    done = command(tmp_path, "push", IRIS, "ann/flowers")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("No token of the Hub is given. The token is taken from HF_TOKEN")
