"""README.md of an exported container."""

from deploy.docker.dockerfile import image_name
from deploy.plan import Plan
from deploy.standalone import MODELS
from pipelines.models.facts import licence
from pipelines.models.offer import in_words

WORDS = """\
# {id} as a container

```sh
docker build -t {image} .
docker run {flags}-p 7860:7860 {image}
docker exec CONTAINER python app.py token create --name me
```

It asks for a token: the last command makes one. `-e TAGLINE_LEVEL=public` opens it to everybody who
reaches its port. It runs as user 1000 and needs no network; what it writes goes to `/data`.

- Model: `{id}`{commit}, {place}. The hashes of its files are in `{models}/SHA256SUMS`, whose own is
  `{content}`.
- Licence of the model: {licence}. The code is Tagline's, Apache-2.0.
- Memory: give it {need} for the model, as foretold from its files, and 1.5 GB for the server.
- {torch}

## With others

`docker compose up --build` starts the server alone. With `--profile redis`, `--profile postgres`
and `--profile prometheus` these run beside it; `compose.yaml` says what to set for each.
"""
GPU = (
    "It asks for one NVIDIA GPU, which the NVIDIA Container Toolkit hands through. pip's own torch "
    "for\n  Linux computes on it."
)
CPU = (
    "pip's own torch for Linux brings CUDA along. For CPUs alone a smaller one can be had:\n"
    "  `--build-arg PIP_EXTRA_INDEX_URL=ADDRESS`, with the address that\n"
    "  https://pytorch.org/get-started names."
)


def readme(plan: Plan, content: str, mount: bool, cuda: bool) -> str:
    """`content` is the hash of the model's files."""
    flags = "--gpus all " if cuda else ""
    flags += f'-v "$PWD/{MODELS}:/app/{MODELS}:ro" ' if mount else ""
    return WORDS.format(
        id=plan.model.id,
        image=image_name(plan),
        flags=flags,
        commit=f" at commit `{plan.commit}`" if plan.commit else "",
        place=f"mounted from `{MODELS}/`" if mount else "in the image",
        models=MODELS,
        content=content,
        licence=licence(plan.model) or "not told",
        need=in_words(plan.need),
        torch=GPU if cuda else CPU,
    )
