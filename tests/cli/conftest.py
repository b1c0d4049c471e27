"""One protected server, started at a terminal, for all tests of the commands."""

from collections.abc import Iterator

import pytest

from tests.cli.terminal import Terminal


@pytest.fixture(scope="session")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    started = Terminal(
        tmp_path_factory.mktemp("terminal"), "--level", "protected", "--host", "127.0.0.1"
    )
    yield started
    started.stop()
