"""One protected and one public server for all tests of the guard. Tests that send wrong tokens have
an address of their own, so that they lock out no other."""

from collections.abc import Iterator

import pytest

from tests.api.guard.servers import FRIEND, PROXIED, UNLIMITED, Guarded, guarded
from tests.conftest import Server


@pytest.fixture(scope="session")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    home = tmp_path_factory.mktemp("protected")
    with guarded(home, "--level", "protected", TAGLINE_ALLOW_ORIGINS=FRIEND) as found:
        yield found


@pytest.fixture(scope="session")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """For the pages of any site."""
    home = tmp_path_factory.mktemp("public")
    flags = ("--level", "public", "--host", "127.0.0.1")
    found = Server(home, *flags, **UNLIMITED, **PROXIED, TAGLINE_ALLOW_ORIGINS="*")
    yield found.wait()
    found.stop()
