"""What each security level allows: the table of docs/security.md, cell by cell."""

import os

import pytest
from pydantic import ValidationError

from pipelines.levels import is_everywhere, is_loopback
from pipelines.settings import Settings, read
from pipelines.surroundings import BORROWED

LEVELS = {
    "nothing said": [],
    "public": ["--level", "public"],
    "protected": ["--level", "protected"],
    "private": ["--level", "private"],
}
TRUSTED = {"TAGLINE_TRUSTED_CODE": "org/one", "TAGLINE_TRUSTED_PICKLE": "org/two"}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting from outside."""
    for name in [n for n in os.environ if n.startswith("TAGLINE_")] + list(BORROWED.values()):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("SYSTEM", raising=False)


def at(level: str, *flags: str) -> Settings:
    return read([*LEVELS[level], *flags])


def refusal(level: str, *flags: str) -> str:
    with pytest.raises(ValidationError) as caught:
        at(level, *flags)
    (problem,) = caught.value.errors()
    return problem["msg"]


def row(*cells: object) -> pytest.MarkDecorator:
    """A row of the table."""
    return pytest.mark.parametrize(("level", "cell"), list(zip(LEVELS, cells, strict=True)))


@row("127.0.0.1", "0.0.0.0", "0.0.0.0", "127.0.0.1")
def test_it_listens_on(level: str, cell: str) -> None:
    assert at(level).host == cell


@row(None, "127.0.0.1", "127.0.0.1", "192.168.1.5")
def test_it_listens_where_it_is_told(level: str, cell: str | None) -> None:
    host = cell or "localhost"
    assert at(level, "--host", host).host == host


@row(False, False, True, True)
def test_it_wants_a_token_and_a_sign_in(level: str, cell: bool) -> None:
    assert at(level).sign_in is cell


@row(False, True, True, False)
def test_it_limits_rates(level: str, cell: bool) -> None:
    assert at(level).rules.rate_limits is cell


@row(True, False, False, True)
def test_visitors_bring_models_that_are_not_listed(level: str, cell: bool) -> None:
    assert at(level).downloads_open is cell
    assert at(level, "--allow-downloads").downloads_open


@row(True, False, False, True)
@pytest.mark.parametrize("variable", TRUSTED)
def test_code_and_pickles_of_models_that_are_named_run(
    monkeypatch: pytest.MonkeyPatch, level: str, cell: bool, variable: str
) -> None:
    monkeypatch.setenv(variable, TRUSTED[variable])
    if cell:
        assert {*at(level).trusted_code, *at(level).trusted_pickle} == {TRUSTED[variable]}
    else:
        assert variable in refusal(level)


@row(False, False, False, False)
def test_code_and_pickles_of_others_never_run(level: str, cell: bool) -> None:
    assert bool(at(level).trusted_code or at(level).trusted_pickle) is cell


@row("local", "nobody", "admin", "everybody")
def test_load_unload_and_pin(level: str, cell: str) -> None:
    assert at(level).rules.hands == cell


@row(False, True, True, False)
def test_a_public_link(level: str, cell: bool) -> None:
    if cell:
        assert at(level, "--share").share
    else:
        assert "--level protected" in refusal(level, "--share")


# Addresses --------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_beyond_loopback_a_level_must_be_named(host: str) -> None:
    said = refusal("nothing said", "--host", host)
    assert host in said
    assert "--level public" in said
    for level in ("public", "protected"):
        assert at(level, "--host", host).host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "0", "0x0", "::0", "::ffff:0.0.0.0"])
def test_private_is_never_every_interface(host: str) -> None:
    assert "wants one" in refusal("private", "--host", host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "10.0.0.1", "box.local"])
def test_private_is_loopback_or_one_named_interface(host: str) -> None:
    assert at("private", "--host", host).host == host


@pytest.mark.parametrize(
    ("host", "alone", "every"),
    [("127.0.0.1", True, False), ("127.9.9.9", True, False), ("::1", True, False),
     ("localhost", True, False), ("0.0.0.0", False, True), ("", False, True),
     ("10.0.0.1", False, False), ("localhost.example.org", False, False)],
)  # fmt: skip
def test_how_far_an_address_reaches(host: str, alone: bool, every: bool) -> None:
    assert (is_loopback(host), is_everywhere(host)) == (alone, every)


# A Space ----------------------------------------------------------------------------------------


def test_a_space_is_public_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEM", "spaces")
    assert (read([]).level, read([]).host) == ("public", "0.0.0.0")
    assert read(["--host", "127.0.0.1"]).level == "public"
    assert read(["--level", "protected"]).sign_in


def test_a_space_is_private_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is reached by a proxy, so it listens everywhere; the visitors would be strangers."""
    monkeypatch.setenv("SYSTEM", "spaces")
    monkeypatch.setenv("GRADIO_SERVER_NAME", "0.0.0.0")
    assert "--level protected" in refusal("private")
