"""What stands in the repository: the Space header, links that lead somewhere, nothing private."""

import re
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import metadata_load
from packaging.requirements import Requirement

from docs.generate import OWN
from pipelines.models.resolve import Models
from pipelines.settings import Settings
from starters.__main__ import STARTERS, default_folder
from tests.docs.pages import FENCE, ROOT

MARKDOWN = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("assets/**/*.md")})
LINK = re.compile(r"""\]\(([^)\s]+)\)|(?:src|href)="([^"]+)\"""")
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
# Spelt in two parts, so that this file does not have them.
PRIVATE = (
    "python" + "hosted",
    "registry." + "npmjs",
    "deb." + "debian",
    "/wo" + "rk/",
    "/ro" + "ot/",
)


def header() -> dict[str, Any]:
    return metadata_load(ROOT / "README.md") or {}


def test_the_space_header_is_one_that_spaces_take() -> None:
    said = header()
    assert said["sdk"] == "gradio"
    assert (ROOT / said["app_file"]).is_file()
    assert {said["colorFrom"], said["colorTo"]} <= COLOURS
    assert len(said["short_description"]) <= 60
    assert said["license"] == "apache-2.0"


def test_the_space_runs_the_gradio_that_was_tested() -> None:
    said = str(header()["sdk_version"])
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    wanted = next(Requirement(line) for line in lines if line.startswith("gradio["))
    assert said == version("gradio")
    assert wanted.specifier.contains(said)


def test_the_header_names_the_models_on_board_that_the_hub_has() -> None:
    assert header()["models"] == [each.id for each in STARTERS if not each.id.startswith(OWN)]


@pytest.mark.parametrize("line", header()["preload_from_hub"], ids=lambda line: line.split()[0])
def test_what_a_space_preloads_is_found_as_the_model_on_board_is(line: str, tmp_path: Path) -> None:
    id, files = line.split()
    commit = "0" * 40
    repo = tmp_path / "cache" / f"models--{id.replace('/', '--')}"
    for name in files.split(","):
        original, copy = default_folder() / id / name, repo / "snapshots" / commit / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if original.exists():
            copy.symlink_to(original)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(commit)
    nowhere = Settings(host="127.0.0.1", home=tmp_path, starters_dir=tmp_path / "none")
    preloaded = Models(nowhere, cache=tmp_path / "cache").find(id)
    onboard = Models(Settings(host="127.0.0.1"), cache=tmp_path / "none").find(id)
    assert (preloaded.tag, preloaded.library) == (onboard.tag, onboard.library)


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    for link in filter(None, (part for found in LINK.findall(prose) for part in found)):
        if not link.startswith(("http://", "https://", "#")):
            assert (page.parent / link.partition("#")[0]).exists(), link


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "assets" / "screenshots").glob("*.png"))
    assert pictures
    for picture in pictures:
        assert picture.stat().st_size <= 200_000, picture.name


def test_the_changelog_has_a_place_for_what_is_new() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    assert "## [Unreleased]" in lines


def test_no_registry_and_no_folder_of_one_machine_is_named() -> None:
    words = [part for word in PRIVATE for part in ("-e", word)]
    command = ["git", "grep", "--untracked", "-IlF", *words, "--", "."]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 1, f"{found.stdout}{found.stderr}"
