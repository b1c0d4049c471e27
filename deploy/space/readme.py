"""README.md of an exported Space: its head for the Hub, and words for people."""

from deploy.plan import Plan
from deploy.space.header import header
from deploy.standalone import MODELS
from deploy.writing import as_yaml
from pipelines.models.facts import licence
from pipelines.models.offer import in_words

WORDS = """
# {title}

{summary}, by `{id}`.

The page shows its widget. The same prediction answers HTTP, the Hugging Face and OpenAI clients,
the Gradio client and MCP: `/docs` lists the calls of a running Space.

```sh
pip install -r requirements.txt && python app.py
```

- Model: {source}
- Licence of the model: {licence}. The code is Tagline's, Apache-2.0.
- Memory: about {need} are foretold for the model, and `{flavour}` is the smallest hardware with
  room for that. It says nothing of speed.
- Settings are variables of the Space, such as `TAGLINE_MAX_BODY_MB`; `python app.py --help` lists
  them.
{notes}"""
PINNED = "`{id}` at commit `{commit}`, which the Space fetches from the Hub."
BUNDLED = (
    "`{id}`, whose files are in `{models}/` and need no network. Their hashes are in\n"
    "  `{models}/SHA256SUMS`, whose own is `{content}`."
)
PRIVATE = "- The model is gated or private: give the Space a secret `HF_TOKEN` that may read it.\n"
CODE = (
    "- The model runs code of its own, `handler.py`. This Space trusts the copy that lies in it, "
    "and\n  no other model's.\n"
)
ZERO = (
    "- Made for ZeroGPU: torch is held below 2.12, and the model is placed on the GPU before the "
    "page\n  starts. It was **not run on ZeroGPU**; what could be tried without one was.\n"
)


def readme(plan: Plan, content: str | None, zero: bool) -> str:
    """`content` is the hash of the model's files, where they are bundled."""
    head = header(plan, zero)
    front = as_yaml(head)
    words = WORDS.format(
        title=head["title"],
        id=plan.model.id,
        summary=plan.task.summary,
        source=source(plan, content),
        licence=licence(plan.model) or "not told",
        need=in_words(plan.need),
        flavour=plan.flavour,
        notes=notes(plan, zero),
    )
    return f"---\n{front}---\n{words}"


def source(plan: Plan, content: str | None) -> str:
    given = {"id": plan.model.id, "commit": plan.commit, "content": content, "models": MODELS}
    return (PINNED if content is None else BUNDLED).format(**given)


def notes(plan: Plan, zero: bool) -> str:
    told = {PRIVATE: bool(plan.model.owner), CODE: plan.model.handler, ZERO: zero}
    return "".join(line for line, holds in told.items() if holds)
