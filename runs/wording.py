"""Predicted texts against those of a label: word and character error rates, and shared words."""

from collections import Counter

from runs.judging import normal

LONG = 2_000  # characters: the time of an alignment grows with the product of both lengths


class Words:
    """Counts errors text by text, so that no text is kept."""

    def __init__(self) -> None:
        self.wrong, self.words = 0, 0
        self.wrong_characters, self.characters = 0, 0
        self.shared, self.texts = 0.0, 0

    def take(self, label: str, said: str) -> None:
        """Small letters without punctuation, as recognition of speech is usually judged."""
        import jiwer

        truth, heard = normal(label[:LONG]), normal(said[:LONG])
        self.texts += 1
        self.shared += overlap(truth, heard)
        if not truth:
            return
        words = jiwer.process_words(truth, heard)
        self.wrong += words.substitutions + words.deletions + words.insertions
        self.words += words.hits + words.substitutions + words.deletions
        letters = jiwer.process_characters(truth, heard)
        self.wrong_characters += letters.substitutions + letters.deletions + letters.insertions
        self.characters += letters.hits + letters.substitutions + letters.deletions

    def figures(self) -> dict[str, float]:
        found = {"token_f1": self.shared / self.texts}
        if self.words:
            found["wer"] = self.wrong / self.words
            found["cer"] = self.wrong_characters / self.characters
        return found


def overlap(truth: str, said: str) -> float:
    """F1 of the words that both have. Source: SQuAD's own evaluation."""
    here, there = Counter(truth.split()), Counter(said.split())
    common = sum((here & there).values())
    if not here or not there:
        return float(here == there)
    return 2 * common / (here.total() + there.total())
