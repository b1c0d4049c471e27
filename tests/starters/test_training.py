"""Adapters: what they learn beside a frozen layer is what merging puts into it."""

import json
import random
from pathlib import Path

import pytest
import torch
from torch import nn

from starters import adapters
from starters.entities import LABELS
from starters.training import entities, lora, texts


class Small(nn.Module):
    """A body of one layer, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.ModuleDict({"encoder": nn.Sequential(nn.Linear(6, 4))})
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self.head(self.body["encoder"](x))
        return answer


@pytest.fixture
def learner() -> tuple[Small, dict[str, torch.Tensor]]:
    """A model with adapters, after some steps, and the weights that it had before."""
    torch.manual_seed(0)
    random.seed(0)
    model = Small()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    lora.adapt(model, rank=2, new=("head",))
    x, y = torch.randn(64, 6), torch.randint(2, (64,))
    epochs = [[{"x": x, "y": y}] * 10] * 3

    lora.train(model, epochs, lambda at: nn.functional.cross_entropy(model(at["x"]), at["y"]), 0.05)
    return model, before


def test_an_adapter_changes_nothing_at_first() -> None:
    model, x = Small(), torch.randn(3, 6)
    before = model(x)
    lora.adapt(model, rank=2, new=("head",))
    assert torch.equal(model(x), before)


def test_only_adapters_and_the_head_learn(
    learner: tuple[Small, dict[str, torch.Tensor]],
) -> None:
    model, before = learner
    after = model.state_dict()
    assert torch.equal(after["body.encoder.0.linear.weight"], before["body.encoder.0.weight"])
    assert not torch.equal(after["head.weight"], before["head.weight"])
    names = ["head.weight", "head.bias", "body.encoder.0.down", "body.encoder.0.up"]
    assert sorted(lora.learnt(model)) == sorted(names)


def test_merged_it_answers_the_same(
    learner: tuple[Small, dict[str, torch.Tensor]], tmp_path: Path
) -> None:
    model, before = learner
    lora.save(tmp_path / "new" / "small.safetensors", model, {"right": 7})
    learnt, measured = adapters.read(tmp_path / "new" / "small.safetensors")
    merged = Small()
    merged.load_state_dict(adapters.merge(before, learnt))
    x = torch.randn(3, 6)
    assert torch.allclose(merged(x), model(x), atol=0.01)  # half precision lies between
    assert measured == {"right": 7}


def test_batches_hold_everything_once_and_texts_of_like_length() -> None:
    random.seed(0)
    words = ["a" * (number % 17) for number in range(100)]
    groups = list(lora.batches(words, 8, len))
    assert sorted(word for group in groups for word in group) == sorted(words)
    assert max(len(max(group, key=len)) - len(min(group, key=len)) for group in groups) <= 3


def test_a_text_is_held_out_or_not_for_good() -> None:
    chosen = [number for number in range(60) if texts.held_out(str(number))]
    assert chosen == [0, 7, 9, 10, 33, 40, 44, 51, 57, 59]


def test_the_weights_in_this_repository_are_small() -> None:
    files = list(adapters.FOLDER.glob("*.safetensors"))
    assert files
    for file in files:
        assert file.stat().st_size < 8e6
        assert json.dumps(adapters.read(file)[1])


def test_labels_of_tokens_and_the_names_that_they_mean() -> None:
    text = "In New York, Ada slept."
    sentence = entities.Sentence(text, ((3, 11, "LOC"), (13, 16, "PER")))
    tokens = [(0, 0), (0, 2), (3, 6), (7, 11), (11, 12), (13, 15), (15, 16), (17, 22), (22, 23)]
    tokens += [(0, 0), (0, 0)]  # [SEP] and padding, as [CLS] was at the beginning
    numbers = entities.labelled(sentence, tokens)
    names = [LABELS.get(number) for number in numbers]
    assert names[:5] == [None, "O", "B-LOC", "I-LOC", "O"]
    assert names[5:] == ["B-PER", "I-PER", "O", "O", None, None]
    plain = [max(number, 0) for number in numbers]
    assert list(entities.spans(tokens, plain)) == list(sentence.spans)


def test_two_names_side_by_side_are_two() -> None:
    numbers = [entities.NUMBERS[label] for label in ("B-PER", "B-PER", "I-LOC")]
    found = list(entities.spans([(0, 3), (4, 7), (8, 9)], numbers))
    assert found == [(0, 3, "PER"), (4, 7, "PER"), (8, 9, "LOC")]
