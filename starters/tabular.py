"""What the two models of tables share: a held-out score, a skops file, the Hub's config.json."""

import json
from pathlib import Path
from typing import Any

from starters import card

SEED = 0
MADE_WITH = ("scikit-learn", "skops")


def split(columns: Any, target: Any, stratify: Any = None) -> list[Any]:
    """Rows and targets to learn from and to score on: 3 : 1."""
    from sklearn.model_selection import train_test_split

    parts = train_test_split(columns, target, test_size=0.25, random_state=SEED, stratify=stratify)
    return list(parts)


def save(folder: Path, model: Any, task: str, example: dict[str, list[Any]]) -> None:
    """Write model.skops, and the config.json by which the Hub knows a scikit-learn model."""
    import sklearn
    import skops.io

    folder.mkdir()
    skops.io.dump(model, folder / "model.skops")
    about = {
        "columns": list(example),
        "environment": [f"scikit-learn={sklearn.__version__}"],
        "example_input": example,
        "model": {"file": "model.skops"},
        "model_format": "skops",
        "task": task,
    }
    (folder / "config.json").write_text(json.dumps({"sklearn": about}, indent=2) + "\n")


def write_card(folder: Path, body: str, **front: Any) -> None:
    from sklearn import __version__

    card.write(
        folder,
        body + provenance(__version__),
        license="bsd-3-clause",
        library_name="sklearn",
        model_format="skops",
        model_file="model.skops",
        **front,
    )


def provenance(version: str) -> str:
    return f"""
## Provenance

Fitted on this machine by Tagline with scikit-learn {version}, from the data set that ships with
scikit-learn (BSD-3-Clause). Three quarters of the rows were learnt from, the score is of the last
quarter; the split's seed is {SEED}.
"""
