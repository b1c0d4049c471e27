"""What one caller fixes, no other caller's draws follow from."""

import torch

from pipelines.loaders.seeds import drawn
from tests.pipelines.loaders.conftest import Answer


def test_draws_inside_repeat_and_those_outside_go_on() -> None:
    with drawn(7):
        first = torch.rand(3)
    outside = torch.rand(3)
    with drawn(7):
        assert torch.equal(torch.rand(3), first)
    assert not torch.equal(torch.rand(3), outside)
    with drawn(None):
        assert not torch.equal(torch.rand(3), first)


def test_a_seed_of_one_call_decides_nothing_of_the_next(answer: Answer) -> None:
    """Random weights at a high temperature: each draw is another."""
    given = {"do_sample": True, "temperature": 50.0, "max_new_tokens": 12}

    def next_draw() -> str:
        answer("text-generation", "gpt2", "a fox", seed=7, **given)
        return str(answer("text-generation", "gpt2", "a fox", **given))

    assert len({next_draw() for _ in range(3)}) == 3
