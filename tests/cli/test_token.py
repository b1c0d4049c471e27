"""`python app.py token`, typed."""

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from cli.first import welcome
from cli.main import run
from cli.token import moment, seconds
from pipelines.settings import Settings
from store.database import connect
from store.tokens import FRESH_SECONDS, Token, Tokens
from tests.cli.terminal import SECONDS, Terminal, command
from tests.conftest import STARTERS

USAGE = 2  # argparse's exit status


def tokens(home: Path) -> list[Token]:
    return Tokens(connect(f"sqlite:///{home / 'home' / 'tagline.db'}")).all()


def test_create_list_and_revoke(tmp_path: Path) -> None:
    words = ("--name", "lap top", "--scope", "admin", "--expires", "30d", "--quota", "3600")
    made = command(tmp_path, "token", "create", *words)
    assert made.returncode == 0
    assert re.fullmatch(r"tgl_1_[0-9a-f]{64}\n", made.stdout)  # alone, for a script
    assert "Token lap top (scope admin), good until " in made.stderr
    assert "shown this once" in made.stderr
    (kept,) = tokens(tmp_path)
    assert (kept.name, kept.scope, kept.quota) == ("lap top", "admin", 3600)
    assert kept.expires is not None
    assert timedelta(days=29.9) < kept.expires - datetime.now(UTC) <= timedelta(days=30)

    again = command(tmp_path, "token", "create", "--name", "lap top")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith("There is a token lap top already")

    gone = command(tmp_path, "token", "revoke", "lap top")
    assert gone.returncode == 0
    assert "revoked" in gone.stdout
    listed = command(tmp_path, "token", "list").stdout
    assert made.stdout.strip() not in listed
    head, row = listed.splitlines()
    assert head.split()[:3] == ["NAME", "SCOPE", "STATE"]
    assert re.match(r"lap top +admin +revoked +20\d\d-\d\d-\d\d \d\d:\d\d UTC .* 3600$", row)
    missing = command(tmp_path, "token", "revoke", "lap top")
    assert missing.returncode == 1
    assert missing.stderr.startswith("No token lap top to revoke")


def test_a_token_without_more_words_reads_for_90_days(tmp_path: Path) -> None:
    assert command(tmp_path, "token", "list").stdout.startswith("There is no token yet.")
    assert command(tmp_path, "token", "create", "--name", "a").returncode == 0
    (kept,) = tokens(tmp_path)
    assert (kept.scope, kept.quota) == ("read", None)
    assert kept.expires is not None
    assert round((kept.expires - datetime.now(UTC)).total_seconds() / 86400) == 90


def test_settings_are_the_servers(tmp_path: Path) -> None:
    there = tmp_path / "there"
    made = command(tmp_path, "token", "create", "--home", str(there), "--name", "a")
    assert made.returncode == 0
    assert (there / "tagline.db").exists()
    url = f"sqlite:///{tmp_path / 'mine.db'}"
    assert command(tmp_path, "token", "list", TAGLINE_DATABASE=url).returncode == 0
    assert (tmp_path / "mine.db").exists()
    unknown = command(tmp_path, "token", "list", "--frobnicate")
    assert unknown.returncode == USAGE
    assert "--frobnicate" in unknown.stderr


def test_a_driver_that_is_not_installed(tmp_path: Path) -> None:
    done = command(tmp_path, "token", "list", TAGLINE_DATABASE="mysql+pymysql://a:hush@b/c")
    assert done.returncode == 1
    assert "needs the package pymysql" in done.stderr
    assert "hush" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [["create"], ["create", "--name", "a", "--scope", "all"], ["revoke"], [],
     ["create", "--name", "a", "--expires", "5y"], ["create", "--name", "a", "--quota", "0"]],
    ids=" ".join,
)  # fmt: skip
def test_words_that_are_no_command(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(["token", *words])
    assert caught.value.code == USAGE
    assert "usage: python app.py token" in capsys.readouterr().err


def test_how_long_and_how_much() -> None:
    assert moment("never") is None
    for text, hours in (("12h", 12), ("30d", 720), ("8w", 1344), ("99999w", 16799832)):
        end = moment(text)
        assert end is not None
        assert round((end - datetime.now(UTC)).total_seconds() / 3600) == hours
    for text in ("", "0d", "-1d", "1.5d", "d", "123456d", "1d "):
        with pytest.raises(Exception, match="Write"):
            moment(text)
    assert seconds("1.5") == 1.5
    for text in ("nan", "inf", "-1", "many"):
        with pytest.raises(Exception, match="Write 3600"):
            seconds(text)


def test_help_names_the_commands(tmp_path: Path) -> None:
    shown = " ".join(command(tmp_path, "--help").stdout.split())
    assert "python app.py token --help" in shown
    assert "python app.py doctor" in shown


def test_a_running_server_hears_of_new_and_of_revoked_tokens(terminal: Terminal) -> None:
    secret = command(terminal.home, "token", "create", "--name", "brief").stdout.strip()
    assert status(terminal, secret) == 200
    command(terminal.home, "token", "revoke", "brief")
    time.sleep(FRESH_SECONDS)
    assert status(terminal, secret) == 401


def status(terminal: Terminal, secret: str) -> int:
    mine = {"authorization": f"Bearer {secret}"}
    return httpx.get(f"{terminal.url}/v1/models", headers=mine, timeout=SECONDS).status_code


# The first one ----------------------------------------------------------------------------------


def test_at_a_terminal_the_first_token_is_shown_once(terminal: Terminal) -> None:
    (secret,) = terminal.tokens
    assert "This server asks for a token, and there is none yet." in terminal.seen
    mine = {"authorization": f"Bearer {secret}"}
    told = httpx.get(f"{terminal.url}/api/whoami-v2", headers=mine, timeout=SECONDS).json()
    assert (told["name"], told["auth"]["accessToken"]["role"]) == ("first", "admin")


def test_what_goes_into_a_log_has_no_secret(tmp_path: Path) -> None:
    settings = Settings(level="protected", home=tmp_path, starters_dir=STARTERS)
    said = welcome(settings, terminal=False)
    assert "python app.py token create --name NAME --scope admin" in said
    assert "tgl_" not in said
    assert Tokens(connect(settings.database_url)).all() == []
    assert "tgl_1_" in welcome(settings, terminal=True)
    assert welcome(settings, terminal=True) == ""
