"""Settings from the command line, from our own variables and from borrowed ones."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipelines import settings
from pipelines.settings import BORROWED, Limits, Settings, is_loopback, read


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting from outside."""
    for name in [n for n in os.environ if n.startswith("TAGLINE_")] + list(BORROWED.values()):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("SYSTEM", raising=False)


def problems(error: ValidationError) -> str:
    return "\n".join(each["msg"] for each in error.errors())


def test_nothing_said_is_this_machine_alone() -> None:
    found = read([])
    assert (found.host, found.port, found.level, found.share) == ("127.0.0.1", 7860, None, False)
    assert found.downloads_open
    assert found.limits == Limits()
    assert found.starters == found.home / "starters"


def test_flags_have_dashes_and_need_no_value_where_they_are_yes_or_no(tmp_path: Path) -> None:
    found = read(["--max-waiting", "2", "--offline", "--home", str(tmp_path), "--no-share"])
    assert (found.max_waiting, found.offline, found.share) == (2, True, False)
    assert found.starters == tmp_path / "starters"


def test_an_unknown_flag_ends_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read(["--no-such-flag", "1"])
    assert "--no-such-flag" in capsys.readouterr().err


def test_our_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGLINE_PORT", "8001")
    monkeypatch.setenv("TAGLINE_MAX_WAITING", "")  # as a compose file leaves what is not set
    assert read([]).port == 8001
    assert read([]).max_waiting == 64


@pytest.mark.parametrize(
    ("name", "variable", "value", "expected"),
    [
        ("host", "GRADIO_SERVER_NAME", "127.0.0.2", "127.0.0.2"),
        ("port", "GRADIO_SERVER_PORT", "8002", 8002),
        ("offline", "HF_HUB_OFFLINE", "1", True),
        ("hub", "HF_ENDPOINT", "http://hub.local", "http://hub.local"),
    ],
)
def test_variables_of_gradio_and_the_hub_are_taken(
    monkeypatch: pytest.MonkeyPatch, name: str, variable: str, value: str, expected: object
) -> None:
    monkeypatch.setenv(variable, value)
    assert getattr(read([]), name) == expected


def test_flag_before_own_variable_before_borrowed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_SERVER_PORT", "8002")
    monkeypatch.setenv("TAGLINE_PORT", "8001")
    assert read([]).port == 8001
    assert read(["--port", "8000"]).port == 8000


def test_lists_of_folders_and_of_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGLINE_MODELS_DIR", os.pathsep.join(["/a", "", "/b c"]))
    monkeypatch.setenv("TAGLINE_MODELS", "org/one, org/two  org/three@main")
    monkeypatch.setenv("TAGLINE_TRUSTED_CODE", "org/one")
    found = read([])
    assert found.models_dir == (Path("/a"), Path("/b c"))
    assert found.models == ("org/one", "org/two", "org/three@main")
    assert (found.trusted_code, found.trusted_pickle) == (("org/one",), ())


