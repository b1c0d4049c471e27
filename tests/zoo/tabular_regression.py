"""Predictors of a number for each row: scikit-learn estimators in skops files."""

from pathlib import Path

from tests.zoo.tabular_classification import BODY, labels, save, seen
from tests.zoo.tiny import Tiny

TAG = "tabular-regression"


def ridge(folder: Path) -> None:
    from sklearn.linear_model import Ridge

    rows, value = seen()
    save(folder, TAG, Ridge().fit(rows, value), list(rows))


def forest(folder: Path) -> None:
    from sklearn.ensemble import RandomForestRegressor

    rows, value = seen()
    save(folder, TAG, RandomForestRegressor(5, random_state=0).fit(rows, value), list(rows))


TINY = [
    Tiny(TAG, "Ridge", ridge, BODY, labels),
    Tiny(TAG, "RandomForestRegressor", forest, BODY, labels),
]
