"""Trees out of a file: good ones are used, forged ones are not."""

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier

from pipelines.loaders import trees

ROWS = np.random.default_rng(0).normal(size=(80, 3))
NUMBER = ROWS[:, 0] + ROWS[:, 1]


@pytest.fixture
def forest() -> Any:
    return RandomForestClassifier(3, random_state=0).fit(ROWS, NUMBER > 0)


@pytest.fixture
def boosted() -> Any:
    return HistGradientBoostingRegressor(max_iter=3, min_samples_leaf=5).fit(ROWS, NUMBER)


def forge(tree: Any, field: str, value: int) -> None:
    """Writes a wrong index into the root of a tree, as a forged file would."""
    state = tree.__getstate__()
    state["nodes"] = state["nodes"].copy()
    state["nodes"][field][0] = value
    tree.__setstate__(state)


def test_honest_trees_pass(forest: Any, boosted: Any) -> None:
    trees.check(forest)
    trees.check({"a": [forest, boosted]})
    assert len(list(trees.parts(forest, 0))) == 3
    assert len(list(trees.parts(boosted, 0))) == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [("left_child", 10_000), ("right_child", 0), ("left_child", -5), ("feature", 3)],
)
def test_a_forged_tree_is_refused(forest: Any, field: str, value: int) -> None:
    forge(forest.estimators_[1].tree_, field, value)
    with pytest.raises(ValueError, match="does not have"):
        trees.check(forest)


@pytest.mark.parametrize(
    ("field", "value"), [("left", 10_000), ("right", 0), ("feature_idx", 3), ("feature_idx", -1)]
)
def test_a_forged_boosted_tree_is_refused(boosted: Any, field: str, value: int) -> None:
    predictor = boosted._predictors[1][0]
    predictor.nodes = predictor.nodes.copy()
    predictor.nodes[field][0] = value
    with pytest.raises(ValueError, match="does not have"):
        trees.check(boosted)
