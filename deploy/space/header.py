"""The head of a Space's README.md, from which the Hub builds it.

Source: "Spaces Configuration Reference" and "ZeroGPU" of the Hub's documentation.
"""

from hashlib import sha256
from importlib.metadata import version
from typing import Any

from deploy import bundle
from deploy.plan import Plan
from pipelines.kinds.outputs import output_kind
from pipelines.model import Model
from pipelines.tiers import ZERO

PYTHON, ZERO_PYTHON = "3.12", "3.12.12"
COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
EMOJI = {
    "text": "📝", "message": "💬", "labels": "🏷️", "scores": "📊", "ranks": "📊", "spans": "🖍️",
    "boxes": "🔲", "masks": "🎭", "image": "🖼️", "images": "🖼️", "depth": "🏔️", "audio": "🔊",
    "segments": "🔊", "video": "🎬", "table": "📋", "cells": "📋", "vector": "🧭", "answers": "❓",
    "fills": "✏️", "solid": "🧊", "keypoints": "📍", "matches": "📍", "forecast": "📈",
}  # fmt: skip
USUAL = "✨"
MOST = 25_000_000_000  # bytes that are fetched while the Space is built: half of its disk
SHORT = 60  # characters of the short description
OWN = ("tagline/", "local/")  # organisations whose models the Hub does not have
AT_HAND = ("folder", "local")  # sources of which nobody knows whether the Hub has the model


def header(plan: Plan, zero: bool) -> dict[str, Any]:
    seed = sha256(plan.model.id.encode()).digest()
    head = {
        "title": title(plan.model),
        "emoji": EMOJI.get(output_kind(plan.task.output).name, USUAL),
        "colorFrom": COLOURS[seed[0] % len(COLOURS)],
        "colorTo": COLOURS[seed[1] % len(COLOURS)],
        "sdk": "gradio",
        "sdk_version": version("gradio"),
        "python_version": ZERO_PYTHON if zero else PYTHON,
        "app_file": "app.py",
        "suggested_hardware": ZERO if zero else plan.flavour,
        "short_description": cut(plan.task.summary),
        "models": [plan.model.id] if on_the_hub(plan.model) else [],
        "preload_from_hub": preloaded(plan),
    }
    return {name: value for name, value in head.items() if value}


def title(model: Model) -> str:
    return model.id.rpartition("/")[2].replace("-", " ").replace("_", " ")


def cut(text: str) -> str:
    return text if len(text) <= SHORT else text[: SHORT - 1].rstrip() + "…"


def on_the_hub(model: Model) -> bool:
    return not model.id.startswith(OWN) and model.source not in AT_HAND and "/" in model.id


def preloaded(plan: Plan) -> list[str]:
    """The files of the pinned commit, fetched while the Space is built. Those that are one user's
    alone are not: they want his token, which is there only when it runs."""
    found = bundle.files(plan.model)
    odd = any(" " in name or "," in name for name in found)  # the list knows no quotes
    if plan.commit is None or plan.model.owner or odd or sum(found.values()) > MOST:
        return []
    return [f"{plan.model.id} {','.join(sorted(found))} {plan.commit}"]
