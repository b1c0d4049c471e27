"""infinity-emb as its own command starts it: `python -m benchmarks.rival_infinity FOLDER PORT`.

It batches by itself. BetterTransformer wants a package that no longer knows this torch.
"""

import sys


def main(folder: str, port: str) -> None:
    from infinity_emb.cli import cli  # type: ignore[import-not-found]

    sys.argv = [
        "infinity_emb", "v2", "--model-id", folder, "--served-model-name", "minilm",
        "--host", "127.0.0.1", "--port", port, "--engine", "torch", "--device", "cpu",
        "--batch-size", "32", "--no-bettertransformer",
    ]  # fmt: skip
    cli()


if __name__ == "__main__":
    main(*sys.argv[1:])
