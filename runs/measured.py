"""The metrics of a run, counted once for every state of it."""

import os
import secrets

from pydantic import ValidationError

from pipelines import registry
from pipelines.kinds.outputs import output_kind
from runs.kept import Kept
from runs.metrics import Metrics, measure, roc


def measured(kept: Kept) -> Metrics:
    """Reads all results, unless it has done so since the last of them. Blocks."""
    done, file = kept.ledger.counts().done, kept.folder / "metrics.json"
    try:
        found = Metrics.model_validate_json(file.read_bytes())
        if found.done == done:
            return found
    except (OSError, ValidationError):
        pass  # never counted, or by a version that knew other metrics: then it is counted anew
    plan = kept.about.plan
    if plan is None:
        return Metrics()
    kind = output_kind(registry.get(plan.task).output).name
    made = measure(kind, kept.ledger.each())
    roc(made, kind, kept.ledger.each())
    fresh = kept.folder / f"metrics.{secrets.token_hex(4)}"
    fresh.write_text(made.model_dump_json(), encoding="utf-8")
    os.replace(fresh, file)
    return made
