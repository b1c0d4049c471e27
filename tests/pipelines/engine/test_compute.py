"""How many calls compute at a time, and on how many cores each."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from pipelines.engine.compute import Compute
from pipelines.hardware import Device, Gpu
from tests.pipelines.fakes import HARDWARE

GPU = Gpu("NVIDIA L4", 22 << 30, (8, 9))


def compute(threads: int) -> Compute:
    return Compute(replace(HARDWARE, threads=threads))


async def turns(compute: Compute, count: int, stack: AsyncExitStack) -> list[int]:
    """So many calls that compute until `stack` is closed; the threads of each."""
    return [await stack.enter_async_context(compute.turn()) for _ in range(count)]


@pytest.mark.parametrize(
    ("device", "threads", "gpus", "most"),
    [
        ("cpu", 1, 0, 4),
        ("cpu", 2, 0, 4),
        ("cpu", 16, 0, 16),
        ("mps", 10, 0, 10),
        ("cuda", 2, 1, 4),
        ("cuda", 64, 1, 4),
        ("cuda", 8, 4, 16),
        ("cuda", 8, 0, 4),  # ZeroGPU lends one for each call
    ],
)
async def test_the_most_at_a_time(device: Device, threads: int, gpus: int, most: int) -> None:
    hardware = replace(HARDWARE, device=device, threads=threads, gpus=(GPU,) * gpus)
    made = Compute(hardware)
    assert made.most == most
    async with AsyncExitStack() as stack:
        await turns(made, most, stack)
        assert made.places.locked()
        assert made.running == most


@pytest.mark.parametrize(
    ("threads", "parts"),
    [(8, [8, 4, 2, 2, 1, 1, 1, 1]), (2, [2, 1, 1, 1]), (1, [1, 1, 1, 1])],
)
async def test_each_call_gets_its_part_of_the_cores(threads: int, parts: list[int]) -> None:
    async with AsyncExitStack() as stack:
        assert await turns(compute(threads), len(parts), stack) == parts


async def test_a_call_alone_has_all_cores_again() -> None:
    made = compute(8)
    async with AsyncExitStack() as stack:
        await turns(made, 5, stack)
    async with made.turn() as threads:
        assert (threads, made.running) == (8, 1)


async def test_one_too_many_waits_for_a_place() -> None:
    made = compute(2)
    async with AsyncExitStack() as stack:
        await turns(made, 3, stack)
        async with AsyncExitStack() as last:
            await turns(made, 1, last)
            late = asyncio.create_task(turns(made, 1, stack))
            await asyncio.sleep(0)
            assert not late.done()
            assert made.running == 4
        assert await late == [1]


async def test_a_call_that_fails_gives_its_place_back() -> None:
    made = compute(1)
    for _ in range(made.most + 1):
        with pytest.raises(ValueError, match="odd"):
            async with made.turn():
                raise ValueError("odd")
    assert made.running == 0
    async with AsyncExitStack() as stack:
        assert len(await turns(made, made.most, stack)) == made.most


async def test_who_waits_no_longer_takes_no_place() -> None:
    made = compute(1)
    async with AsyncExitStack() as stack, AsyncExitStack() as waiting:
        await turns(made, 4, stack)
        gone, late = (asyncio.create_task(turns(made, 1, waiting)) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait({gone})
        await stack.aclose()
        assert await late == [1]
        assert made.running == 1
