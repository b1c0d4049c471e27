"""Ray Serve around sentence-transformers, batching: `python -m benchmarks.rival_ray FOLDER PORT`.
Written as its own guide does; a Ray of its own, on this machine alone."""

import sys

import ray
from ray import serve
from starlette.requests import Request
from starlette.responses import JSONResponse

from benchmarks.models import on_the_cpu

TOGETHER, TIMEOUT = 32, 0.005  # texts of a batch, and seconds that it waits to be filled
HERE = "127.0.0.1"


@serve.deployment(max_ongoing_requests=64)
class Embedder:
    def __init__(self, folder: str, threads: int) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(threads)  # Ray allows an actor as many as it has CPUs
        self.model = SentenceTransformer(folder, device="cpu")

    @serve.batch(max_batch_size=TOGETHER, batch_wait_timeout_s=TIMEOUT)  # type: ignore[untyped-decorator]
    async def embed(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self.model.encode(texts, normalize_embeddings=True).tolist()
        return vectors

    async def __call__(self, request: Request) -> JSONResponse:
        return JSONResponse(await self.embed((await request.json())["inputs"]))


def main(folder: str, port: str) -> None:
    ray.init(include_dashboard=False, _node_ip_address=HERE, object_store_memory=200_000_000)
    serve.start(http_options={"host": HERE, "port": int(port)})
    app = Embedder.bind(folder, on_the_cpu().threads)  # type: ignore[attr-defined]
    serve.run(app, route_prefix="/embed", blocking=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
