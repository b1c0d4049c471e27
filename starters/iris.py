"""Iris, tabular classification: three kinds of flower told apart by four lengths."""

from collections.abc import Mapping
from pathlib import Path

from starters import tabular
from starters.build import Starter
from starters.wheels import Wheel

TASK = "tabular-classification"
BODY = """
# Iris

Tells *setosa*, *versicolor* and *virginica* apart by the size of their petals and sepals in
centimetres: logistic regression on standardised columns. **{right} of {rows} held-out flowers right
(accuracy {score:.3f}).**

**Good for** seeing what a model of tables does. **Not for** any flower beyond these three kinds:
it always names one of them.
"""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    import numpy as np
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    iris = load_iris(as_frame=True)
    kinds = iris.target_names[iris.target]
    x, unseen, y, truth = tabular.split(iris.data, kinds, stratify=kinds)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)
    right = int((model.predict(unseen) == truth).sum())
    body = BODY.format(right=right, rows=len(truth), score=right / len(truth))
    one_of_each = np.unique(truth, return_index=True)[1]
    example = unseen.iloc[one_of_each].to_dict("list")
    tabular.save(folder, model, TASK, example)
    tabular.write_card(
        folder,
        body,
        pipeline_tag=TASK,
        tags=["sklearn", "skops", TASK],
        widget=[{"structured_data": example}],
    )


STARTER = Starter(
    id="tagline/iris",
    build=build,
    sources=(__file__, tabular.__file__),
    made_with=tabular.MADE_WITH,
)
