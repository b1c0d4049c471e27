"""Which class reads a connection."""

from typing import Any

import pytest
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from api.connections import impatient


async def answer(scope: Any, receive: Any, send: Any) -> None: ...


@pytest.mark.parametrize("loaded", ["auto", "h11"])
async def test_headers_are_read_by_h11_wherever_they_come(loaded: str) -> None:
    """With httptools on the machine, uvicorn would take that, which takes more than it should."""
    config = Config(answer, http=loaded)
    config.load()
    config.http_protocol_class = object  # type: ignore[assignment]
    impatient(config, 7, 9)
    made = config.http_protocol_class(config=config, server_state=ServerState(), app_state={})  # type: ignore[call-arg]
    assert isinstance(made, H11Protocol)
    assert (made.seconds, made.stalled) == (7, 9)  # type: ignore[attr-defined]
