"""Pipeline tags of the Hub that nothing on one's own machine serves with a picture, a text or a
table in and an answer out: what each is, why it is not served here, and what does it."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

# Groups of pipeline tags, in the Hub's order (`pipelines.modalities` says which a task is in)
Modality = Literal["multimodal", "vision", "language", "audio", "tabular", "agents", "other"]
MODALITIES: tuple[Modality, ...] = get_args(Modality)
REPLAY = "replay.mp4"  # what the Hub shows of an agent: its author's film of one run


@dataclass(frozen=True)
class Unserved:
    """`what` says what models of the tag do, `why` what is missing, `by` who does it instead."""

    tag: str
    modality: Modality
    what: str
    why: str
    by: str

    def __str__(self) -> str:
        return f"{self.tag} is not served here: {self.why}. {self.by}."


TAGS = (
    Unserved(
        "reinforcement-learning",
        "agents",
        "Agents that act in an environment: a game, a simulator, a machine",
        "an agent answers an environment step by step, which is a program of its own and not part "
        "of the model, and its weights are mostly pickles",
        "stable-baselines3, ML-Agents, Sample Factory and CleanRL run such agents; the film in the "
        "repository shows what this one does",
    ),
    Unserved(
        "robotics",
        "agents",
        "Policies that move a robot by what its cameras and joints say",
        "a policy needs the robot, or its simulator, that it was trained with",
        "LeRobot runs them",
    ),
    Unserved(
        "graph-ml",
        "other",
        "Models of graphs: molecules, networks, knowledge bases",
        "transformers has no graph model any more, and the Hub has no common form for a graph",
        "PyTorch Geometric and DGL run them, each model by its author's own code",
    ),
    Unserved(
        "tabular-to-text",
        "tabular",
        "Texts that say in words what a table holds",
        "no library here has a model made for it",
        "A chat model does it when the table stands in the prompt: text-generation",
    ),
    Unserved(
        "table-to-text",
        "language",
        "Texts that say in words what a table holds",
        "no model of transformers or sentence-transformers is made for it",
        "A chat model does it when the table stands in the prompt: text-generation",
    ),
    Unserved(
        "text-retrieval",
        "language",
        "Finding the texts of a large collection that answer a question",
        "it needs an index of documents",
        "text-ranking sorts the texts that are sent, feature-extraction gives the vectors of an "
        "index",
    ),
    Unserved(
        "other",
        "other",
        "What fits none of the Hub's tags",
        "the tag says nothing about what goes in and what comes out",
        "A model with a handler.py is served under the tag that its card names, once the operator "
        "trusts its code",
    ),
)  # fmt: skip
UNSERVED = MappingProxyType({each.tag: each for each in TAGS})
