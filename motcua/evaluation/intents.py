"""Judging the understanding of messages: label beside intent, with the fallback of production."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.dialogue.facets import FALLBACK
from bot.dialogue.sureness import SURE
from bot.language.masking import replace_private
from motcua.evaluation.figures import macro_f1, percentile, share
from motcua.evaluation.labelled_files import Row
from motcua.evaluation.labels import intent_of
from motcua.evaluation.outcomes import Figures, Judged

_TOKEN = "3f9a2c"


@dataclass(frozen=True)
class Understood:
    """What the engine said of a message: the intent after the threshold, the likeliest one before it, and how sure."""

    intent: str
    best: str
    confidence: float
    ms: float


@dataclass(frozen=True)
class EngineModel:
    """The model that answered, in its own words. ``fits``: it was trained from the present data and code; None: not known."""

    name: str
    fingerprint: str
    trained_at: str
    bytes: int
    intents: frozenset[str]
    fits: bool | None = None

    @staticmethod
    def from_json(line: Mapping[str, Any]) -> "EngineModel":
        """From the first line of ``engine.batch_parse``."""
        return EngineModel(
            name=str(line["model"]),
            fingerprint=str(line.get("fingerprint") or "?"),
            trained_at=str(line.get("trained_at") or "?"),
            bytes=int(line["bytes"]),
            intents=frozenset(line["intents"]),
            fits=line.get("fits"),
        )


def as_the_engine_receives(text: str) -> str:
    """An accepted text after the gateway: private numbers exchanged for placeholders."""
    return replace_private(text, lambda _span: _TOKEN)[0]


def understood_from_json(line: Mapping[str, Any]) -> Understood:
    """From a line of ``engine.batch_parse``."""
    intent = str(line.get("intent") or FALLBACK)
    ranking = line.get("ranking") or []
    best = str(ranking[0][0]) if intent == FALLBACK and ranking else intent
    return Understood(intent, best, float(line.get("confidence") or 0.0), float(line["ms"]))


def judged_intent(row: Row, shown: str, understood: Understood, known: Collection[str]) -> Judged:
    """One row beside the answer. ``shown``: the text as it may be shown, without private numbers."""
    label = intent_of(row.label, known)
    right = understood.intent == label
    asked_back = understood.intent == FALLBACK
    return Judged(
        line=row.line,
        text=shown,
        style=row.style,
        expected=label,
        said=understood.intent,
        confidence=understood.confidence,
        right=right,
        guess_right=label in (understood.intent, understood.best),
        # Below SURE the dialogue answers with a way to the next likely reading, and confirms what cannot be undone.
        wrong_confident=not right and not asked_back and understood.confidence >= SURE,
        asked_back=asked_back,
        ms=understood.ms,
    )


def intent_figures(answers: Sequence[Judged]) -> Figures:
    """The figures of ``motcua eval intents``."""
    count = len(answers)
    times = [answer.ms for answer in answers]
    return {
        "messages": count,
        "accuracy": share(sum(answer.right for answer in answers), count),
        "macro_f1": macro_f1([(answer.expected, answer.said) for answer in answers]),
        "wrong_confident_rate": share(sum(answer.wrong_confident for answer in answers), count),
        "wrong_rate": share(sum(not answer.right and not answer.asked_back for answer in answers), count),
        "ask_back_rate": share(sum(answer.asked_back for answer in answers), count),
        "p50_ms": percentile(times, 50),
        "p95_ms": percentile(times, 95),
    }


def unknown_intents(rows: Sequence[Row], known: Collection[str]) -> dict[str, int]:
    """The labels that the model does not have, with how many rows carry them."""
    labels = [label for row in rows if (label := intent_of(row.label, known)) not in known]
    return {label: labels.count(label) for label in sorted(set(labels))}
