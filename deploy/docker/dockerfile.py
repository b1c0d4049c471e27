"""The Dockerfile of an exported model. It asks for nothing that only BuildKit knows."""

from deploy.plan import Plan
from deploy.standalone import MODELS

TEXT = """\
# {what} as a container: docker build -t {image} .
#
# Packages come from pip's own index, whose torch for Linux computes on NVIDIA GPUs and on CPUs.
# --build-arg PIP_EXTRA_INDEX_URL=ADDRESS adds the index of another build of torch{variant},
# as https://pytorch.org/get-started names them; PIP_INDEX_URL takes the place of pip's own.
ARG BASE=python:3.12-slim
FROM ${{BASE}}
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL

# Reached from outside, it asks for a token, unless it is told another level.
ENV PYTHONUNBUFFERED=1 \\
    TAGLINE_LEVEL=protected \\
    TAGLINE_HOME=/data \\
    HF_HOME=/data/huggingface
RUN useradd --create-home --uid 1000 user && mkdir /data && chown user /data

WORKDIR /app
COPY requirements.txt requirements-services.txt ./
RUN pip install --no-cache-dir -r requirements.txt -r requirements-services.txt
COPY . .
RUN python -m compileall -q .

USER 1000
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=2m CMD ["python", "-c", "{health}"]
CMD ["python", "app.py"]
"""
HEALTH = (
    "import os, urllib.request as web; port = os.environ.get('GRADIO_SERVER_PORT', '7860'); "
    "web.urlopen(f'http://127.0.0.1:{port}/health', timeout=4)"
)
BESIDE = (
    "Dockerfile", "compose.yaml", "README.md", ".dockerignore", ".env", "**/__pycache__",
)  # fmt: skip


def dockerfile(plan: Plan, cuda: bool) -> str:
    variant = " (one for another CUDA)" if cuda else " (the small one for CPUs alone)"
    image = image_name(plan)
    return TEXT.format(what=plan.model.id, image=image, variant=variant, health=HEALTH)


def image_name(plan: Plan) -> str:
    """As names of images are written: small letters, and single dots and dashes."""
    name = plan.model.id.rpartition("/")[2].lower()
    return "-".join(filter(None, name.replace(".", "-").replace("_", "-").split("-")))


def ignored(mount: bool) -> str:
    """What stays out of the image: what is beside it, and a model that is mounted."""
    return "".join(f"{name}\n" for name in (*BESIDE, *([MODELS] if mount else [])))
