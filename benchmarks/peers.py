"""What people write today, each run as a fresh Python: `python -m benchmarks.peers NAME FOLDER`.

FOLDER has all-MiniLM-L6-v2. A script prints its scores as JSON once it has them; the page takes a
port and serves. Written as the libraries' own guides do.
"""

import json
import sys
from collections.abc import Callable

SOURCE = "How do I reset my password?"
SENTENCES = ("I forgot the code to sign in.", "The weather is lovely today.")


def with_sentence_transformers(folder: str) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(folder)
    vectors = model.encode([SOURCE, *SENTENCES])
    print(json.dumps(model.similarity(vectors[:1], vectors[1:])[0].tolist()), flush=True)


def with_vector(folder: str) -> None:
    """The vector of one text alone, for a comparison of answers."""
    from sentence_transformers import SentenceTransformer

    print(json.dumps(SentenceTransformer(folder).encode(SOURCE).tolist()), flush=True)


def with_transformers(folder: str) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder)
    batch = tokenizer([SOURCE, *SENTENCES], padding=True, return_tensors="pt")
    with torch.no_grad():
        states = model(**batch).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1)
    vectors = (states * mask).sum(1) / mask.sum(1)
    scores = torch.cosine_similarity(vectors[:1], vectors[1:])
    print(json.dumps(scores.tolist()), flush=True)


def with_gradio(folder: str, port: str) -> None:
    import gradio as gr
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(folder)

    def compare(source: str, sentences: str) -> list[float]:
        vectors = model.encode([source, *sentences.splitlines()])
        scores: list[float] = model.similarity(vectors[:1], vectors[1:])[0].tolist()
        return scores

    page = gr.Interface(compare, ["text", gr.Textbox(lines=3)], "json", api_name="compare")
    page.launch(server_name="127.0.0.1", server_port=int(port), quiet=True)


SCRIPTS: dict[str, Callable[..., None]] = {
    "sentence-transformers": with_sentence_transformers,
    "vector": with_vector,
    "transformers": with_transformers,
    "gradio": with_gradio,
}

if __name__ == "__main__":
    SCRIPTS[sys.argv[1]](*sys.argv[2:])
