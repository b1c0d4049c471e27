"""What an exported Space holds, read without starting it."""

import ast
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import yaml  # type: ignore[import-untyped]
from packaging.requirements import Requirement

from deploy import bundle, requirements, targets
from deploy.flavours import GB, SIZES, room, smallest
from deploy.plan import Plan, plan
from deploy.space import header
from pipelines.errors import InvalidInput, RefusedModel, UnknownModel, UnsupportedTask
from pipelines.models.resolve import Models
from pipelines.settings import Settings
from tests.conftest import CHATTER, EMBEDDER, IRIS, LISTENER, ROOT, STARTERS
from tests.deploy.away import board

COMMIT = "0123456789abcdef0123456789abcdef01234567"
VOICE = "tagline/hibari-tts"
FACES = "tagline/mtcnn"
Export = Callable[..., Path]


def cached(root: Path, id: str) -> Models:
    """Models whose Hugging Face cache has a model on board as if it had come from the Hub."""
    repo = root / "cache" / f"models--{id.replace('/', '--')}"
    (repo / "refs").mkdir(parents=True)
    (repo / "refs" / "main").write_text(COMMIT)
    (repo / "snapshots").mkdir()
    (repo / "snapshots" / COMMIT).symlink_to(STARTERS / id, target_is_directory=True)
    settings = Settings(home=root / "home", starters_dir=root / "none", offline=True)
    return Models(settings, cache=root / "cache")


def in_folders(root: Path, id: str, name: str) -> Models:
    """Models of a folder that holds one of those on board under another name."""
    (root / "folders" / "org").mkdir(parents=True)
    (root / "folders" / "org" / name).symlink_to(STARTERS / id, target_is_directory=True)
    settings = Settings(
        home=root / "home", starters_dir=root / "none", models_dir=(root / "folders",), offline=True
    )
    return Models(settings, cache=root / "cache")


@pytest.fixture
def export(tmp_path: Path) -> Export:
    """Writes a Space of a plan and gives its folder."""

    def write(found: Plan, **options: Any) -> Path:
        targets.write("space", found, tmp_path / "space", **options)
        return tmp_path / "space"

    return write


def head(folder: Path) -> dict[str, Any]:
    _, front, _ = (folder / "README.md").read_text().split("---\n", 2)
    found: dict[str, Any] = yaml.safe_load(front)
    return found


def settings_of(folder: Path) -> dict[str, str]:
    """The SETTINGS of an exported app.py, each as it is written."""
    tree = ast.parse((folder / "app.py").read_text())
    (value,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SETTINGS"
    )
    assert isinstance(value, ast.Dict)
    return {
        ast.literal_eval(key): ast.unparse(each)
        for key, each in zip(value.keys, value.values, strict=True)
        if key
    }


# A bundled model --------------------------------------------------------------------------------


def test_a_model_on_board_is_bundled(export: Export) -> None:
    folder = export(plan(board(), IRIS))
    assert settings_of(folder) == {
        "TAGLINE_DEMO": "'true'",
        "TAGLINE_MODEL": "'tagline/iris'",
        "TAGLINE_TASK": "'tabular-classification'",
        "TAGLINE_PINNED": "'tagline/iris'",
        "TAGLINE_STARTERS_DIR": "str(HERE / 'models')",
        "TAGLINE_OFFLINE": "'true'",
    }
    about = head(folder)
    assert (about["sdk"], about["sdk_version"]) == ("gradio", version("gradio"))
    assert (about["app_file"], about["suggested_hardware"]) == ("app.py", "cpu-basic")
    assert "models" not in about  # the Hub has no such model
    assert "preload_from_hub" not in about
    assert (folder / "LICENSE").read_text().lstrip().startswith("Apache License")


def test_the_hashes_are_those_of_the_files(export: Export) -> None:
    folder = export(plan(board(), VOICE))
    done = subprocess.run(
        ["sha256sum", "--check", "--quiet", bundle.SUMS], cwd=folder / "models", timeout=60
    )
    assert done.returncode == 0
    told = bundle.digest(folder / "models" / bundle.SUMS)
    assert f"sha256:{told}" in (folder / "README.md").read_text()
    listed = (folder / "models" / bundle.SUMS).read_text().split()[1::2]
    there = [p for p in (folder / "models").rglob("*") if p.is_file() and p.name != bundle.SUMS]
    assert sorted(listed) == sorted(str(p.relative_to(folder / "models")) for p in there)


