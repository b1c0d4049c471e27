"""Pages of other sites: what they may send with our cookie, and what they may read."""

import httpx
import pytest

from api.headers import EXPOSED
from api.sessions import NAME, Sessions
from pipelines.settings import Settings
from store.keys import signing_key
from tests.api.guard.servers import FRIEND, Guarded, bearer
from tests.api.wire import SECONDS, error_of
from tests.conftest import EMBEDDER, Server

Headers = dict[str, str]
EVIL = "https://evil.example.org"
HOST = "tagline.example.org"  # as behind a proxy
OWN = f"https://{HOST}"
PATHS = ("/v1/models", "/gradio_api/info", "/config", "/gradio_api/nonesuch")
NAVIGATE = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.fixture(scope="module")
def cookie(protected: Guarded) -> Headers:
    signer = Sessions(signing_key(protected.tokens.engine), 1e6).signer
    return {"cookie": f"{NAME}={signer.dumps(1)}"}


def preflight(url: str, path: str, origin: str, host: str = HOST) -> httpx.Response:
    headers = {
        "origin": origin, "host": host, "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }  # fmt: skip
    return httpx.options(url + path, headers=headers, timeout=SECONDS)


def grants(answer: httpx.Response) -> Headers:
    return {name: value for name, value in answer.headers.items() if "-allow-" in name}


# With our cookie -------------------------------------------------------------------------------

CROSS: list[Headers] = [
    {"origin": EVIL},
    {"origin": "null"},
    {"origin": ""},
    {"origin": f"http://{HOST}:8000"},  # another port of the same host
    {"origin": f"https://{HOST}.evil.org"},
    {"origin": HOST},
    {"origin": FRIEND},  # it may call, with a token of its own
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": OWN},
    {"sec-fetch-site": "cross-site"} | NAVIGATE | {"sec-fetch-dest": "iframe"},
    {"sec-fetch-site": "nonsense"},
]


@pytest.mark.parametrize("given", CROSS, ids=str)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_another_sites_page_may_not_use_it(
    protected: Guarded, cookie: Headers, method: str, given: Headers
) -> None:
    for path in PATHS:
        answer = protected.ask(path, method, headers=cookie | {"host": HOST} | given)
        error_of(answer, 403, "another site may not act with your sign-in", "Authorization")
        assert "access-control-allow-credentials" not in answer.headers


SAME: list[Headers] = [
    {},
    {"origin": OWN},
    {"origin": f"http://{HOST}"},
    {"origin": OWN.upper()},
    {"sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "same-origin", "origin": "https://behind.a.proxy"},  # that changes the Host
    {"sec-fetch-site": "none"} | NAVIGATE,
    {"origin": "https://before.the.proxy", "x-forwarded-host": "before.the.proxy"},
]


@pytest.mark.parametrize("given", SAME, ids=str)
def test_its_own_page_may(protected: Guarded, cookie: Headers, given: Headers) -> None:
    answer = protected.ask("/v1/models", headers=cookie | {"host": HOST} | given)
    assert answer.status_code == 200
    reset = protected.ask(
        "/gradio_api/reset", "POST", headers=cookie | {"host": HOST} | given, json={}
    )
    assert reset.status_code == 422  # Gradio's own, for want of what is to be reset


def test_a_link_from_elsewhere_leads_here(protected: Guarded, cookie: Headers) -> None:
    headers = cookie | {"sec-fetch-site": "cross-site"} | NAVIGATE
    assert protected.ask("/?model=a/b", headers=headers).status_code == 200
    error_of(protected.ask("/", "POST", headers=headers), 403, "another site")


def test_another_site_neither_signs_in_nor_out(protected: Guarded, cookie: Headers) -> None:
    given = {"host": HOST, "origin": EVIL}
    form = {"token": protected.secret}
    answer = protected.ask("/sign-in", "POST", data=form, headers=given)
    assert answer.status_code == 403
    assert "not sent by this server&#x27;s own page" in answer.text
    assert "set-cookie" not in answer.headers
    error_of(protected.ask("/sign-out", "POST", headers=cookie | given), 403, "another site")


def test_a_token_may_come_from_anywhere(protected: Guarded) -> None:
    """No browser sends one by itself; and whether the page reads the answer is another matter."""
    headers = {"origin": EVIL, "host": HOST} | bearer(protected.secret)
    answer = protected.ask("/v1/models", headers=headers)
    assert answer.status_code == 200
    assert not grants(answer)


# What other pages may read -----------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1/models", "/gradio_api/upload", "/nonesuch", "/health"])
def test_leave_for_a_listed_page(protected: Guarded, path: str) -> None:
    answer = preflight(protected.url, path, FRIEND)
    assert answer.status_code == 204
    assert grants(answer) == {
        "access-control-allow-origin": FRIEND,
        "access-control-allow-methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
        "access-control-allow-headers": "authorization,content-type",
    }
    assert answer.headers["vary"] == "Origin"
    assert answer.content == b""


@pytest.mark.parametrize(
    "origin", [EVIL, "null", "", f"{FRIEND}.evil.org", "http://localhost:3000"]
)
def test_no_leave_for_another(protected: Guarded, origin: str) -> None:
    for path in ("/v1/models", "/gradio_api/upload"):
        for host in (HOST, "127.0.0.1"):
            answer = preflight(protected.url, path, origin, host)
            error_of(answer, 403, "Pages of other sites", "TAGLINE_ALLOW_ORIGINS")
            assert not grants(answer)


@pytest.mark.parametrize("path", PATHS)
def test_a_listed_page_reads_answers_and_refusals(protected: Guarded, path: str) -> None:
    headers = {"origin": FRIEND, "host": HOST}
    for more in (bearer(protected.secret), {}):
        answer = protected.ask(path, headers=headers | more)
        assert grants(answer) == {"access-control-allow-origin": FRIEND}
        assert answer.headers["access-control-expose-headers"] == EXPOSED
        assert answer.headers["vary"].lower().count("origin") == 1


def test_caches_know_that_answers_differ(protected: Guarded) -> None:
    answer = protected.ask("/v1/models", headers=bearer(protected.secret))
    assert "origin" in answer.headers["vary"].lower()


# Without sign-in ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1/models", "/gradio_api/upload"])
def test_pages_on_this_machine_read_what_a_server_here_says(server: Server, path: str) -> None:
    origin = "http://localhost:3000"
    answer = preflight(server.url, path, origin, "127.0.0.1:7860")
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == origin
    for other in (EVIL, "null"):
        error_of(preflight(server.url, path, other, "127.0.0.1:7860"), 403, "other sites")


def test_gradio_s_own_paths_are_not_for_other_sites_either(server: Server) -> None:
    """A form needs no leave: by the time that the answer is withheld, the file would be here."""
    files = {"files": ("x.txt", b"x")}
    where = f"{server.url}/gradio_api/upload"
    answer = httpx.post(where, files=files, headers={"origin": EVIL}, timeout=SECONDS)
    error_of(answer, 403, "Pages of other sites", "TAGLINE_ALLOW_ORIGINS")
    assert httpx.post(where, files=files, timeout=SECONDS).status_code == 200


PROXIED: list[Headers] = [
    {"sec-fetch-site": "same-origin"},
    {"x-forwarded-host": HOST},
]


@pytest.mark.parametrize("given", PROXIED, ids=str)
def test_a_proxy_that_changes_the_host(server: Server, given: Headers) -> None:
    headers = {"origin": OWN, "host": "127.0.0.1:7860"}
    where = f"{server.url}/v1/models"
    error_of(httpx.get(where, headers=headers, timeout=SECONDS), 403, "Pages of other sites")
    assert httpx.get(where, headers=headers | given, timeout=SECONDS).status_code == 200


def test_a_public_server_for_any_page(public: Server) -> None:
    for path in ("/v1/models", "/gradio_api/upload"):
        assert preflight(public.url, path, EVIL).headers["access-control-allow-origin"] == EVIL
    body = {"inputs": "Hello"}
    for host in (HOST, "127.0.0.1"):
        answer = httpx.post(
            f"{public.url}/models/{EMBEDDER}",
            json=body,
            headers={"origin": EVIL, "host": host},
            timeout=SECONDS,
        )
        assert answer.status_code == 200
        assert grants(answer) == {"access-control-allow-origin": EVIL}


def test_cookies_play_no_part_there(public: Server) -> None:
    headers = {"cookie": f"{NAME}=whatever", "origin": EVIL, "host": HOST}
    answer = httpx.get(f"{public.url}/v1/models", headers=headers, timeout=SECONDS)
    assert answer.status_code == 200
    assert "access-control-allow-credentials" not in answer.headers
    for method in ("GET", "POST"):
        assert httpx.request(method, f"{public.url}/sign-in", timeout=SECONDS).status_code == 404


# The setting -------------------------------------------------------------------------------------


def test_the_setting() -> None:
    listed = Settings(allow_origins="https://A.example.org/ http://b.example.org:8000,*")
    assert listed.allow_origins == ("https://a.example.org", "http://b.example.org:8000", "*")
    for wrong in ("example.org", "https://a.org/path", "https://*.a.org", "ftp://a.org", "null"):
        with pytest.raises(ValueError, match="is no origin"):
            Settings(allow_origins=wrong)
