"""What an evaluation found, whatever it measured: judged answers in groups, and what they were measured on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["intents", "search", "dialogues"]
Figure = float | int | None
"""None where there is nothing to measure: the recall of questions that mean no procedure."""
Figures = dict[str, Figure]

AS_TYPED = "như đã gõ"
WITHOUT_MARKS = "bỏ dấu"


@dataclass(frozen=True)
class Judged:
    """One answer beside what was expected.

    ``right``: the answer as the citizen gets it is right. ``guess_right``: the likeliest guess is right, whether it was sure
    enough or not (for the reliability plot). ``wrong_confident``: a wrong answer given without asking back. ``unknown``: the
    answer was "I do not know this matter". ``rank``: place of the first right hit, None where there is none;
    ``in_catalogue``: whether one is expected. ``case``: the dialogue that a turn belongs to."""

    line: int
    text: str
    style: str
    expected: str
    said: str
    confidence: float
    right: bool
    guess_right: bool
    wrong_confident: bool
    asked_back: bool
    ms: float = 0.0
    unknown: bool = False
    rank: int | None = None
    in_catalogue: bool = True
    case: str = ""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """The same file measured in one way: as typed, or without marks."""

    name: str
    answers: tuple[Judged, ...]


@dataclass(frozen=True)
class Evaluation:
    """Everything a table, a page or a JSON file shows. ``about`` identifies model, catalogue and file; ``unknown_labels``
    counts the labels of the file that nothing could ever answer with. ``figures`` computes the figures of some answers."""

    kind: Kind
    file: str
    groups: tuple[Group, ...]
    about: Mapping[str, str]
    unknown_labels: Mapping[str, int]
    figures: Callable[[Sequence[Judged]], Figures]


def summary(evaluation: Evaluation) -> dict[str, object]:
    """The last line of the output: the figures of the text as typed, and those without marks under ``without_marks``."""
    first, *others = evaluation.groups
    found: dict[str, object] = dict(evaluation.figures(first.answers))
    for group in others:
        found["without_marks"] = evaluation.figures(group.answers)
    return found
