"""Whose turn it is before one model, and who makes way when too many wait."""

import asyncio
from dataclasses import replace

import pytest

from pipelines.allowance import Client
from pipelines.engine.job import Job
from pipelines.engine.line import Line
from pipelines.errors import TooManyCalls, Unavailable, UnknownModel
from tests.pipelines.fakes import Library

CALL = Library().call()
ALL = 99


def job(client: str = "ann") -> Job:
    return Job(replace(CALL, client=Client(client)))


def stand(line: Line[Job], clients: str) -> list[Job]:
    """One job in line for each letter, which is its client's name."""
    jobs = [job(client) for client in clients]
    for each in jobs:
        line.push(each)
    return jobs


def taken(line: Line[Job]) -> list[Job]:
    return list(iter(line.take, None))


def clients(jobs: list[Job]) -> str:
    return "".join(each.call.client.name for each in jobs)


async def refusal(job: Job) -> BaseException | None:
    """What the job failed with, if it did."""
    if not job.over.is_set():
        return None
    return (await asyncio.gather(job.answer(), return_exceptions=True))[0]  # type: ignore[return-value]


# Turns -----------------------------------------------------------------------------------------


async def test_one_client_is_served_in_its_order() -> None:
    line: Line[Job] = Line("org/a", ALL)
    jobs = stand(line, "aaa")
    assert (len(line), list(line)) == (3, jobs)
    assert taken(line) == jobs
    assert len(line) == 0


@pytest.mark.parametrize(
    ("arrival", "turns"),
    [("aaab", "abaa"), ("aabbc", "abcab"), ("abc", "abc"), ("aaaabb", "ababaa"), ("", "")],
)
async def test_each_client_has_a_turn_then_round_again(arrival: str, turns: str) -> None:
    line: Line[Job] = Line("org/a", ALL)
    stand(line, arrival)
    assert clients(taken(line)) == turns


async def test_who_comes_later_stands_behind_who_was_served_before_him() -> None:
    line: Line[Job] = Line("org/a", ALL)
    stand(line, "aab")
    assert clients([line.take() or job()]) == "a"
    stand(line, "c")
    assert clients(taken(line)) == "bac"


async def test_a_job_that_was_put_back_comes_first_of_all() -> None:
    line: Line[Job] = Line("org/a", ALL)
    first, *others = stand(line, "aab")
    assert line.take() is first
    line.put_back(first)
    assert taken(line) == [first, others[1], others[0]]


async def test_a_job_that_was_put_back_finds_a_place_in_a_full_line() -> None:
    line: Line[Job] = Line("org/a", 1)
    (first,) = stand(line, "a")
    line.take()
    stand(line, "b")
    line.put_back(first)
    assert clients(taken(line)) == "ab"


async def test_who_has_left_is_passed_over() -> None:
    line: Line[Job] = Line("org/a", ALL)
    jobs = stand(line, "aabb")
    for each in (jobs[0], jobs[2], jobs[3]):
        each.leave()
    assert taken(line) == [jobs[1]]


async def test_a_removed_job_has_no_turn() -> None:
    line: Line[Job] = Line("org/a", ALL)
    jobs = stand(line, "aab")
    line.remove(jobs[0])
    line.remove(jobs[2])
    line.remove(jobs[2])  # once more does no harm
    line.remove(job("nobody"))
    assert len(line) == 1
    assert taken(line) == [jobs[1]]


async def test_all_who_wait_are_told_that_nobody_will_be_answered() -> None:
    line: Line[Job] = Line("org/a", ALL)
    jobs = stand(line, "aab")
    gone = UnknownModel("it is gone")
    line.fail(gone)
    assert [await refusal(each) for each in jobs] == [gone] * 3
    assert (len(line), line.take()) == (0, None)


# News ------------------------------------------------------------------------------------------


async def test_a_job_is_news_until_nobody_waits() -> None:
    line: Line[Job] = Line("org/a", ALL)
    assert not line.news.is_set()
    stand(line, "a")
    assert line.news.is_set()
    first = line.take()
    assert first
    assert line.take() is None
    assert not line.news.is_set()
    line.put_back(first)
    assert line.news.is_set()


# A full line -----------------------------------------------------------------------------------


async def test_the_newest_of_the_client_with_most_makes_way() -> None:
    line: Line[Job] = Line("org/a", 4)
    jobs = stand(line, "aaab")
    (late,) = stand(line, "c")
    error = await refusal(jobs[2])
    assert isinstance(error, TooManyCalls)
    assert (error.status, error.retry_after) == (429, 1.5)
    assert str(error) == (
        "Too many calls of yours wait for org/a. Send the next one when some of them are answered."
    )
    assert len(line) == 4
    assert taken(line) == [jobs[0], jobs[3], late, jobs[1]]


async def test_a_client_grows_as_long_as_another_has_more() -> None:
    line: Line[Job] = Line("org/a", 5)
    jobs = stand(line, "aaaab")
    stand(line, "b")
    assert isinstance(await refusal(jobs[3]), TooManyCalls)
    with pytest.raises(TooManyCalls):  # three and two: a third of b's would only turn it round
        line.push(job("b"))
    assert clients(taken(line)) == "ababa"


async def test_the_client_with_most_is_refused_its_next() -> None:
    line: Line[Job] = Line("org/a", 3)
    jobs = stand(line, "aab")
    line.pace = 10.0
    with pytest.raises(TooManyCalls, match="calls of yours wait for org/a") as caught:
        line.push(job("a"))
    assert (caught.value.status, caught.value.retry_after) == (429, 15.0)
    assert [await refusal(each) for each in jobs] == [None] * 3
    assert len(line) == 3


async def test_a_newcomer_is_refused_where_nobody_has_more_than_one() -> None:
    line: Line[Job] = Line("org/a", 3)
    jobs = stand(line, "abc")
    line.pace = 4.0
    with pytest.raises(
        Unavailable, match="^org/a is busy: 3 calls stand in line, .*MAX_WAITING"
    ) as e:
        line.push(job("d"))
    assert (type(e.value), e.value.status, e.value.retry_after) == (Unavailable, 503, 6.0)
    assert taken(line) == jobs


async def test_nobody_is_sent_back_sooner_than_after_a_second() -> None:
    line: Line[Job] = Line("org/a", 1)
    stand(line, "a")
    line.pace = 0.001
    with pytest.raises(Unavailable) as caught:
        line.push(job("b"))
    assert caught.value.retry_after == 1.0


async def test_a_place_that_became_free_is_given_again() -> None:
    line: Line[Job] = Line("org/a", 2)
    first, _ = stand(line, "ab")
    line.remove(first)
    stand(line, "c")
    assert clients(taken(line)) == "bc"
