"""README.md of an exported handler: the head that the Hub reads, and words for people."""

import yaml  # type: ignore[import-untyped]

from deploy.plan import Plan
from pipelines.alone import MODELS
from pipelines.models.facts import licence

WORDS = """
# {id} for Inference Endpoints

{summary}, by `{id}`.
`handler.py` is what Hugging Face's Inference Endpoints run, also for a task that their own images
do not know.

1. Upload this folder to a model repository of yours:
   `hf upload YOUR_NAME/YOUR_MODEL . .`
2. Start an endpoint of it: `create_endpoint.py` holds the call, with the smallest instance that has
   room for the model. Or choose the repository at https://endpoints.huggingface.co.
3. Send what the task takes, `{{"inputs": ..., "parameters": {{...}}}}`, with your token.

Try it here first:

```sh
pip install -r requirements.txt
python -c 'from handler import EndpointHandler; EndpointHandler("."); print("It loads.")'
```

- Model: {source}
- Licence of the model: {licence}. The code in `pipelines/` is Tagline's, Apache-2.0.
- A picture that the model makes comes as PNG, or as base64 in JSON; any other file as an object
  with `blob` (base64) and `content-type`.
- The folder was tested by loading it as the toolkit does. It was not run on Inference Endpoints.
{notes}"""
PINNED = "`{id}` at commit `{commit}`, which the endpoint fetches from the Hub when it starts."
BUNDLED = "`{id}`, whose files are in `{models}/`. Their hashes are in `{models}/SHA256SUMS`."
PRIVATE = (
    "- The model is gated or private: give the endpoint a secret `HF_TOKEN` that may read it.\n"
)
CODE = (
    "- The model runs code of its own, the `handler.py` in `{models}/`; no other model's is run.\n"
)


def readme(plan: Plan, content: str | None) -> str:
    """`content` is the hash of the model's files, where they are bundled."""
    front = yaml.safe_dump(head(plan), sort_keys=False, allow_unicode=True, width=10_000)
    given = {"id": plan.model.id, "commit": plan.commit, "models": MODELS}
    notes = {PRIVATE: bool(plan.model.owner), CODE: plan.model.handler}
    words = WORDS.format(
        id=plan.model.id,
        summary=plan.task.summary,
        source=(PINNED if content is None else BUNDLED).format(**given),
        licence=licence(plan.model) or "not told",
        notes="".join(line.format(**given) for line, holds in notes.items() if holds),
    )
    return f"---\n{front}---\n{words}"


def head(plan: Plan) -> dict[str, object]:
    """The tag `endpoints-template` is how the Hub finds repositories with a handler."""
    found = {
        "pipeline_tag": plan.task.tag,
        "license": licence(plan.model),
        "base_model": plan.model.id if plan.commit else None,
        "tags": ["endpoints-template", plan.task.tag],
    }
    return {name: value for name, value in found.items() if value}
