"""BentoML around sentence-transformers, batching: `python -m benchmarks.rival_bentoml FOLDER PORT`.
Written as its own guide does."""

import os
import sys

import bentoml  # type: ignore[import-not-found]

FOLDER = "BENCHMARK_FOLDER"  # its workers import this file anew, and have no arguments


@bentoml.service(workers=1, traffic={"timeout": 60})
class Embedder:
    def __init__(self) -> None:
        from sentence_transformers import SentenceTransformer

        self.model = SentenceTransformer(os.environ[FOLDER], device="cpu")

    @bentoml.api(batchable=True, max_batch_size=32, max_latency_ms=60_000)  # type: ignore[untyped-decorator]
    def embed(self, inputs: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self.model.encode(inputs, normalize_embeddings=True).tolist()
        return vectors


def main(folder: str, port: str) -> None:
    os.environ[FOLDER] = folder
    os.environ["BENTOML_DO_NOT_TRACK"] = "1"
    command = [sys.executable, "-m", "bentoml", "serve", "benchmarks.rival_bentoml:Embedder"]
    os.execv(sys.executable, [*command, "--port", port, "--host", "127.0.0.1"])


if __name__ == "__main__":
    main(*sys.argv[1:])
