"""Gradio's own question at the start, which is asked without a token."""

import pytest

from api.guard import PROBE, is_open


@pytest.mark.parametrize(
    ("caller", "called", "let_in"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "::1", True),
        ("192.168.1.5", "192.168.1.5", True),  # a server on one named interface asks itself
        ("192.168.1.6", "192.168.1.5", False),
        ("192.168.1.6", "127.0.0.1", False),  # passed on by a proxy here
    ],
)
def test_only_this_machine_asks_it(caller: str, called: str, let_in: bool) -> None:
    scope = {
        "type": "http", "method": "GET", "path": PROBE, "raw_path": PROBE.encode(),
        "client": (caller, 50_000), "server": (called, 7860),
    }  # fmt: skip
    assert is_open(scope) is let_in
