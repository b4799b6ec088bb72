"""How good the intent model is on its own training data, and which threshold suits it.

Each fold is trained on the augmented rest and asked the held-out examples three times: as written, without marks, in teencode.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedKFold

from bot.language.normalise import fold
from engine.nlu.augmentation import augmented, in_teencode
from engine.nlu.intent_model import IntentModel, TrainingOptions

WRITINGS = ("as written", "without marks", "in teencode")


@dataclass(frozen=True)
class Answer:
    """One held-out example: what it is, what the model said, how sure, and in which writing it was asked."""

    text: str
    intent: str
    said: str
    confidence: float
    writing: str


@dataclass(frozen=True)
class ThresholdRow:
    """At this threshold: the share of messages that are answered, and the share of those that are right."""

    threshold: float
    answered: float
    right: float


def _written(text: str, writing: str) -> str:
    if writing == "without marks":
        return fold(text)
    return in_teencode(text, random.Random(text)) if writing == "in teencode" else text


def held_out_answers(pairs: Sequence[tuple[str, str]], options: TrainingOptions, folds: int = 5) -> list[Answer]:
    """Answers to every example by a model that has not seen it; intents with fewer examples than folds are left out."""
    intents = [intent for _, intent in pairs]
    kept = [pair for pair in pairs if intents.count(pair[1]) >= folds]
    labels = [intent for _, intent in kept]
    answers: list[Answer] = []
    splitter = StratifiedKFold(folds, shuffle=True, random_state=options.seed)
    for train_rows, test_rows in splitter.split(np.zeros(len(kept)), labels):
        model = IntentModel.fit(augmented([kept[row] for row in train_rows], options.seed), options)
        for writing in WRITINGS:
            asked = [kept[row] for row in test_rows]
            chances = model.probabilities([_written(text, writing) for text, _ in asked])
            for (text, intent), row in zip(asked, chances, strict=True):
                answers.append(Answer(text, intent, model.intents[int(row.argmax())], float(row.max()), writing))
    return answers


def threshold_table(answers: Sequence[Answer], thresholds: Sequence[float]) -> list[ThresholdRow]:
    """Answered and right shares for each threshold."""
    rows = []
    for threshold in thresholds:
        answered = [answer for answer in answers if answer.confidence >= threshold]
        right = sum(answer.said == answer.intent for answer in answered)
        rows.append(ThresholdRow(threshold, len(answered) / max(len(answers), 1), right / max(len(answered), 1)))
    return rows


def accuracy(answers: Sequence[Answer]) -> float:
    """The share of right answers when every message is answered."""
    return sum(answer.said == answer.intent for answer in answers) / max(len(answers), 1)


def macro_f1(answers: Sequence[Answer]) -> float:
    """The mean F1 over the intents."""
    scores = []
    for intent in sorted({answer.intent for answer in answers}):
        right = sum(answer.intent == answer.said == intent for answer in answers)
        named = sum((answer.intent == intent) + (answer.said == intent) for answer in answers)
        scores.append(2 * right / named)
    return sum(scores) / max(len(scores), 1)


def figures(answers: Sequence[Answer], folds: int) -> dict[str, float]:
    """The figures over all writings together, for a program."""
    return {"folds": folds, "accuracy": round(accuracy(answers), 4), "macro_f1": round(macro_f1(answers), 4)}


def calibration_error(answers: Sequence[Answer], bins: int = 10) -> float:
    """Expected calibration error: how far confidence and share of right answers are apart, on average."""
    total = 0.0
    for low in np.linspace(0, 1, bins, endpoint=False):
        inside = [answer for answer in answers if low < answer.confidence <= low + 1 / bins]
        if inside:
            total += abs(sum(answer.confidence - (answer.said == answer.intent) for answer in inside))
    return total / max(len(answers), 1)


def report(answers: Sequence[Answer]) -> str:
    """The figures as lines of text: accuracy per writing, the threshold table, the most frequent confusions."""
    lines = [f"{writing}: {accuracy([a for a in answers if a.writing == writing]):.3f}" for writing in WRITINGS]
    lines.append(f"calibration error: {calibration_error(answers):.3f}")
    lines += [
        f"threshold {row.threshold:.2f}: answered {row.answered:.3f}, right {row.right:.3f}"
        for row in threshold_table(answers, [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7])
    ]
    wrong = [(answer.intent, answer.said) for answer in answers if answer.said != answer.intent]
    for pair in sorted(set(wrong), key=wrong.count, reverse=True)[:15]:
        lines.append(f"{wrong.count(pair):4d} × {pair[0]} understood as {pair[1]}")
    return "\n".join(lines)
