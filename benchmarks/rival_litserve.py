"""LitServe around sentence-transformers: `python -m benchmarks.rival_litserve FOLDER PORT N`, N its
max_batch_size. Written as its own guide does."""

import sys
from typing import Any

import litserve as ls  # type: ignore[import-not-found]
import litserve.server  # type: ignore[import-not-found]
from sentence_transformers import SentenceTransformer

# It takes the package mcp, which it sees of ours, for a sign that it has fastmcp, and fails.
litserve.server._MCP_AVAILABLE = False
TIMEOUT = 0.005  # seconds that a batch waits to be filled


class Embedder(ls.LitAPI):  # type: ignore[misc]
    """At the top of a module, since LitServe hands it to its workers by pickle."""

    folder = sys.argv[1] if len(sys.argv) > 1 else ""

    def setup(self, device: str) -> None:
        self.model = SentenceTransformer(self.folder, device="cpu")

    def decode_request(self, request: dict[str, Any]) -> str:
        return str(request["inputs"])

    def predict(self, given: Any) -> Any:
        return self.model.encode(given, normalize_embeddings=True, batch_size=32)

    def encode_response(self, output: Any) -> list[float]:
        vector: list[float] = output.tolist()
        return vector


def main(port: int, together: int) -> None:
    batching = {"max_batch_size": together, "batch_timeout": TIMEOUT} if together > 1 else {}
    api = Embedder(api_path="/embed", **batching)
    api.folder = sys.argv[1]
    server = ls.LitServer(api, accelerator="cpu")
    server.run(port=port, host="127.0.0.1", generate_client_file=False, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[2]), int(sys.argv[3]))
