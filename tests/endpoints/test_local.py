"""Endpoints on this machine: replicas, the line before them, updates, deaths, sleep."""

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from endpoints.status import Status
from pipelines.engine.call import Call
from pipelines.errors import InvalidInput, TooSlow, Unavailable, UnknownEndpoint, WorkerDied
from tests.endpoints.house import NAME, House, call, deployment, later, spec
from tests.pipelines.engine.stage import Stage

pytestmark = pytest.mark.timeout(60)
TWO = {"min_replicas": 2, "max_replicas": 2}
ZERO = {"min_replicas": 0, "max_replicas": 3, "to_zero_after": 10}


async def running(house: House, count: int = 1) -> None:
    await later(lambda: house.status.ready == count and len(house.status.replicas) == count, house)


def states(status: Status) -> list[str]:
    return [each.state for each in status.replicas]


# Up and answering -------------------------------------------------------------------------------


async def test_it_comes_up_and_answers(house: House, stage: Stage) -> None:
    await house.apply(deployment())
    assert house.status.state in ("pending", "initializing")
    await running(house)
    assert await house.answer() == ["word"]
    assert (house.status.state, stage.loads) == ("running", ["a"])


async def test_a_call_waits_for_the_first_replica(house: House, stage: Stage) -> None:
    stage.open.clear()
    await house.apply(deployment())
    asked = house.ask()
    await later(lambda: states(house.status) == ["starting"], house)
    assert (house.status.state, house.status.waiting) == ("initializing", 1)
    stage.open.set()
    assert await asked == ["word"]


async def test_each_call_goes_to_who_has_fewest(house: House, stage: Stage) -> None:
    await house.apply(deployment(scaling=TWO))
    await running(house, 2)
    stage.free.clear()
    asked = [house.ask() for _ in range(5)]
    await later(lambda: house.status.waiting == 1)
    assert sorted(each.in_flight for each in house.status.replicas) == [2, 2]
    stage.free.set()
    assert await asyncio.gather(*asked) == [["word"]] * 5


async def test_a_replica_gets_the_calls_that_its_model_takes_at_a_time(
    house: House, stage: Stage
) -> None:
    await house.apply(deployment())
    await running(house)
    stay = house.engine.staying(house.local.groups[NAME].copies[0].call)
    assert stay
    stay.way.at_once = 3
    stage.free.clear()
    asked = [house.ask(str(at)) for at in range(6)]
    await later(lambda: len(stage.runs) == 3)
    assert (house.status.in_flight, house.status.waiting) == (4, 2)  # one of them is at hand
    stage.free.set()
    assert await asyncio.gather(*asked) == [[str(at)] for at in range(6)]


async def test_its_stays_are_not_everybodys(house: House, stage: Stage) -> None:
    await house.apply(deployment())
    await running(house)
    await house.engine.predict(call())
    assert stage.loads == ["a", "a"]
    assert await house.engine.unload(call().model)
    assert house.status.ready == 1


async def test_a_batch_that_is_too_large_is_run_in_parts(house: House, stage: Stage) -> None:
    await house.apply(deployment(max_batch=2))
    await running(house)
    row = call().inputs[0]
    many = [row.model_copy(update={"text": letter}) for letter in "abcde"]
    answer = await house.local.predict(NAME, call_of(many))
    assert answer.values == ["a", "c", "e"]  # a stage answers to the first input of a run
    assert [text for _, text, _ in stage.runs] == ["a", "c", "e"]


def call_of(rows: list[Any]) -> Call:
    return replace(call(), inputs=rows)


async def test_a_full_line_says_so(house: House, stage: Stage) -> None:
    await house.apply(deployment(max_waiting=1))
    await running(house)
    stage.free.clear()
    asked = [house.ask() for _ in range(3)]
    await later(lambda: house.status.waiting == 1)
    with pytest.raises(Unavailable, match="Too many calls of yours wait for Endpoint words"):
        await house.answer()
    stage.free.set()
    await asyncio.gather(*asked)


async def test_a_caller_who_leaves_frees_his_place(house: House, stage: Stage) -> None:
    await house.apply(deployment())
    await running(house)
    stage.free.clear()
    asked = [house.ask() for _ in range(3)]
    await later(lambda: house.status.waiting == 1)
    for each in asked:
        each.cancel()
    await later(lambda: house.status.waiting + house.status.in_flight == 0)
    stage.free.set()
    assert await house.answer() == ["word"]


async def test_a_call_that_takes_too_long_is_told(house: House, stage: Stage) -> None:
    await house.apply(deployment(timeout=0.05))
    await running(house)
    stage.free.clear()
    with pytest.raises(TooSlow, match=r"did not answer within its timeout of 0\.05 s"):
        await house.answer()
    stage.free.set()
    assert await house.answer() == ["word"]


