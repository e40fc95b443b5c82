"""How often the category suggestion is right: titles are held out in turn and judged from the others.

The neighbours, their nearness and their vote are those of `requests.suggestions`; only the rows come from a file.
"""

import csv
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from requests.likeness import telling
from requests.suggestions import Neighbour, vote

TITLES = Path(__file__).parent / "data" / "request_titles.csv"
FOLDS = 5

Labelled = tuple[str, str]


@dataclass(frozen=True)
class Accuracy:
    count: int
    # Always the commonest category: what a suggestion has to beat.
    majority: float
    accuracy: float
    # The mean of the categories' F1: a rare category counts as much as a common one.
    macro_f1: float

    def __str__(self) -> str:
        return (
            f"accuracy {self.accuracy:.3f}, macro-F1 {self.macro_f1:.3f}, majority class {self.majority:.3f}"
            f" ({self.count} held-out titles, {FOLDS} folds)"
        )


def titles() -> list[Labelled]:
    with TITLES.open(encoding="utf-8") as file:
        return [(row["title"], row["category_level1"]) for row in csv.DictReader(file)]


def held_out(labelled: Sequence[Labelled], *, seed: int = 1) -> Accuracy:
    """Each fifth of the texts, judged from the other four."""
    shuffled = list(labelled)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - the same folds each time
    texts = [(frozenset(telling(text)), label) for text, label in shuffled]
    judged = []
    for fold in range(FOLDS):
        known = [each for at, each in enumerate(texts) if at % FOLDS != fold]
        judged += [(label, _judge(terms, known)) for terms, label in texts[fold::FOLDS]]
    right = sum(label == said for label, said in judged)
    ((_label, most),) = Counter(label for _text, label in labelled).most_common(1)
    return Accuracy(len(judged), most / len(judged), right / len(judged), _macro_f1(judged))


def _judge(terms: frozenset[str], known: Sequence[tuple[frozenset[str], str]]) -> str | None:
    pool = [Neighbour(label, terms & theirs, len(theirs), None) for theirs, label in known if terms & theirs]
    found = vote(pool)
    return found.label if found else None


def _macro_f1(judged: Sequence[tuple[str, str | None]]) -> float:
    scores = []
    for label in {label for label, _said in judged}:
        hits = sum(truth == said == label for truth, said in judged)
        wrong = sum((truth == label) != (said == label) for truth, said in judged)
        scores.append(2 * hits / (2 * hits + wrong))
    return sum(scores) / len(scores)
