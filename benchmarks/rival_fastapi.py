"""A plain FastAPI route around sentence-transformers: `python -m benchmarks.rival_fastapi FOLDER
PORT`. What most people write first."""

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer


class Body(BaseModel):
    inputs: str


def app(folder: str) -> FastAPI:
    made, model = FastAPI(), SentenceTransformer(folder)

    @made.post("/embed")
    def embed(body: Body) -> list[float]:
        vector: list[float] = model.encode(body.inputs, normalize_embeddings=True).tolist()
        return vector

    return made


if __name__ == "__main__":
    uvicorn.run(app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
