"""Whoever tries token after token waits longer and longer; nobody else does."""

import pytest

from api import lockout
from api.lockout import FORGET_SECONDS, FREE, MOST_KEPT, MOST_SECONDS, Lockout
from pipelines.errors import TooManyTries
from tests.api.guard.servers import Guarded, at, bearer
from tests.api.wire import error_of

HERE, THERE = "203.0.113.10", "203.0.113.11"


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(clock: Clock) -> Lockout:
    return Lockout(clock)


def wrong(kept: Lockout, *secrets: str, address: str = HERE) -> None:
    for secret in secrets:
        kept.note(address, secret, False)


def locked(kept: Lockout, secret: str = "new", address: str = HERE) -> float:
    """Seconds that `secret` has to wait."""
    try:
        kept.check(address, secret)
    except TooManyTries as error:
        return error.retry_after or 0.0
    return 0.0


def tries(number: int, start: int = 0) -> list[str]:
    return [f"try {start + each}" for each in range(number)]


def test_the_wait_doubles(kept: Lockout, clock: Clock) -> None:
    wrong(kept, *tries(FREE - 1))
    waits = []
    for each in range(14):
        waits.append(locked(kept))
        clock.now += waits[-1]
        wrong(kept, f"later {each}")
    assert waits == [0, *(min(MOST_SECONDS, 2.0**n) for n in range(13))]
    assert max(waits) == MOST_SECONDS


def test_a_wait_ends(kept: Lockout, clock: Clock) -> None:
    wrong(kept, *tries(FREE))
    assert locked(kept) == 1
    clock.now += 0.5
    assert locked(kept) == 0.5
    clock.now += 0.5
    assert locked(kept) == 0


def test_what_waits_does_not_wait_longer_for_asking(kept: Lockout, clock: Clock) -> None:
    wrong(kept, *tries(FREE + 3))
    assert [locked(kept, each) for each in tries(50, 100)] == [8.0] * 50


def test_other_addresses_do_not_wait(kept: Lockout) -> None:
    wrong(kept, *tries(FREE))
    assert locked(kept, address=THERE) == 0


def test_a_token_in_use_there_goes_through(kept: Lockout) -> None:
    """Others share the address, behind a proxy or a router."""
    kept.note(HERE, "good", True)
    kept.note(THERE, "good elsewhere", True)
    wrong(kept, *tries(FREE))
    assert locked(kept, "good") == 0
    assert locked(kept, "good elsewhere") > 0
    assert locked(kept) > 0


def test_one_that_was_in_use_and_is_revoked_waits_with_the_others(kept: Lockout) -> None:
    kept.note(HERE, "good", True)
    kept.note(HERE, "good", False)
    wrong(kept, *tries(FREE - 1))
    assert locked(kept, "good") > 0


def test_the_same_wrong_token_counts_once(kept: Lockout) -> None:
    """A program that nobody told of a revoked token."""
    wrong(kept, *["old"] * 1_000)
    assert locked(kept) == 0
    wrong(kept, *tries(FREE - 1))
    assert locked(kept) == 1


def test_a_good_token_forgives_nothing(kept: Lockout) -> None:
    for each in tries(FREE):
        wrong(kept, each)
        kept.note(HERE, "good", True)
    assert locked(kept) == 1


def test_it_is_forgotten(kept: Lockout, clock: Clock) -> None:
    wrong(kept, *tries(20))
    clock.now += FORGET_SECONDS
    wrong(kept, "one more")
    assert locked(kept) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),  # of one customer
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:203.0.113.1", "::ffff:203.0.113.2", False),
        ("203.0.113.1", "203.0.113.2", False),
        ("", "", True),
    ],
)
def test_whose_address_it_is(one: str, other: str, same: bool) -> None:
    assert (lockout.network(one) == lockout.network(other)) is same


def test_the_memory_is_bounded(kept: Lockout) -> None:
    for each in range(MOST_KEPT + 10):
        wrong(kept, "x", address=f"address {each}")
    assert len(kept.records) == len(kept.tried) == MOST_KEPT
    assert "address 0" not in kept.records
    assert f"address {MOST_KEPT + 9}" in kept.records


def test_no_secret_is_kept(kept: Lockout) -> None:
    kept.note(HERE, "tgl_1_secret", True)
    assert "tgl_1_secret" not in repr(vars(kept))


# Over HTTP -------------------------------------------------------------------------------------


def test_a_guesser_is_locked_out(protected: Guarded) -> None:
    office = at("203.0.113.20")
    mine, colleagues = protected.secret, protected.admin

    def status(secret: str) -> int:
        return protected.ask("/v1/models", headers=office | bearer(secret)).status_code

    assert status(mine) == 200  # in use at the office before
    got = [status(f"tgl_1_{each:064x}") for each in range(FREE + 3)]
    assert got[:FREE] == [401] * FREE
    assert 429 in got
    while status(f"tgl_1_{len(got):064x}") != 429:  # a slow machine may outwait the first waits
        got.append(401)
    assert status(mine) == 200
    answer = protected.ask("/v1/models", headers=office | bearer(colleagues))
    if answer.status_code == 429:
        error_of(answer, 429, "Too many unknown tokens", "Retry-After")
        assert int(answer.headers["retry-after"]) >= 1
    elsewhere = at("203.0.113.21") | bearer(colleagues)
    assert protected.ask("/v1/models", headers=elsewhere).status_code == 200


def test_the_form_counts_too(protected: Guarded) -> None:
    there = at("203.0.113.22")
    for each in range(FREE + 8):
        form = {"token": f"guess {each}"}
        answer = protected.ask("/sign-in", "POST", data=form, headers=there)
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert f"Try again in {answer.headers['retry-after']} s" in answer.text


def test_a_cookie_that_does_not_hold_counts_nothing(protected: Guarded) -> None:
    there = at("203.0.113.23")
    for each in range(FREE * 4):
        headers = there | {"cookie": f"tagline_session=old{each}"}
        assert protected.ask("/v1/models", headers=headers).status_code == 401
    assert protected.ask("/v1/models", headers=there | bearer(protected.secret)).status_code == 200