def test_each_weight_goes_along_once(export: Export) -> None:
    """SmolLM2 lies there as GGUF and as safetensors; one of them is loaded."""
    folder = export(plan(board(), CHATTER))
    names = {path.name for path in (folder / "models" / CHATTER).iterdir()}
    assert "model.safetensors" in names
    assert not any(name.endswith(".gguf") for name in names)
    assert head(folder)["models"] == [CHATTER]


def test_what_is_ours_alone_stays_here(export: Export) -> None:
    folder = export(plan(board(), IRIS))
    for name in ("tests", "starters", "benchmarks", "docs", "assets/weights", "assets/screenshots"):
        assert not (folder / name).exists()
    assert not list(folder.rglob("__pycache__"))
    assert not list(folder.rglob(".*"))
    for path in folder.rglob("*.py"):
        ast.parse(path.read_bytes())


def test_no_file_of_the_code_is_large(export: Export) -> None:
    """The Hub wants what is above 10 MB kept another way."""
    folder = export(plan(board(), IRIS))
    code = [p for p in folder.rglob("*") if p.is_file() and "models" not in p.parts[-4:]]
    assert max(path.stat().st_size for path in code) < 1_000_000
    assert sum(path.stat().st_size for path in code) < 5_000_000


# A model at a commit ----------------------------------------------------------------------------


def test_a_model_of_the_hub_is_pinned(export: Export, tmp_path: Path) -> None:
    found = plan(cached(tmp_path, LISTENER), LISTENER)
    assert (found.commit, found.name) == (COMMIT, f"{LISTENER}@{COMMIT}")
    folder = export(found)
    assert not (folder / "models").exists()
    told = settings_of(folder)
    assert told["TAGLINE_MODEL"] == told["TAGLINE_PINNED"] == f"'{LISTENER}@{COMMIT}'"
    assert told["TAGLINE_MODELS"] == f"'{LISTENER}'"
    assert "TAGLINE_OFFLINE" not in told
    about = head(folder)
    assert about["models"] == [LISTENER]
    (line,) = about["preload_from_hub"]
    repo, files, commit = line.split(" ")
    assert (repo, commit) == (LISTENER, COMMIT)
    assert "model.safetensors" in files.split(",")


def test_what_is_somebodys_alone_is_not_fetched_at_the_build(
    export: Export, tmp_path: Path
) -> None:
    found = plan(cached(tmp_path, LISTENER), LISTENER)
    folder = export(replace(found, model=replace(found.model, owner="abc")))
    assert "preload_from_hub" not in head(folder)
    assert "`HF_TOKEN`" in (folder / "README.md").read_text()


def test_what_is_too_large_is_not_fetched_at_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = plan(cached(tmp_path, LISTENER), LISTENER)
    assert header.preloaded(found)
    monkeypatch.setattr(header, "MOST", 1_000_000)
    assert header.preloaded(found) == []


# Code of its own --------------------------------------------------------------------------------


def test_trusted_code_goes_along_even_from_the_hub(export: Export, tmp_path: Path) -> None:
    models = cached(tmp_path, FACES)
    models.catalog.describer.settings = models.catalog.describer.settings.model_copy(
        update={"trusted_code": (FACES,)}
    )
    found = plan(models, FACES)
    assert (found.model.trusted_code, found.commit) == (True, None)
    folder = export(found)
    assert settings_of(folder)["TAGLINE_STARTERS_DIR"] == "str(HERE / 'models')"
    assert (folder / "models" / FACES / "handler.py").is_file()
    assert "runs code of its own" in (folder / "README.md").read_text()


def test_code_that_is_not_trusted_never_runs(export: Export, tmp_path: Path) -> None:
    with pytest.raises(RefusedModel, match="TAGLINE_TRUSTED_CODE"):
        plan(in_folders(tmp_path, VOICE, "voice"), "org/voice")
    found = plan(in_folders(tmp_path / "two", IRIS, "flowers"), "org/flowers")
    assert not found.model.trusted_code
    told = settings_of(export(found))
    assert told["TAGLINE_MODELS_DIR"] == "str(HERE / 'models')"
    assert "TAGLINE_STARTERS_DIR" not in told


def test_pickles_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folders" / "org" / "old"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"architectures": ["BertForSequenceClassification"]}')
    (folder / "pytorch_model.bin").write_bytes(b"x")
    models = Models(Settings(home=tmp_path / "h", models_dir=(tmp_path / "folders",), offline=True))
    with pytest.raises(RefusedModel, match="only as a pickle"):
        targets.write("space", plan(models, "org/old"), tmp_path / "space")


