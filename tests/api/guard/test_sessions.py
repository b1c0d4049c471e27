"""The cookie of a browser that has signed in, and the form that gives it."""

import time
from collections.abc import Callable
from http.cookies import SimpleCookie
from itertools import count
from types import SimpleNamespace
from urllib.parse import urlencode

import httpx
import pytest
from itsdangerous import URLSafeTimedSerializer

from api.sessions import NAME, PURPOSE, Sessions
from api.sign_in import safe
from api.texts import chosen
from store.keys import signing_key
from tests.api.guard.servers import Guarded, at, bearer
from tests.api.wire import error_of

PAGE = {"accept": "text/html,application/xhtml+xml"}
KNOWN = ("en", "zh")
numbers = count(1)


@pytest.fixture
def here() -> dict[str, str]:
    """The header of an address that no other test has."""
    return at(f"198.51.100.{next(numbers)}")


def sign_in(
    guarded: Guarded, secret: str, headers: dict[str, str], onward: str = "/"
) -> httpx.Response:
    form = {"token": secret, "next": onward}
    return guarded.ask("/sign-in", "POST", data=form, headers=headers)


def session(guarded: Guarded, secret: str, headers: dict[str, str]) -> dict[str, str]:
    """The header with the cookie of a browser that has just signed in."""
    answer = sign_in(guarded, secret, headers)
    assert answer.status_code == 303
    return {"cookie": f"{NAME}={answer.cookies[NAME]}"}


def status(guarded: Guarded, cookie: str) -> int:
    return guarded.ask("/v1/models", headers={"cookie": f"{NAME}={cookie}"}).status_code


def attributes(answer: httpx.Response) -> dict[str, str]:
    found = SimpleCookie(answer.headers["set-cookie"])[NAME]
    return {name: str(value) for name, value in found.items() if value}


# The way in and out ----------------------------------------------------------------------------


