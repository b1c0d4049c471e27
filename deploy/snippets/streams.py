"""The pieces of a streamed answer, as code that reads them sees them."""

from deploy.snippets.ask import Ask
from pipelines.kinds import outputs

# How the words of a piece are found, by the output kind's own way to find them, in Python and in
# JavaScript
WORDS = {
    outputs.said_delta: (
        'piece["choices"][0]["delta"].get("content") or ""',
        'piece.choices[0].delta.content ?? ""',
    ),
    outputs.generated_delta: ('piece["token"]["text"]', "piece.token.text"),
    outputs.transcribed_delta: ('piece["text"]', "piece.text"),
}


def can(ask: Ask) -> bool:
    """Whether the model answers in pieces."""
    return ask.task.streams(ask.model)


def words(ask: Ask, javascript: bool = False) -> str:
    """An expression for the words of `piece`, empty where pieces are steps and no words."""
    return WORDS[ask.kind.delta][javascript] if ask.kind.delta in WORDS else ""
