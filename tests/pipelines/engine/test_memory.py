"""The ledger of memory: what there is, who has it, and who leaves for whom."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pipelines.engine.memory import GB, Memory, Plan, place, pools
from pipelines.hardware import Gpu
from tests.pipelines.fakes import HARDWARE


def gpus(*gigabytes: int) -> tuple[Gpu, ...]:
    return tuple(Gpu("a GPU", each * GB, (9, 0)) for each in gigabytes)


def ledger(sizes: Sequence[int], **shares: int) -> Memory[str]:
    """Everybody named is settled in the first pool with so many bytes."""
    made: Memory[str] = Memory(sizes)
    for who, size in shares.items():
        hold(made, who, size)
    return made


def hold(memory: Memory[str], who: str, size: int, pool: int = 0) -> None:
    memory.take(who, {pool: size})
    memory.settle(who, size)


# Pools -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gigabytes", "for_models"), [(16, 12.9), (8, 5.7), (2, 0.5), (1, 0.25), (128, 113.7)]
)
def test_main_memory_leaves_room_for_the_server(gigabytes: int, for_models: float) -> None:
    (pool,) = pools(replace(HARDWARE, memory=gigabytes * GB))
    assert pool == pytest.approx(for_models * GB, abs=2)


def test_each_gpu_is_a_pool_of_its_own() -> None:
    hardware = replace(HARDWARE, device="cuda", gpus=gpus(20, 80))
    assert pools(hardware) == (19 * GB, 76 * GB)


def test_the_operator_says_how_much() -> None:
    assert pools(HARDWARE, 1.5) == (3 * GB // 2,)
    assert pools(replace(HARDWARE, gpus=gpus(20, 80)), 10) == (10 * GB, 10 * GB)


def test_a_gpu_that_is_lent_is_no_pool() -> None:
    zero = replace(HARDWARE, device="cuda", tier="zero-a10g")
    assert pools(zero) == pools(HARDWARE)


# The ledger ------------------------------------------------------------------------------------


def test_a_share_is_taken_settled_and_released() -> None:
    memory: Memory[str] = Memory([100])
    memory.take("a", {0: 60})
    assert (memory.held("a"), memory.taken, memory.free()) == (60, 60, [40])
    memory.settle("a", 70)
    assert (memory.held("a"), memory.taken, memory.free()) == (70, 70, [30])
    memory.release("a")
    assert (memory.held("a"), memory.taken, memory.free()) == (0, 0, [100])
    memory.release("a")  # once more does no harm
    assert memory.size == 100


def test_a_spread_share_is_settled_in_proportion() -> None:
    memory: Memory[str] = Memory([100, 100])
    memory.take("a", {0: 20, 1: 60})
    memory.settle("a", 40)
    assert memory.shares["a"] == {0: 10, 1: 30}


def test_more_than_was_promised_makes_the_pool_negative() -> None:
    memory = ledger([100], a=60)
    memory.settle("a", 130)
    assert memory.free() == [-30]
    assert memory.plan(10, []) is None
    assert memory.plan(10, ["a"]) == Plan({0: 10}, ("a",))


@pytest.mark.parametrize(
    ("sizes", "need", "never"),
    [([100], 100, False), ([100], 101, True), ([60, 60], 100, False), ([60, 60], 121, True)],
)
def test_what_would_not_fit_even_alone_never_does(sizes: list[int], need: int, never: bool) -> None:
    memory = ledger(sizes, a=50)
    assert memory.never(need) is never


# What is really there --------------------------------------------------------------------------


@pytest.mark.parametrize(("really", "free"), [(None, 60), (1000, 60), (60, 60), (25, 25), (0, 0)])
def test_other_programs_take_memory_too(really: int | None, free: int) -> None:
    memory: Memory[str] = Memory([100], lambda: really)
    hold(memory, "a", 40)
    assert memory.free() == [free]


def test_what_is_still_filling_is_not_seen_yet() -> None:
    memory: Memory[str] = Memory([100], lambda: 50)
    memory.take("a", {0: 30})
    assert memory.free() == [20]  # the 50 will shrink by 30 as it loads
    memory.settle("a", 30)
    assert memory.free() == [50]


def test_who_leaves_while_it_fills_is_forgotten() -> None:
    memory: Memory[str] = Memory([100], lambda: 50)
    memory.take("a", {0: 30})
    memory.release("a")
    assert memory.free() == [50]


def test_what_leaves_gives_back_what_is_really_there() -> None:
    memory: Memory[str] = Memory([100], lambda: 10)
    hold(memory, "a", 40)
    assert memory.plan(50, ["a"]) == Plan({0: 50}, ("a",))
    assert memory.plan(51, ["a"]) is None


# Plans -----------------------------------------------------------------------------------------


def test_nobody_leaves_where_there_is_room() -> None:
    assert ledger([100], a=40).plan(60, ["a"]) == Plan({0: 60})


def test_the_least_recently_used_leaves() -> None:
    memory = ledger([100], a=30, b=30, c=30)
    assert memory.plan(40, ["b", "c", "a"]) == Plan({0: 40}, ("b",))


def test_as_many_leave_as_must() -> None:
    memory = ledger([100], a=30, b=30, c=30)
    assert memory.plan(70, ["c", "a", "b"]) == Plan({0: 70}, ("c", "a"))


def test_a_small_one_stays_where_a_large_one_leaves_anyway() -> None:
    memory = ledger([100], small=10, large=90)
    assert memory.plan(90, ["small", "large"]) == Plan({0: 90}, ("large",))


def test_the_busy_ones_stay() -> None:
    memory = ledger([100], busy=50, idle=50)
    assert memory.plan(50, ["idle"]) == Plan({0: 50}, ("idle",))
    assert memory.plan(51, ["idle"]) is None


def test_the_emptiest_pool_is_taken() -> None:
    memory: Memory[str] = Memory([100, 100])
    hold(memory, "a", 30, 0)
    assert memory.plan(50, ["a"]) == Plan({1: 50})
    hold(memory, "b", 60, 1)
    assert memory.plan(50, ["a", "b"]) == Plan({0: 50})


def test_one_in_another_pool_than_the_place_that_was_found_stays() -> None:
    memory: Memory[str] = Memory([100, 100])
    hold(memory, "busy", 50, 0)
    hold(memory, "a", 50, 0)
    hold(memory, "b", 100, 1)
    assert memory.plan(100, ["a", "b"]) == Plan({1: 100}, ("b",))


def test_all_pools_are_cleared_for_one_that_needs_them_all() -> None:
    memory: Memory[str] = Memory([100, 100])
    hold(memory, "a", 80, 0)
    hold(memory, "b", 80, 1)
    assert memory.plan(200, ["b", "a"]) == Plan({0: 100, 1: 100}, ("b", "a"))


def test_one_that_is_larger_than_a_gpu_is_spread() -> None:
    memory: Memory[str] = Memory([100, 60])
    hold(memory, "a", 40, 0)
    assert memory.plan(90, []) == Plan({0: 45, 1: 45})


def test_a_full_pool_has_no_part_of_a_spread() -> None:
    assert place([-20, 50, 50], 80) == {1: 40, 2: 40}
    assert place([-20, 50, 50], 101) is None


def test_one_pool_is_never_spread() -> None:
    assert place([100], 101) is None
    assert place([100], 100) == {0: 100}


def test_a_plan_writes_nothing_down() -> None:
    memory = ledger([100], a=40)
    memory.plan(90, ["a"])
    assert (memory.shares, memory.filling) == ({"a": {0: 40}}, {})


# Models that grew ------------------------------------------------------------------------------


def test_nobody_is_crowded_while_everybody_fits() -> None:
    memory = ledger([100], a=60, b=40)
    assert memory.crowded(["a", "b"]) == []


def test_idle_ones_are_crowded_where_others_grew() -> None:
    memory = ledger([100], a=30, b=30, busy=30)
    memory.settle("busy", 50)
    assert memory.crowded(["b", "a"]) == ["b", "a"]
    memory.release("b")
    assert memory.crowded(["a"]) == []


def test_only_those_of_the_crowded_pool_are() -> None:
    memory: Memory[str] = Memory([100, 100])
    hold(memory, "a", 90, 0)
    hold(memory, "b", 50, 1)
    hold(memory, "busy", 60, 1)
    memory.take("wide", {0: 1, 1: 1})
    assert memory.crowded(["a", "b", "wide"]) == ["b", "wide"]


def test_what_a_load_has_taken_already_crowds_nobody() -> None:
    """It is both in its share and gone from what is really free."""
    memory: Memory[str] = Memory([100], lambda: 10)
    hold(memory, "a", 40)
    memory.take("half loaded", {0: 50})
    assert memory.crowded(["a"]) == []
