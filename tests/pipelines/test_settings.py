"""Settings from the command line, from our own variables and from borrowed ones."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipelines import settings
from pipelines.settings import Limits, Settings, read
from pipelines.surroundings import BORROWED


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


@pytest.mark.parametrize(
    ("flags", "rate"),
    [
        ((), ""),
        (("--level", "public"), "120/minute"),
        (("--level", "public", "--rate-limit", "off"), ""),
        (("--level", "public", "--rate-limit", "1000/2 hours"), "1000/2 hours"),
        (("--rate-limit", "3/day"), "3/day"),
    ],
)
def test_the_rate_of_calls(flags: tuple[str, ...], rate: str) -> None:
    assert read(flags).rate == rate


@pytest.mark.parametrize(
    "rate", ["0/minute", "120", "many/minute", "120/fortnight", "1/minute;2/s"]
)
def test_a_rate_that_is_none(rate: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(["--rate-limit", rate])
    assert "120/minute" in problems(caught.value)


def test_no_proxy_is_trusted_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.library_environment(read([]))["FORWARDED_ALLOW_IPS"] == ""
    found = read(["--trusted-proxies", "10.0.0.7, 10.1.0.0/16"])
    assert settings.library_environment(found)["FORWARDED_ALLOW_IPS"] == "10.0.0.7,10.1.0.0/16"
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "10.0.0.8")
    assert read([]).proxies == ("10.0.0.8",)


@pytest.mark.parametrize("proxy", ["*", "proxy.local", "10.0.0.0/99", "10.0.0.7:80"])
def test_a_proxy_is_an_address_or_a_network(proxy: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(["--trusted-proxies", proxy])
    assert proxy in problems(caught.value)


def test_a_space_is_reached_through_its_proxy_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEM", "spaces")
    found = read([])
    assert found.rate == "120/minute"
    assert "10.0.0.0/8" in found.proxies


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


def test_the_databases_password_is_never_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGLINE_DATABASE", "postgresql://me:hush@host/name")
    found = read([])
    assert found.database_url == "postgresql://me:hush@host/name"
    assert "hush" not in f"{found!r} {found} {found.model_dump()} {found.model_dump_json()}"


def test_help_describes_every_other_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read(["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for name, field in Settings.model_fields.items():
        if name not in ("hf_token", "ray_token", "database", "redis_url"):
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
