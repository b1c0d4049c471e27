"""A model as its own Hugging Face Space."""

from pathlib import Path

from deploy import standalone
from deploy.plan import Plan
from deploy.space.readme import readme


def write(plan: Plan, folder: Path, zero: bool = False) -> None:
    """A Gradio Space. A model that the Hub has at a commit is pinned to it; others are bundled.
    With `zero` it is made for ZeroGPU."""
    content = standalone.write(plan, folder, bundled=plan.commit is None, zero=zero)
    (folder / "README.md").write_text(readme(plan, content, zero), encoding="utf-8")