def test_a_page_leads_to_the_form_and_back(protected: Guarded) -> None:
    wanted = "/machine?text=Gr%C3%BC%C3%9Fe%20%26&x=1"
    answer = protected.ask(wanted, headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?{urlencode({'next': wanted})}"
    form = protected.ask(answer.headers["location"], headers=PAGE)
    assert form.status_code == 200
    assert f'value="{wanted.replace("&", "&amp;")}"' in form.text
    done = sign_in(protected, protected.secret, {}, wanted)
    assert (done.status_code, done.headers["location"]) == (303, wanted)


def test_what_is_no_page_is_not_sent_to_the_form(protected: Guarded) -> None:
    for path, method, headers in (
        ("/", "GET", {"accept": "*/*"}), ("/", "HEAD", PAGE), ("/", "POST", PAGE),
        ("/", "GET", PAGE | bearer("tgl_1_unknown") | at("198.51.100.250")),
    ):  # fmt: skip
        assert protected.ask(path, method, headers=headers).status_code == 401


def test_the_cookie(protected: Guarded) -> None:
    plain = sign_in(protected, f"  {protected.secret}\n", {})
    assert attributes(plain) == {
        "httponly": "True", "samesite": "lax", "path": "/", "max-age": str(168 * 3600),
    }  # fmt: skip
    for https in ({"x-forwarded-proto": "https"}, {"x-forwarded-proto": "https, http"}):
        assert attributes(sign_in(protected, protected.secret, https))["secure"] == "True"
    assert protected.secret not in plain.headers["set-cookie"]
    assert plain.headers["cache-control"] == "no-store"
    assert status(protected, plain.cookies[NAME]) == 200


def test_who_has_signed_in_needs_no_form(protected: Guarded) -> None:
    mine = session(protected, protected.secret, {})
    answer = protected.ask("/sign-in?next=/machine", headers=mine | PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/machine")


def test_out(protected: Guarded) -> None:
    mine = session(protected, protected.secret, {})
    answer = protected.ask("/sign-out", "POST", headers=mine)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert attributes(answer)["max-age"] == "0"
    for method in ("GET", "HEAD", "DELETE"):  # a link or a picture signs nobody out
        assert protected.ask("/sign-out", method, headers=mine).status_code == 405


def test_a_wrong_token(protected: Guarded, here: dict[str, str]) -> None:
    answer = sign_in(protected, "tgl_1_wrong", here, "/machine")
    assert answer.status_code == 401
    assert "This token is not known here" in answer.text
    assert 'value="/machine"' in answer.text
    assert "set-cookie" not in answer.headers
    assert "tgl_1_wrong" not in answer.text


@pytest.mark.parametrize("form", [b"", b"token=", b"\xff\xfe", b"token=%00", b"&" * 9_000])
def test_an_odd_form(protected: Guarded, here: dict[str, str], form: bytes) -> None:
    assert protected.ask("/sign-in", "POST", content=form, headers=here).status_code in (400, 401)


def test_a_large_form(protected: Guarded, here: dict[str, str]) -> None:
    error_of(protected.ask("/sign-in", "POST", content=b"x" * 20_000, headers=here), 413, "larger")


def test_a_session_that_has_ended_is_told(protected: Guarded) -> None:
    page = protected.ask("/sign-in", headers={"cookie": f"{NAME}=old"} | PAGE)
    assert "You are no longer signed in" in page.text
    assert "no longer" not in protected.ask("/sign-in", headers=PAGE).text


# What is no session ----------------------------------------------------------------------------


def test_forged_cookies(protected: Guarded) -> None:
    good = session(protected, protected.secret, {})["cookie"].partition("=")[2]
    assert status(protected, good) == 200
    number, moment, signature = good.split(".")
    of_another_key = Sessions(b"another key", 1e6).signer.dumps(1)
    for bad in (
        "", "x", "1", number, f"{number}.{moment}", f"{number}.{moment}.", f"{good}x", good[:-1],
        f"Mg.{moment}.{signature}", f"{number}.AAAAAA.{signature}", of_another_key,
    ):  # fmt: skip
        assert status(protected, str(bad)) == 401, bad


def test_what_the_key_signed_for_something_else(protected: Guarded) -> None:
    key = signing_key(protected.tokens.engine)
    ours = Sessions(key, 1e6).signer
    assert status(protected, str(ours.dumps(1))) == 200  # so it is the right key
    for other in (URLSafeTimedSerializer(key), URLSafeTimedSerializer(key, salt=PURPOSE)):
        assert status(protected, str(other.dumps(1))) == 401
    for content in ("1", 1.5, None, [1], {"id": 1}, -1, 0, 999):
        assert status(protected, str(ours.dumps(content))) == 401, content


def test_too_old(protected: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = Sessions(signing_key(protected.tokens.engine), 1e6).signer
    for hours, expected in ((167, 200), (169, 401)):
        past = SimpleNamespace(time=lambda hours=hours: time.time() - hours * 3600)
        with monkeypatch.context() as changed:
            changed.setattr("itsdangerous.timed.time", past)
            made = str(signer.dumps(1))
        assert status(protected, made) == expected


def test_a_revoked_token_ends_its_sessions(protected: Guarded) -> None:
    secret, _ = protected.tokens.create("leaver", "read")
    mine = session(protected, secret, {})["cookie"].partition("=")[2]
    assert status(protected, mine) == 200
    protected.tokens.revoke("leaver")
    until(lambda: status(protected, mine) == 401)
    assert status(protected, mine) == 401  # and stays so


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


# Where it leads --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "onward",
    ["https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\/evil",
     "/\t/evil.example", "/\n/evil.example", "javascript:alert(1)", " //evil.example", "evil",
     "", "/ /evil", "/é", "/\x00", "/" + "x" * 5_000, "/sign-in", "/sign-out?x", "http:/evil"],
)  # fmt: skip
def test_it_leads_nowhere_else(protected: Guarded, onward: str) -> None:
    assert safe(onward) == "/"
    done = sign_in(protected, protected.secret, {}, onward)
    assert (done.status_code, done.headers["location"]) == (303, "/")


@pytest.mark.parametrize("onward", ["/", "/machine", "/?model=a/b&text=x%20y", "/a//b", "/%5Cevil"])
def test_it_leads_back(onward: str) -> None:
    assert safe(onward) == onward


def test_a_path_of_two_slashes_leads_to_the_first_page(protected: Guarded) -> None:
    answer = protected.ask("//evil.example/x", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


# The page --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "shown"),
    [
        ("", "en"), ("de", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("zh", "zh"), ("*", "en"),
        ("zh-Hans-CN", "zh"), ("en-GB,zh;q=0.9", "en"), ("zh;q=0.2, en;q=0.7", "en"),
        ("fr, zh;q=0.5", "zh"), ("zh;q=0", "en"), ("zh;q=x, en", "zh"), ("ZH-tw", "zh"),
    ],
)  # fmt: skip
def test_its_language(accepted: str, shown: str) -> None:
    assert chosen(None, None, accepted) == shown


def test_it_speaks_chinese(protected: Guarded, here: dict[str, str]) -> None:
    chinese = {"accept-language": "zh-CN"}
    page = protected.ask("/sign-in", headers=PAGE | chinese)
    assert '<html lang="zh">' in page.text
    assert "登录" in page.text
    assert "此处没有这个令牌" in sign_in(protected, "tgl_1_wrong", here | chinese).text


def test_it_lets_nobody_in(protected: Guarded) -> None:
    """Neither a frame of another site, nor a script."""
    page = protected.ask("/sign-in?next=/%22%3E%3Cscript%3Ealert(1)%3C/script%3E", headers=PAGE)
    assert "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    for asset, kind in (("style.css", "text/css"), ("favicon.svg", "image/svg+xml")):
        found = protected.ask(f"/sign-in/{asset}")
        assert (found.status_code, found.headers["content-type"].partition(";")[0]) == (200, kind)
        assert f"/sign-in/{asset}" in page.text
