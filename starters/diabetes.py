"""Diabetes, tabular regression: how far the illness goes within a year, from ten measurements."""

from collections.abc import Mapping
from pathlib import Path

from starters import tabular
from starters.build import Starter
from starters.wheels import Wheel

TASK = "tabular-regression"
BODY = """
# Diabetes

Predicts a score of disease progression one year after ten measurements were taken (age, sex, body
mass index, blood pressure, six blood values), in 442 patients studied by Efron, Hastie, Johnstone
and Tibshirani (2004): ridge regression on standardised columns. **On {rows} held-out patients
R2 is {score:.3f}**, and predictions are {error:.0f} points off on average, on a scale of 25 to 346:
most of what decides the course is not in these ten numbers.

**Good for** seeing what a model of tables does. **Not for** medicine.
"""


def build(folder: Path, wheels: Mapping[str, Wheel]) -> None:
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    patients = load_diabetes(as_frame=True, scaled=False)  # in the units a person would type
    x, unseen, y, truth = tabular.split(patients.data, patients.target)
    model = make_pipeline(StandardScaler(), RidgeCV()).fit(x, y)
    error = abs(model.predict(unseen) - truth).mean()
    body = BODY.format(rows=len(truth), score=model.score(unseen, truth), error=error)
    example = unseen.head(3).to_dict("list")
    tabular.save(folder, model, TASK, example)
    tabular.write_card(
        folder,
        body,
        pipeline_tag=TASK,
        tags=["sklearn", "skops", TASK],
        widget=[{"structured_data": example}],
    )


STARTER = Starter(
    id="tagline/diabetes",
    build=build,
    sources=(__file__, tabular.__file__),
    made_with=tabular.MADE_WITH,
)
