"""Decision trees out of a file: whether their nodes name only what is there.

scikit-learn's compiled code follows the indices of a tree's nodes without looking: a forged file
could lead it out of the arrays, or round in a circle. So skops does not trust trees unseen; here
every one is looked at before it is used.
"""

from collections.abc import Iterator
from typing import Any

# Types of scikit-learn's own that skops leaves to us: plain bags of values, and checked trees.
OWN = (
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
)


def check(fitted: Any) -> None:
    """Raises ValueError for an estimator with a tree that leads astray."""
    for part, features in parts(fitted, 0):
        if not (sound(part, features) if hasattr(part, "children_left") else tidy(part, features)):
            raise ValueError("a decision tree in it names nodes or columns that it does not have")


def parts(value: Any, features: int) -> Iterator[tuple[Any, int]]:
    """Every tree within `value`, with the number of columns of the estimator it belongs to."""
    import numpy as np

    kind = f"{type(value).__module__}.{type(value).__name__}"
    if kind.endswith((".Tree", ".TreePredictor")) and kind in OWN:
        yield value, features
    elif isinstance(value, dict):
        for each in value.values():
            yield from parts(each, features)
    elif isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype == "O"):
        for each in value if not isinstance(value, np.ndarray) else value.ravel():
            yield from parts(each, features)
    elif kind.startswith("sklearn.") and hasattr(value, "__dict__"):
        own = getattr(value, "n_features_in_", features)
        for each in vars(value).values():
            yield from parts(each, own)


def sound(tree: Any, features: int) -> bool:
    """A node's children come after it, as every builder lays them; leaves have none (-1)."""
    import numpy as np

    nodes = np.arange(tree.node_count)
    inner = tree.children_left != -1
    sides = (tree.children_left[inner], tree.children_right[inner])
    ahead = all(((side > nodes[inner]) & (side < tree.node_count)).all() for side in sides)
    columns = tree.feature[inner]
    return bool(
        ahead
        and (tree.children_right[~inner] == -1).all()
        and ((columns >= 0) & (columns < min(features or tree.n_features, tree.n_features))).all()
        and len(tree.value) == tree.node_count
    )


def tidy(predictor: Any, features: int) -> bool:
    """The same of a gradient-boosted tree, and that its sets of categories are there."""
    import numpy as np

    nodes = predictor.nodes
    inner = nodes["is_leaf"] == 0
    at, rows = np.arange(len(nodes))[inner], nodes[inner]
    ahead = all(((rows[s] > at) & (rows[s] < len(nodes))).all() for s in ("left", "right"))
    sets = rows["bitset_idx"][rows["is_categorical"] != 0]
    known = min(len(predictor.raw_left_cat_bitsets), len(predictor.binned_left_cat_bitsets))
    columns = rows["feature_idx"]
    return bool(ahead and ((columns >= 0) & (columns < features)).all() and (sets < known).all())
