"""OpenAI's embeddings and moderations, and the rerank route of Cohere and Jina.

Source: the OpenAI API reference, and Cohere's and Jina's.
"""

import base64
import struct
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from api import headers
from api.problems import RESPONSES, Route
from api.ways import Adder, Asked, Exchange, json_of, read_tokens, schema
from pipelines.errors import InvalidInput
from pipelines.finding import EMBED, LABEL, RANK
from pipelines.inference import Predictor
from pipelines.kinds.distances import flat

TOKENS = (
    "input: this server reads text, not token ids. In LangChain, set "
    "check_embedding_ctx_length=False."
)


class Embed(Asked):
    input: str | list[str] | list[int] | list[list[int]]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: int | None = None


class Moderate(Asked):
    input: str | list[str]


class Rerank(Asked):
    query: str
    documents: list[str | dict[str, str]] = Field(min_length=1)
    top_n: int | None = Field(None, ge=1)
    return_documents: bool = False


def router(inference: Predictor, max_body: float) -> APIRouter:
    """Routes of the protocol. `max_body` in MB."""
    routes = APIRouter(route_class=Route, tags=["OpenAI"], responses=RESPONSES)
    add = Adder(routes, inference, max_body)
    add("/embeddings", json_of(Embed), embeddings, schema(Embed), "Vectors of texts.")
    add("/moderations", json_of(Moderate), moderations, schema(Moderate), "Labels of texts.")
    add("/rerank", json_of(Rerank), rerank, schema(Rerank), "Documents sorted by a query.")
    return routes


async def embeddings(exchange: Exchange, name: str | None, asked: Embed) -> Response:
    texts = asked.input if isinstance(asked.input, list) else [asked.input]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise InvalidInput(TOKENS if texts else "input: is empty; send at least one text.")
    options = {"dimensions": asked.dimensions}
    model, vectors, answer = await exchange.ask(name, EMBED, texts, options)
    write = packed if asked.encoding_format == "base64" else flat
    data = [
        {"object": "embedding", "index": at, "embedding": write(vector)}
        for at, vector in enumerate(vectors)
    ]
    body = {"object": "list", "data": data, "model": model.id, "usage": read_tokens(answer)}
    return exchange.told(body, answer)


def packed(vector: Any) -> str:
    """Little-endian float32 in base64, as openai's client asks for by itself."""
    numbers = flat(vector)
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


async def moderations(exchange: Exchange, name: str | None, asked: Moderate) -> Response:
    """A text is flagged by the labels that the model gives it with more than a half; a label that
    the model's author did not mean as one of harm is no less a category here."""
    texts = asked.input if isinstance(asked.input, list) else [asked.input]
    model, labels, answer = await exchange.ask(name, LABEL, texts, {"top_k": 1000})
    scores = [{each["label"]: each["score"] for each in rows} for rows in labels]
    results = [
        {
            "flagged": any(score > 0.5 for score in found.values()),
            "categories": {label: score > 0.5 for label, score in found.items()},
            "category_scores": found,
            "category_applied_input_types": {label: ["text"] for label in found},
        }
        for found in scores
    ]
    body = {"id": f"modr-{headers.new_id()}", "model": model.id, "results": results}
    return exchange.told(body, answer)


async def rerank(exchange: Exchange, name: str | None, asked: Rerank) -> Response:
    texts = [text_of(each) for each in asked.documents]
    inputs = {"query": asked.query, "texts": texts}
    model, ranks, answer = await exchange.ask(name, RANK, inputs, {"top_k": asked.top_n})
    results = [{"index": row["index"], "relevance_score": row["score"]} for row in ranks]
    if asked.return_documents:
        results = [row | {"document": {"text": texts[row["index"]]}} for row in results]
    body = {
        "id": f"rerank-{headers.new_id()}",
        "model": model.id,
        "results": results,
        "usage": read_tokens(answer),
    }
    return exchange.told(body, answer)


def text_of(document: str | dict[str, str]) -> str:
    if isinstance(document, str):
        return document
    if "text" not in document:
        raise InvalidInput('documents: an object must have its words under "text".')
    return document["text"]
