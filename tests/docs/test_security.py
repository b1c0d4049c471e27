"""What the README promises about the address that the server listens on."""

import pytest
from pydantic import ValidationError

from pipelines.settings import read

OPEN = ["--host", "0.0.0.0"]


def test_it_listens_on_loopback_alone() -> None:
    assert read([]).host == "127.0.0.1"


def test_another_address_wants_a_level_by_name() -> None:
    assert read([*OPEN, "--level", "public"]).host == "0.0.0.0"
    with pytest.raises(ValidationError, match="--level public"):
        read(OPEN)


@pytest.mark.parametrize("level", ["protected", "private"])
def test_levels_that_need_tokens_stay_on_loopback(level: str) -> None:
    assert read(["--level", level]).level == level
    with pytest.raises(ValidationError, match=level):
        read([*OPEN, "--level", level])
