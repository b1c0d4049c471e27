"""Warnings in headers: few, short and printable, whatever a model is called."""

from fastapi import Response

from api import headers


def warnings(*notices: str) -> list[str]:
    return headers.warn(Response(), notices).headers.getlist("x-hf-warning")


def test_each_has_a_topic() -> None:
    assert warnings("inputs is too long.") == ["inputs; inputs is too long."]
    assert warnings() == []


def test_nothing_in_them_ends_a_header() -> None:
    (sent,) = warnings("inputs\r\nset-cookie: a=b\x00\t東京 " + "x" * 1_000)
    assert sent.isprintable()
    assert sent.isascii()
    assert len(sent) < 600


def test_many_are_counted_not_sent() -> None:
    sent = warnings(*(f"word{n} is unknown." for n in range(150)))
    assert len(sent) == 11
    assert sent[-1] == "And; And 140 warnings more."