@pytest.mark.parametrize(
    "flags",
    [["--port", "0"], ["--port", "65536"], ["--level", "open"], ["--max-waiting", "0"],
     ["--cache-gb", "-1"], ["--device", "tpu"], ["--max-text", "many"],
     ["--max-pixels", "200000000"], ["--memory-gb", "0"], ["--idle-seconds", "0"],
     ["--load-seconds", "0"], ["--room-seconds", "0"], ["--call-seconds", "-1"],
     ["--drain-seconds", "-1"]],
    ids=" ".join,
)  # fmt: skip
def test_values_out_of_bounds_are_named(flags: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        read(flags)
    (problem,) = caught.value.errors()
    assert settings.sentence(problem).startswith(f"{flags[0]}: ")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_beyond_loopback_a_level_must_be_named(host: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(["--host", host])
    assert host in problems(caught.value)
    assert "--level public" in problems(caught.value)
    assert read(["--host", host, "--level", "public"]).level == "public"


@pytest.mark.parametrize("level", ["protected", "private"])
def test_a_level_that_promises_sign_in_stays_on_loopback(level: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(["--host", "0.0.0.0", "--level", level])
    assert "sign-in" in problems(caught.value)
    assert read(["--level", level]).level == level


def test_a_public_link_needs_a_level_too() -> None:
    with pytest.raises(ValidationError) as caught:
        read(["--share"])
    assert "--level public" in problems(caught.value)
    assert read(["--share", "--level", "public"]).share


def test_a_space_is_public_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEM", "spaces")
    assert read(["--host", "0.0.0.0"]).in_space


@pytest.mark.parametrize(
    ("host", "alone"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True),
     ("0.0.0.0", False), ("10.0.0.1", False), ("localhost.example.org", False)],
)  # fmt: skip
def test_what_is_loopback(host: str, alone: bool) -> None:
    assert is_loopback(host) is alone


@pytest.mark.parametrize(
    ("flags", "open_"),
    [([], True), (["--level", "private"], True), (["--level", "public"], False),
     (["--host", "0.0.0.0", "--level", "public"], False),
     (["--host", "0.0.0.0", "--level", "public", "--allow-downloads"], True)],
)  # fmt: skip
def test_who_may_bring_models(flags: list[str], open_: bool) -> None:
    assert read(flags).downloads_open is open_


def test_how_models_live_here() -> None:
    found = read([])
    assert not found.pinned
    assert (found.idle_seconds, found.load_seconds) == (900.0, 600.0)
    assert (found.room_seconds, found.call_seconds) == (60.0, 600.0)
    assert (found.drain_seconds, found.max_waiting) == (8.0, 64)
    assert read(["--drain-seconds", "0"]).drain_seconds == 0
    assert [read(flags).memory_gb for flags in ([], ["--memory-gb", "1.5"])] == [None, 1.5]


def test_pinned_models_are_a_list_of_names(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(["--pinned", "org/one,org/two"]).pinned == ("org/one", "org/two")
    monkeypatch.setenv("TAGLINE_PINNED", "org/one, org/two  org/three@main")
    assert read([]).pinned == ("org/one", "org/two", "org/three@main")


@pytest.mark.parametrize(
    ("flags", "hands_on"),
    [([], True), (["--level", "private"], True), (["--host", "localhost"], True),
     (["--level", "public"], False), (["--level", "protected"], False),
     (["--host", "0.0.0.0", "--level", "public"], False),
     (["--share", "--level", "public"], False)],
)  # fmt: skip
def test_who_may_load_and_unload(flags: list[str], hands_on: bool) -> None:
    assert read(flags).hands_on is hands_on


def test_in_a_space_nobody_may_load_and_unload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEM", "spaces")
    assert not read([]).hands_on
    assert not read(["--host", "0.0.0.0"]).hands_on


def test_the_token_is_never_written_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    found = read([])
    assert found.hf_token is not None
    assert found.hf_token.get_secret_value() == "hf_secret"
    assert "hf_secret" not in f"{found!r} {found} {found.model_dump()} {found.model_dump_json()}"
    with pytest.raises(SystemExit):
        read(["--help"])
    written = capsys.readouterr()
    assert "hf_secret" not in written.out + written.err
    assert "--hf-token" not in written.out


def test_help_describes_every_other_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read(["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for name, field in Settings.model_fields.items():
        if name != "hf_token":
            assert f"--{name.replace('_', '-')}" in shown
            assert field.description


def test_limits_come_from_the_settings() -> None:
    found = read(["--max-text", "1", "--max-items", "2", "--max-pixels", "3", "--max-seconds", "4",
                  "--max-cells", "5"])  # fmt: skip
    assert found.limits == Limits(text=1, items=2, pixels=3, seconds=4, cells=5)
    assert not found.limits.bounded  # only a process of one model may be


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        read([]).port = 1  # type: ignore[misc]