async def test_who_is_next_at_a_replica_loses_no_time(house: House, stage: Stage) -> None:
    await house.apply(deployment(timeout=0.2))
    await running(house)
    for second in (house.answer, partial(streamed, house)):
        stage.free.clear()
        first, behind = house.ask("first"), asyncio.create_task(second())
        with pytest.raises(TooSlow):
            await first
        stage.free.set()
        assert await behind == ["word"]


async def streamed(house: House) -> list[str]:
    return ["".join([piece async for piece in house.local.stream(NAME, call())])]


async def test_what_this_machine_has_not_is_refused(house: House) -> None:
    for given, words in (
        ({"gpus": 1}, "1 GPUs"), ({"cpus": 64}, "64.0 CPUs"), ({"labels": {"a": "b"}}, "labels"),
        ({"tier": "h200"}, "tier h200"), ({"memory_gb": 99}, "99.0 GB"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match=f"cannot give {words}"):
            house.local.check(spec(hardware=given))
    house.local.check(spec(hardware={"tier": "cpu-basic", "cpus": 2}))


# Scaling ----------------------------------------------------------------------------------------


async def test_a_replica_gets_what_its_endpoint_asks_for(house: House, stage: Stage) -> None:
    asked = {"cpus": 0.5, "memory_gb": 3e-7}  # three times what a model of a stage takes
    await house.apply(deployment(hardware=asked, acceleration="openvino-f32", dtype="bfloat16"))
    await running(house)
    await house.answer()
    ((started, hardware),) = stage.starts
    assert (hardware.threads, hardware.dtype) == (1, "bfloat16")
    assert [threads for _, _, threads in stage.runs] == [1]
    assert started.place.acceleration == "openvino-f32"
    assert (house.status.memory, house.engine.memory.taken) == (300, 300)


async def test_what_it_does_not_ask_for_is_the_servers(house: House, stage: Stage) -> None:
    await house.apply(deployment())
    await running(house)
    ((started, hardware),) = stage.starts
    assert (hardware.threads, hardware.dtype) == (2, "float32")
    assert (started.place.acceleration, house.status.memory) == ("", 100)


async def test_memory_that_is_kept_for_one_is_no_room_for_others(stage: Stage) -> None:
    house = House(stage, places=3, room_seconds=0.05)
    await house.apply(deployment(hardware={"memory_gb": 2.5e-7}))
    await running(house)
    with pytest.raises(Unavailable, match="no room for org/b"):
        await house.engine.predict(replace(call(), model=replace(call().model, id="org/b")))
    await house.close()


async def test_more_replicas_come_for_more_calls_and_go_again(house: House, stage: Stage) -> None:
    await house.apply(deployment(scaling={"max_replicas": 3}))
    await running(house)
    stage.free.clear()
    asked = [house.ask() for _ in range(6)]
    await later(lambda: house.status.waiting == 4)
    await house.pass_by(4)
    await later(lambda: house.status.ready == 3, house)
    await later(lambda: house.status.waiting == 0)
    stage.free.set()
    await asyncio.gather(*asked)
    await house.pass_by(50)
    assert house.status.ready == 3
    await house.pass_by(80)  # to the most that was wanted meanwhile
    await house.pass_by(80)
    await running(house)
    assert house.engine.memory.taken == 100


async def test_unused_it_sleeps_and_a_call_wakes_it(house: House, stage: Stage) -> None:
    await house.apply(deployment(scaling=ZERO))
    await running(house)
    await house.pass_by(20)
    await later(lambda: not stage.actors, house)
    assert (house.status.state, house.engine.memory.taken) == ("scaledToZero", 0)
    assert await house.answer() == ["word"]
    assert (house.status.state, stage.loads) == ("running", ["a", "a"])


async def test_asleep_by_hand_it_wakes_by_a_call(house: House, stage: Stage) -> None:
    await house.apply(deployment())
    await running(house)
    await house.apply(deployment(asleep=True))
    await later(lambda: not stage.actors, house)
    assert house.status.state == "scaledToZero"
    assert await house.answer() == ["word"]
    await house.apply(deployment(asleep=True))  # nothing has changed, so it goes on
    await house.pass_by(20)
    assert house.status.ready == 1


async def test_it_may_begin_asleep(house: House, stage: Stage) -> None:
    await house.apply(deployment(asleep=True, scaling=ZERO))
    await house.pass_by(5)
    assert (house.status.state, stage.loads) == ("scaledToZero", [])
    assert not await house.local.arrives(NAME, 0)
    assert await house.local.arrives(NAME, 20)
    assert stage.loads == ["a"]


async def test_sleeping_waits_for_what_is_under_way(house: House, stage: Stage) -> None:
    await house.apply(deployment())
    await running(house)
    stage.free.clear()
    asked = house.ask()
    await later(lambda: len(stage.runs) == 1)
    await house.apply(deployment(asleep=True))
    await house.pass_by(1)
    stage.free.set()
    assert await asked == ["word"]


async def test_who_waits_for_one_that_is_taken_away_is_told(house: House, stage: Stage) -> None:
    stage.open.clear()
    await house.apply(deployment())
    coming = asyncio.create_task(house.local.arrives(NAME, 60))
    await asyncio.sleep(0)
    await house.apply()
    with pytest.raises(Unavailable, match="paused or deleted"):
        await asyncio.wait_for(coming, 5)
    stage.open.set()


async def test_left_out_it_is_paused(house: House, stage: Stage) -> None:
    await house.apply(deployment())
    await running(house)
    stage.free.clear()
    asked = [house.ask() for _ in range(3)]
    await later(lambda: house.status.waiting == 1)
    await house.apply()
    with pytest.raises(UnknownEndpoint):
        await house.answer()
    stage.free.set()
    done = await asyncio.gather(*asked, return_exceptions=True)
    assert [done[0], done[1]] == [["word"], ["word"]]
    assert isinstance(done[2], Unavailable)
    await later(lambda: not house.local.lives, house)
    assert (stage.actors, house.engine.memory.taken) == ([], 0)


# Updates ----------------------------------------------------------------------------------------


async def test_new_replicas_answer_before_old_ones_leave(house: House, stage: Stage) -> None:
    await house.apply(deployment(scaling=TWO))
    await running(house, 2)
    old = {each.id for each in house.status.replicas}
    stage.open.clear()
    await house.apply(deployment(2, scaling=TWO))
    await later(lambda: len(house.status.replicas) == 4, house)
    assert house.status.state == "updating"
    assert await house.answer() == ["word"]
    stage.open.set()
    await later(lambda: len(house.status.replicas) == 2, house)
    assert not old & {each.id for each in house.status.replicas}
    assert (house.status.state, len(stage.actors)) == ("running", 2)


async def test_no_call_is_lost_by_updates(house: House) -> None:
    wide: Any = {"scaling": TWO, "max_waiting": 1000}
    await house.apply(deployment(**wide))
    await running(house, 2)
    asked = []
    for version in range(2, 12):
        asked += [house.ask() for _ in range(20)]
        await house.apply(deployment(version, **wide))
        await house.pass_by(1)
        asked += [house.ask() for _ in range(20)]
        await later(partial(only, house, version), house)
    assert await asyncio.gather(*asked) == [["word"]] * 400


def only(house: House, version: int) -> bool:
    """Whether there are two replicas, all of this version."""
    return [each.version for each in house.status.replicas if each.state == "running"] == [
        version
    ] * 2 and len(house.status.replicas) == 2


async def test_where_memory_does_not_hold_both_one_comes_after_the_other(stage: Stage) -> None:
    house = House(stage, places=1, room_seconds=0.05)
    await house.apply(deployment())
    await running(house)
    await house.apply(deployment(2))
    asked = [house.ask() for _ in range(10)]
    await later(lambda: {each.version for each in house.status.replicas} == {2}, house)
    await running(house)
    assert await asyncio.gather(*asked) == [["word"]] * 10
    said = [each.text for each in house.status.events]
    assert any("one at a time" in text for text in said)
    await house.close()


async def test_a_bad_update_leaves_the_old_version(house: House, stage: Stage) -> None:
    await house.apply(deployment())
    await running(house)
    stage.fails = [InvalidInput("The weights are torn.") for _ in range(3)]
    await house.apply(deployment(2))
    for _ in range(8):
        await house.pass_by(4)
        await asyncio.sleep(0.01)
    await later(lambda: house.status.state == "updateFailed", house)
    assert house.status.reason == "The weights are torn."
    assert [each.version for each in house.status.replicas] == [1]
    assert await house.answer() == ["word"]
    await house.apply(deployment(3))
    await later(lambda: house.status.state == "running", house)
    assert [each.version for each in house.status.replicas] == [3]


async def test_a_bad_update_without_room_goes_back_to_the_old_version(stage: Stage) -> None:
    house = House(stage, places=1, room_seconds=0.02)
    await house.apply(deployment())
    await running(house)
    await house.apply(deployment(2))
    stage.fails = [InvalidInput("The weights are torn.") for _ in range(3)]
    for _ in range(12):
        await house.pass_by(4)
        await asyncio.sleep(0.03)
    await later(lambda: house.status.state == "updateFailed" and house.status.ready == 1, house)
    assert [each.version for each in house.status.replicas] == [1]
    await house.close()


async def test_a_replica_is_replaced_by_hand(house: House) -> None:
    await house.apply(deployment(scaling=TWO))
    await running(house, 2)
    first, second = (each.id for each in house.status.replicas)
    await house.local.restart(NAME, first)
    asked = [house.ask() for _ in range(20)]
    await later(lambda: first not in {each.id for each in house.status.replicas}, house)
    await running(house, 2)
    assert second in {each.id for each in house.status.replicas}
    assert await asyncio.gather(*asked) == [["word"]] * 20
    with pytest.raises(UnknownEndpoint, match="no replica"):
        await house.local.restart(NAME, first)


# Deaths -----------------------------------------------------------------------------------------


async def test_a_call_of_a_dying_replica_goes_to_another(house: House, stage: Stage) -> None:
    await house.apply(deployment(scaling=TWO))
    await running(house, 2)
    stage.free.clear()
    asked = [house.ask() for _ in range(6)]
    await later(lambda: house.status.waiting == 2 and len(stage.runs) == 2)
    stage.actors[0].die()
    stage.free.set()
    assert await asyncio.gather(*asked) == [["word"]] * 6
    await running(house, 2)
    assert sum(each.restarts for each in house.status.replicas) == 1
    assert len(stage.loads) == 3


async def test_a_call_that_kills_is_tried_twice_and_no_more(house: House, stage: Stage) -> None:
    stage.poison = "bad"
    await house.apply(deployment(scaling=TWO))
    await running(house, 2)
    asked = [house.ask("bad"), *(house.ask() for _ in range(10))]
    done = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(done[0], WorkerDied)
    assert done[1:] == [["word"]] * 10
    assert [text for _, text, _ in stage.runs].count("bad") == 2


async def test_a_stream_that_has_begun_is_not_begun_again(house: House, stage: Stage) -> None:
    await house.apply(deployment(scaling=TWO))
    await running(house, 2)
    seen: list[str] = []

    async def read() -> None:
        async for chunk in house.local.stream(NAME, call("abc")):
            seen.append(chunk)
            stage.free.clear()
            for each in stage.actors:
                each.die()

    with pytest.raises(WorkerDied):
        await read()
    assert seen == ["a"]
    stage.free.set()


async def test_a_model_that_cannot_load_fails_after_some_tries(house: House, stage: Stage) -> None:
    stage.fails = [InvalidInput("The weights are torn.") for _ in range(3)]
    await house.apply(deployment())
    asked = house.ask()
    with pytest.raises(InvalidInput, match="torn"):
        await asked
    for _ in range(8):
        await house.pass_by(4)
        await asyncio.sleep(0.005)
    assert (house.status.state, house.status.reason) == ("failed", "The weights are torn.")
    with pytest.raises(Unavailable, match="has failed: The weights are torn"):
        await house.answer()
    await house.apply(deployment(2))
    await running(house)


async def test_one_that_ran_and_loads_no_more_fails_too(house: House, stage: Stage) -> None:
    await house.apply(deployment())
    await running(house)
    await house.apply(deployment())  # as at each look of the service
    stage.fails = [InvalidInput("The weights are gone.") for _ in range(9)]
    await house.local.restart(NAME, house.status.replicas[0].id)
    assert house.status.state == "updating"
    await looked_after(house)
    assert (house.status.state, house.status.ready) == ("updateFailed", 1)
    assert await house.answer() == ["word"]
    stage.actors[0].die()
    await looked_after(house)
    assert (house.status.state, house.status.ready) == ("failed", 0)
    with pytest.raises(Unavailable, match="has failed: The weights are gone"):
        await house.answer()


async def looked_after(house: House) -> None:
    for _ in range(12):
        await house.apply(deployment())
        await house.pass_by(8)
        await asyncio.sleep(0.005)


async def test_where_no_log_can_be_written_it_runs_all_the_same(
    house: House, stage: Stage, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_text("no folder")
    house.local.folder = tmp_path
    await house.apply(deployment())
    await running(house)
    assert stage.starts[0][0].place.log == ""


async def test_a_look_that_goes_wrong_is_not_the_last(
    house: House, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.apply(deployment(scaling=ZERO))
    await running(house)
    group = house.local.groups[NAME]
    looks = iter([OSError("once"), None])
    bury = group.bury

    def broken() -> None:
        if error := next(looks, None):
            raise error
        bury()

    monkeypatch.setattr(group, "bury", broken)
    house.local.groups[NAME].kick.set()
    await asyncio.sleep(0.05)
    assert group in house.local.lives
    await house.apply(deployment(2, scaling=ZERO))
    await running(house)


async def test_without_room_it_waits_for_some(stage: Stage) -> None:
    house = House(stage, places=1, room_seconds=0.02)
    await house.engine.pin(call())
    await house.apply(deployment())
    await later(lambda: "no room" in house.status.reason, house)
    assert house.status.state == "pending"
    await house.engine.pin(call(), on=False)
    await house.pass_by(100)
    await running(house)
    await house.close()
