"""transformers' pipeline(), for the tasks that it has."""

from deploy.snippets.ask import Ask, Snippet
from deploy.snippets.local.program import chosen, written
from deploy.snippets.python import call
from pipelines.errors import UnsupportedTask

# The tasks of pipeline() in transformers 5 that need no package more; to ask the library itself
# would bring torch into the server. Not mask-generation: it wants torchvision.
PIPELINES = frozenset(
    {"audio-classification", "automatic-speech-recognition", "depth-estimation",
     "document-question-answering", "feature-extraction", "fill-mask", "image-classification",
     "image-feature-extraction", "image-segmentation", "object-detection",
     "table-question-answering", "text-classification", "text-to-audio",
     "text-to-speech", "token-classification", "video-classification",
     "zero-shot-audio-classification", "zero-shot-classification",
     "zero-shot-image-classification", "zero-shot-object-detection"}
)  # fmt: skip
IMPORT = "from transformers import pipeline"
SOUND = 'soundfile.write("answer.wav", answer["audio"].squeeze(), answer["sampling_rate"])'


def snippet(ask: Ask) -> Snippet:
    """Raises UnsupportedTask where there is no such pipeline, InvalidInput for a parameter that it
    does not take."""
    if ask.task.tag not in PIPELINES:
        raise UnsupportedTask(f"transformers does no {ask.task.tag} by one call.")
    made = call("pipe = pipeline", [f'"{ask.task.tag}"', "model=model"])
    if ask.kind.name == "audio":
        return said(ask, made)
    asked = call("answer = pipe", [*inputs(ask), *options(ask)])
    return written(ask, f"{IMPORT}\n\n{made}\n{asked}\nprint(answer)")


def said(ask: Ask, made: str) -> Snippet:
    """What a model says or plays: of how, the seed and what `generate` takes can be told."""
    given = chosen(ask)
    drawn = "seed" in given
    seed, more = ("set_seed(seed)\n", ", set_seed") if drawn else ("", "")
    own = "generation_parameters" in given
    how = ["generate_kwargs=generation_parameters"] if own else []
    asked = call("answer = pipe", [*inputs(ask), *how])
    return written(ask, f"import soundfile\n{IMPORT}{more}\n\n{made}\n{seed}{asked}\n{SOUND}")


def inputs(ask: Ask) -> list[str]:
    """What a pipeline works on stands alone; what it chooses among, and all of several, by name."""
    first = [slot.name for slot in ask.slots if slot.kind != "names"]
    named = [slot.name for slot in ask.slots if slot.name not in first or len(first) > 1]
    sounds = {slot.name for slot in ask.slots if slot.kind == "audio"}
    rate = "pipe.feature_extractor.sampling_rate"
    alone = [f"heard({name}, {rate})" if name in sounds else name for name in first]
    return [*(alone if len(first) == 1 else []), *(f"{name}={name}" for name in named)]


def options(ask: Ask) -> list[str]:
    return ["**parameters"] if chosen(ask) else []