# Plans ------------------------------------------------------------------------------------------


def test_a_task_can_be_chosen(export: Export) -> None:
    folder = export(plan(board(), EMBEDDER, "zero-shot-classification"))
    assert settings_of(folder)["TAGLINE_TASK"] == "'zero-shot-classification'"
    assert head(folder)["short_description"].startswith("Sort a text into labels")


def test_plans_that_cannot_be() -> None:
    with pytest.raises(UnknownModel):
        plan(board(), "nobody/nothing")
    with pytest.raises(UnsupportedTask):
        plan(board(), IRIS, "text-to-image")
    with pytest.raises(InvalidInput, match="no hardware of a Space"):
        plan(board(), IRIS, flavour="mainframe")
    assert plan(board(), IRIS, flavour="t4-small").flavour == "t4-small"


def test_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InvalidInput, match="--force"):
        targets.write("space", plan(board(), IRIS), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    targets.write("space", plan(board(), IRIS), tmp_path, force=True)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert (tmp_path / "app.py").is_file()
    with pytest.raises(InvalidInput, match="is a file. Name a folder"):
        targets.write("space", plan(board(), IRIS), tmp_path / "mine.txt", force=True)


@pytest.mark.parametrize(
    ("parameters", "flavour"),
    [(1e6, "cpu-basic"), (3e9, "cpu-basic"), (6e9, "cpu-upgrade"), (7.5e9, "t4-small"),
     (10e9, "l4x1"), (20e9, "l40sx1"), (35e9, "a100-large"), (44e9, "l4x4"), (80e9, "l40sx4"),
     (150e9, "a100x4"), (300e9, "a100x8"), (1e13, "a100x8")],
)  # fmt: skip
def test_the_smallest_hardware_that_fits(parameters: float, flavour: str) -> None:
    assert smallest({"float32": int(4 * parameters), "float16": int(2 * parameters)}) == flavour


def test_hardware_is_the_hubs_own() -> None:
    assert set(SIZES) <= {each.value for each in huggingface_hub.SpaceHardware}
    assert all(0 < room(name) < SIZES[name] * GB for name in SIZES)


# Packages ---------------------------------------------------------------------------------------


def names(found: Plan, **options: Any) -> set[str]:
    lines = requirements.lines(found.model, **options)
    return {requirements.plain(Requirement(line).name) for line in lines}


def test_only_what_is_needed_is_asked_for() -> None:
    table = names(plan(board(), IRIS))
    assert {"gradio", "scikit-learn", "skops"} <= table
    assert not {"torch", "transformers", "diffusers", "sentence-transformers"} & table
    chat = names(plan(board(), CHATTER))
    assert {"torch", "transformers", "llguidance", "greenlet"} <= chat
    assert not {"diffusers", "scikit-learn", "pyarrow"} & chat
    voice = names(plan(board(), VOICE))
    assert {"onnxruntime", "scipy"} <= voice
    assert not {"torch", "transformers"} & voice


def test_lines_are_those_of_our_own_file() -> None:
    ours = set(requirements.read(requirements.FILE).values())
    assert set(requirements.lines(board().find(CHATTER))) <= ours
    assert requirements.ONLY_FOR.keys() <= requirements.read(requirements.FILE).keys()


def test_the_server_starts_without_what_an_export_may_leave_out() -> None:
    """Each is imported where it is used, since a Space of another library has it not."""
    left = [
        known
        for known, packages in packages_distributions().items()
        if any(requirements.plain(each) in requirements.ONLY_FOR for each in packages)
    ]
    assert {"greenlet", "torch", "llguidance"} <= set(left)
    code = f"import sys; sys.modules.update(dict.fromkeys({left})); import pipelines.registry"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


# ZeroGPU ----------------------------------------------------------------------------------------


def test_zerogpu(export: Export) -> None:
    folder = export(plan(board(), LISTENER), zero=True)
    about = head(folder)
    assert (about["suggested_hardware"], about["python_version"]) == ("zero-a10g", "3.12.12")
    lines = (folder / "requirements.txt").read_text().splitlines()
    (torch,) = (line for line in lines if line.startswith("torch"))
    allowed = Requirement(torch).specifier
    assert allowed.contains("2.11.0")
    assert not allowed.contains("2.12.0")
    assert "spaces" in lines
    assert "not run on ZeroGPU" in (folder / "README.md").read_text()
