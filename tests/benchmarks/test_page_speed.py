"""The words of the benchmark; nothing is timed here."""

import pytest

from benchmarks.page_speed import Found, arguments, report


def test_arguments() -> None:
    assert arguments(["--rounds", "3"]).rounds == 3
    with pytest.raises(SystemExit):
        arguments(["--rounds", "0"])


def test_medians_stand_beside_what_is_promised() -> None:
    found = Found([2.0, 3.0, 9.0], [0.5, 0.7, 4.0], [0.1, 0.2], 27_833, ["http://example.org"])
    told = report(found)
    assert "3.00 s" in told[0]
    assert "0.70 s   (at most 1.0 s)" in told[1]
    assert "150 ms  (at most 150 ms)" in told[2]
    assert "27,833 bytes" in told[3]
    assert told[4].startswith("requests to other hosts             1")
