"""Sorters of rows: scikit-learn estimators in skops files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import skops.io

from tests.zoo.parts import card
from tests.zoo.tiny import Tiny

ROWS = {"size": [2.0, -2.0, 0.5], "shape": [0.1, -0.2, 3.0]}


def save(folder: Path, tag: str, made: Any, columns: list[str]) -> None:
    """The estimator, and the config.json by which the Hub knows one."""
    skops.io.dump(made, card(folder, tag, "sklearn") / "model.skops")
    about = {"columns": columns, "model": {"file": "model.skops"}}
    (folder / "config.json").write_text(json.dumps({"sklearn": about}), encoding="utf-8")


def seen() -> tuple[pd.DataFrame, Any]:
    """Sixty rows to learn from, and what decides their class."""
    draw = np.random.default_rng(0)
    rows = pd.DataFrame({"size": draw.normal(size=60), "shape": draw.normal(size=60)})
    return rows, rows["size"] + 0.5 * rows["shape"]


def logistic(folder: Path) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows, value = seen()
    made = make_pipeline(StandardScaler(), LogisticRegression())
    made.fit(rows, np.where(value > 0, "hot", "cold"))
    save(folder, "tabular-classification", made, list(rows))


def forest(folder: Path) -> None:
    from sklearn.ensemble import RandomForestClassifier

    rows, value = seen()
    made = RandomForestClassifier(5, random_state=0).fit(rows, value > 0)
    save(folder, "tabular-classification", made, list(rows))


def boosted(folder: Path) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    rows, value = seen()
    made = HistGradientBoostingClassifier(max_iter=3).fit(rows, np.digitize(value, [-0.5, 0.5]))
    save(folder, "tabular-classification", made, list(rows))


def fitted(folder: Path) -> Any:
    file = folder / "model.skops"
    return skops.io.load(file, trusted=skops.io.get_untrusted_types(file=file))


def labels(folder: Path) -> Any:
    return fitted(folder).predict(pd.DataFrame(ROWS)).tolist()


def classes(folder: Path) -> Any:
    made = fitted(folder)
    rows = made.predict_proba(pd.DataFrame(ROWS)).tolist()
    names = [str(name) for name in made.classes_]
    return [
        {"label": label, "probabilities": dict(zip(names, row, strict=True))}
        for label, row in zip(labels(folder), rows, strict=True)
    ]


TAG = "tabular-classification"
SURE = {"parameters": {"probabilities": True}}
BODY = {"inputs": {"data": ROWS}}
TINY = [
    Tiny(TAG, "LogisticRegression", logistic, BODY, labels),
    Tiny(TAG, "RandomForestClassifier", forest, BODY | SURE, classes),
    Tiny(TAG, "HistGradientBoostingClassifier", boosted, BODY, labels),
]
