"""Texts of like length go through a model together."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.loaders.padding import BLOCK, ON_A_CPU, even, runs

SIZES = st.lists(st.integers(1, 600), max_size=60)


def few(count: int, _: int) -> bool:
    return count <= 32


def short(count: int, longest: int) -> bool:
    return count * longest <= 1000


def padded(sizes: list[int], batches: list[list[int]]) -> int:
    return sum(len(batch) * max(sizes[at] for at in batch) for batch in batches)


@given(
    SIZES,
    st.sampled_from([few, short]),
    st.sampled_from(["cpu", "cuda"]),
    st.sampled_from([1, 2, 3]),
)
def test_each_goes_once_the_longest_first_and_no_run_is_too_large(
    sizes: list[int], fits: object, device: str, lanes: int
) -> None:
    assert callable(fits)
    batches = runs(sizes, fits, device, lanes)
    order = [at for batch in batches for at in batch]
    assert sorted(order) == list(range(len(sizes)))
    assert [sizes[at] for at in order] == sorted(sizes, reverse=True)
    for batch in batches:
        assert len(batch) == 1 or fits(len(batch), sizes[batch[0]])


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6 * BLOCK))
def test_no_other_way_to_part_the_blocks_costs_less(sizes: list[int]) -> None:
    """Sizes that differ by less than a run costs, so that every block is whole."""

    def cost(batches: list[list[int]]) -> int:
        return padded(sizes, batches) + ON_A_CPU * len(batches)

    order = sorted(range(len(sizes)), key=lambda at: -sizes[at])
    blocks = [order[at : at + BLOCK] for at in range(0, len(order), BLOCK)]
    others = []
    for count in range(len(blocks)):
        for cuts in combinations(range(1, len(blocks)), count):
            edges = [0, *cuts, len(blocks)]
            parts = [sum(blocks[a:b], []) for a, b in zip(edges, edges[1:], strict=False)]
            others.append(cost(parts))
    assert cost(list(runs(sizes, lambda *_: True, "cpu"))) == min(others)


def test_a_long_one_among_short_ones_goes_alone() -> None:
    assert list(runs([10, 10, 300, 10], few, "cpu")) == [[2], [0, 1, 3]]


def test_a_card_reads_more_at_once() -> None:
    sizes = [60] * 8 + [10] * 8
    assert len(list(runs(sizes, few, "cpu"))) == 2
    assert len(list(runs(sizes, few, "cuda"))) == 1


@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize("sizes", [[], [7]])
def test_none_and_one(sizes: list[int], lanes: int) -> None:
    assert runs(sizes, few, "cpu", lanes) == [[0]] * len(sizes)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=9), st.integers(1, 4))
def test_no_other_way_to_part_them_has_a_cheaper_dearest_run(sizes: list[int], count: int) -> None:
    order = sorted(range(len(sizes)), key=lambda at: -sizes[at])

    def dearest(parts: list[list[int]]) -> int:
        return max(len(part) * sizes[part[0]] for part in parts)

    others = []
    for cuts in range(min(count, len(sizes))):
        for edges in combinations(range(1, len(sizes)), cuts):
            ends = [0, *edges, len(sizes)]
            others.append([order[a:b] for a, b in zip(ends, ends[1:], strict=False)])
    found = even(order, sizes, lambda *_: True, count)
    assert len(found) <= count
    assert dearest(found) == min(map(dearest, others))


def test_lanes_have_as_much_to_do_each() -> None:
    sizes = [23, 22, 21, 21, 20, 19, 18, 18, 17, 16, 16, 15, 14, 13, 12, 11]
    one, other = runs(sizes, few, "cpu", lanes=2)
    assert (len(one), len(other)) == (7, 9)
    assert len(runs(sizes, few, "cpu")) < 3


def test_a_few_short_ones_are_not_worth_two_runs() -> None:
    assert runs([12, 11], few, "cpu", lanes=2) == [[0, 1]]


def test_a_long_one_has_a_lane_to_itself() -> None:
    assert runs([10, 10, 300, 10], few, "cpu", lanes=2) == [[2], [0, 1, 3]]
