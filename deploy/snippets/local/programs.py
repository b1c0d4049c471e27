"""Programs that are written out, in `programs/<library>/<tag>.txt`.

They are data by tag, as the records are, since each is what its library asks for where no call
does the task: for the tags that transformers 5 took out of `pipeline`, and for those where the
pipeline's answer is not the task's. `<tag>.<Ending>.txt` is for architectures that end so, after
"For" or as a whole. A file begins with its imports; the names that it does not make itself are the
model, inputs and parameters.
"""

from pathlib import Path

from pipelines.model import Model

FOLDER = Path(__file__).parent / "programs"
END = ".txt"


def find(model: Model, tag: str) -> str | None:
    """The program for a task of a model, if one is written out."""
    folder = FOLDER / str(model.library)
    for file in sorted(folder.glob(f"{tag}.*{END}")):
        ending = file.name.removesuffix(END).removeprefix(f"{tag}.")
        if ending and model.is_a(f"For{ending}", ending):
            return file.read_text(encoding="utf-8")
    file = folder / f"{tag}{END}"
    return file.read_text(encoding="utf-8") if file.is_file() else None
