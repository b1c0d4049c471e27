"""A model as a container: what is written, what linters say, its steps done without an engine."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from compose_spec import PyCompose

from deploy import targets
from deploy.docker import composing
from deploy.docker.dockerfile import image_name
from deploy.plan import plan
from deploy.writing import as_yaml
from tests.api.wire import FLOWERS
from tests.conftest import IRIS, ROOT, START_SECONDS, STARTERS, free_port
from tests.deploy.away import board
from tests.deploy.image import Image, Stage, environment

VARIANTS = [{}, {"mount": True}, {"cuda": True}]
each_variant = pytest.mark.parametrize("options", VARIANTS, ids=["plain", "mount", "cuda"])


def exported(folder: Path, **options: Any) -> Path:
    targets.write("docker", plan(board(), IRIS), folder, **options)
    return folder


def lint(dockerfile: Path) -> str:
    command = [str(Path(sys.executable).parent / "hadolint"), "--no-color", str(dockerfile)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout


# What is written --------------------------------------------------------------------------------


@each_variant
def test_the_linter_has_nothing_to_say(options: dict[str, bool], tmp_path: Path) -> None:
    assert lint(exported(tmp_path / "out", **options) / "Dockerfile") == ""


def test_nor_of_our_own(tmp_path: Path) -> None:
    assert lint(ROOT / "Dockerfile") == ""
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN cd /tmp && pip install x\n")
    assert "DL3013" in lint(tmp_path / "Dockerfile")  # it does look


def interpolated(text: str) -> str:
    """As Compose reads it where no variable is set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


@each_variant
def test_compose_keeps_to_its_specification(options: dict[str, bool], tmp_path: Path) -> None:
    text = interpolated((exported(tmp_path / "out", **options) / "compose.yaml").read_text())
    made = PyCompose.from_yaml(text)
    made.validate()
    assert set(made.service_names()) == {"app", "redis", "postgres", "prometheus"}
    for good, bad in (
        ("service_healthy", "service_fine"),
        ("source: prometheus", "source: nothing"),
    ):
        with pytest.raises(ValueError, match=bad.rpartition(" ")[2]):
            PyCompose.from_yaml(text.replace(good, bad)).validate()


def test_our_own_compose_is_made_the_same_way() -> None:
    made = composing.HEAD + as_yaml(composing.stack("tagline", mount=False, cuda=False))
    assert (ROOT / "compose.yaml").read_text() == made


def test_only_the_server_starts_unasked() -> None:
    services = composing.stack("x", mount=False, cuda=False)["services"]
    assert [name for name, each in services.items() if "profiles" not in each] == ["app"]
    for name in services["app"]["depends_on"]:
        assert services["app"]["depends_on"][name]["required"] is False
        assert "healthcheck" in services[name]


def test_no_host_of_a_registry_is_named(tmp_path: Path) -> None:
    folder = exported(tmp_path / "out")
    names = ("Dockerfile", "compose.yaml")
    for text in [(each / name).read_text() for each in (folder, ROOT) for name in names]:
        assert not any(word in text for word in ("pypi.", "download.pytorch", "docker.io", "ghcr."))


def test_names_of_images() -> None:
    found = plan(board(), "HuggingFaceTB/SmolLM2-135M-Instruct")
    assert image_name(found) == "smollm2-135m-instruct"
    assert image_name(plan(board(), "openai/whisper-tiny.en")) == "whisper-tiny-en"


def test_what_is_mounted_is_not_in_the_image(tmp_path: Path) -> None:
    folder = exported(tmp_path / "out", mount=True)
    image = Image(folder, tmp_path / "scratch")
    assert image.ignored(folder / "models" / IRIS / "model.skops")
    assert image.ignored(folder / "Dockerfile")
    assert not image.ignored(folder / "pipelines" / "task.py")
    assert "./models:/app/models:ro" in (folder / "compose.yaml").read_text()
    assert not Image(exported(tmp_path / "in"), tmp_path).ignored(tmp_path / "in" / "models" / IRIS)


# Its steps --------------------------------------------------------------------------------------


@contextmanager
def running(stage: Stage, **variables: str) -> Iterator[str]:
    """The container's CMD, on loopback; its address."""
    port = str(free_port())
    told = environment(stage, GRADIO_SERVER_NAME="127.0.0.1", GRADIO_SERVER_PORT=port, **variables)
    with (stage.root / "log").open("wb") as log:
        process = subprocess.Popen(
            stage.command, cwd=stage.here(""), env=told, stdout=log, stderr=log
        )
    try:
        until_healthy(stage, told, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(START_SECONDS) == 0


def until_healthy(stage: Stage, told: dict[str, str], process: "subprocess.Popen[bytes]") -> None:
    """As an engine asks: by the HEALTHCHECK's own command."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        asked = subprocess.run(stage.health, env=told, capture_output=True, timeout=60)
        if asked.returncode == 0:
            return
        time.sleep(0.5)
    raise RuntimeError((stage.root / "log").read_text()[-4000:])


def called(url: str, token: str = "") -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    body = {"inputs": {"data": FLOWERS}}
    return httpx.post(f"{url}/models/{IRIS}", json=body, headers=headers, timeout=START_SECONDS)


def token_of(stage: Stage) -> str:
    """`docker exec CONTAINER python app.py token create --name me`."""
    done = subprocess.run(
        ["python", "app.py", "token", "create", "--name", "me"], cwd=stage.here(""),
        env=environment(stage), capture_output=True, text=True, timeout=START_SECONDS, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def check(stage: Stage, image: Image) -> None:
    """It asks for a token, answers with one, and lets everybody in where it is told to."""
    assert (stage.user, stage.exposed, stage.command) == ("1000", "7860", ["python", "app.py"])
    assert [line.split()[0] for line in image.noted] == ["useradd", "chown"]
    assert "--uid 1000" in image.noted[0]
    with running(stage) as url:
        assert called(url).status_code == 401
        answer = called(url, token_of(stage))
        assert answer.json() == ["setosa", "virginica"]
    with running(stage, TAGLINE_LEVEL="public", TAGLINE_REDIS_URL="", TAGLINE_DATABASE="") as url:
        assert called(url).json() == ["setosa", "virginica"]
        assert httpx.get(f"{url}/metrics", headers={"authorization": "Bearer"}).is_success


def test_an_exported_model(tmp_path: Path) -> None:
    image = Image(exported(tmp_path / "out"), tmp_path / "scratch")
    check(image.build(), image)


def test_tagline_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The models on board stand already, so that the step that builds them finds nothing to do."""
    image = Image(ROOT, tmp_path / "scratch")
    begin = image.begin

    def with_board(words: list[str]) -> Stage:
        stage = begin(words)
        if words[-1] == "board":
            (stage.root / "board").symlink_to(STARTERS, target_is_directory=True)
        return stage

    monkeypatch.setattr(image, "begin", with_board)
    stage = image.build()
    assert not (stage.root / "app" / "tests").exists()
    assert not (stage.root / "app" / "starters").exists()
    check(stage, image)
