"""A folder that serves one model by itself: `python app.py`."""

import json
from collections.abc import Mapping
from pathlib import Path

from deploy import bundle, parts, requirements
from deploy.plan import Plan

MODELS = "models"  # folder of the bundled files
APP = '''"""{what}, as a page and an API. `python app.py` starts it, `--help` lists the settings."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# What is set in the environment, as a variable of a Space or a container is, comes first.
SETTINGS = {{
{settings}
}}


def start() -> None:
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    from cli.main import main
    from tagline import serve

    main(sys.argv[1:], serve)


if __name__ == "__main__":
    start()
'''


def write(plan: Plan, folder: Path, bundled: bool, zero: bool = False) -> str | None:
    """Fills `folder`; the hash of the model's files where they are `bundled`, else None, and the
    Hub is asked for them at their commit."""
    parts.copy(folder)
    needs = requirements.lines(plan.model, zero)
    (folder / "requirements.txt").write_text("".join(f"{each}\n" for each in needs))
    settings = bundled_settings(plan) if bundled else pinned_settings(plan)
    (folder / "app.py").write_text(app(plan, settings), encoding="utf-8")
    return bundle.copy(plan.model, folder / MODELS) if bundled else None


def app(plan: Plan, settings: Mapping[str, str]) -> str:
    rows = "\n".join(f'    "{name}": {value},' for name, value in settings.items())
    return APP.format(what=plan.name, settings=rows)


# Settings, each value as Python code -------------------------------------------------------------


def bundled_settings(plan: Plan) -> dict[str, str]:
    """No network is needed. What lies among the models on board may run code of its own, so only a
    model whose code was trusted here is put there, and it is alone."""
    place = "TAGLINE_STARTERS_DIR" if plan.model.trusted_code else "TAGLINE_MODELS_DIR"
    folder = f'str(HERE / "{MODELS}")'
    return {**common(plan, plan.model.id), place: folder, "TAGLINE_OFFLINE": quoted("true")}


def pinned_settings(plan: Plan) -> dict[str, str]:
    """The model comes from the Hub, at its commit; no other one does."""
    return {**common(plan, plan.name), "TAGLINE_MODELS": quoted(plan.model.id)}


def common(plan: Plan, name: str) -> dict[str, str]:
    """The one model, alone, loaded at the start."""
    return {
        "TAGLINE_DEMO": quoted("true"),
        "TAGLINE_MODEL": quoted(name),
        "TAGLINE_TASK": quoted(plan.task.tag),
        "TAGLINE_PINNED": quoted(name),
    }


def quoted(text: str) -> str:
    return json.dumps(text)
