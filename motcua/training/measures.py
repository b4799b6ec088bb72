"""What two models made of the same texts, as figures: pure functions."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.dialogue.facets import FALLBACK
from bot.dialogue.sureness import RISKY, SURE
from bot.training.cases import FixedCase
from bot.training.replay import Written
from bot.training.results import (
    Case,
    Confusion,
    FixedSet,
    IntentFigures,
    Reliability,
    ReliabilityBin,
    Understood,
)
from motcua.evaluation.figures import calibration_error, reliability_bins, share

MOST_CONFUSIONS = 40


@dataclass(frozen=True)
class Reading:
    """How a model read one message: its intent after the threshold, the likeliest before it, how sure, and its clauses (intent
    and whether sure)."""

    intent: str
    best: str
    confidence: float
    clauses: tuple[tuple[str, str, float], ...] = ()

    @staticmethod
    def from_json(line: Mapping[str, object]) -> "Reading":
        """From a line of ``engine.batch_parse``."""
        intent = str(line.get("intent") or FALLBACK)
        ranking = line.get("ranking") or []
        best = str(ranking[0][0]) if intent == FALLBACK and isinstance(ranking, list) and ranking else intent
        clauses = line.get("clauses") or []
        read = tuple(
            (str(one["text"]), str(one.get("intent") or FALLBACK), float(one.get("confidence") or 0.0))
            for one in (clauses if isinstance(clauses, list) else [])
        )
        return Reading(intent, best, float(line.get("confidence") or 0.0), read)  # type: ignore[arg-type] # a number there


def fixed_set(
    cases: Sequence[FixedCase], candidate: Sequence[Reading], live: Sequence[Reading] | None, *, protected: bool
) -> FixedSet:
    """The figures of a fixed set; the answers stand in the order of the cases."""
    before: Sequence[Reading | None] = live if live is not None else [None] * len(cases)
    judged = list(zip(cases, candidate, before, strict=True))
    wrong = [one for one in judged if one[1].intent != one[0].intent]
    broken = [one for one in wrong if protected or (one[2] is not None and one[2].intent == one[0].intent)]
    return FixedSet(
        total=len(cases),
        right=len(cases) - len(wrong),
        live_right=None if live is None else sum(one.intent == case.intent for case, one in zip(cases, live, strict=True)),
        broken=[
            Case(
                text=case.text,
                expected=case.intent,
                got=new.intent,
                confidence=round(new.confidence, 4),
                live_got=old.intent if old is not None else None,
            )
            for case, new, old in broken
        ],
    )


def intent_figures(
    cases: Sequence[FixedCase], candidate: Sequence[Reading], live: Sequence[Reading] | None
) -> list[IntentFigures]:
    """Precision, recall and F1 of every intent that a case expects, by name."""
    now = _scores(cases, candidate)
    before = _scores(cases, live) if live is not None else {}
    return [
        IntentFigures(
            intent=intent,
            support=support,
            precision=precision,
            recall=recall,
            f1=f1,
            live_f1=before[intent][3] if intent in before else None,
        )
        for intent, (support, precision, recall, f1) in sorted(now.items())
    ]


def _scores(cases: Sequence[FixedCase], answers: Sequence[Reading]) -> dict[str, tuple[int, float, float, float]]:
    expected = Counter(case.intent for case in cases)
    said = Counter(answer.intent for answer in answers)
    right = Counter(case.intent for case, answer in zip(cases, answers, strict=True) if case.intent == answer.intent)
    return {
        intent: (
            support,
            share(right[intent], said[intent]),
            share(right[intent], support),
            share(2 * right[intent], support + said[intent]),
        )
        for intent, support in expected.items()
    }


def confusions(cases: Sequence[FixedCase], answers: Sequence[Reading]) -> list[Confusion]:
    """Which intent was taken for which, the most frequent first."""
    pairs = Counter(
        (case.intent, answer.intent) for case, answer in zip(cases, answers, strict=True) if case.intent != answer.intent
    )
    ordered = sorted(pairs.items(), key=lambda one: (-one[1], one[0]))
    return [Confusion(expected=expected, got=got, count=count) for (expected, got), count in ordered[:MOST_CONFUSIONS]]


def reliability(cases: Sequence[FixedCase], answers: Sequence[Reading], live: Sequence[Reading] | None = None) -> Reliability:
    """Whether the confidence means what it says: judged by the likeliest intent, asked back or not."""
    judged = [(answer.confidence, answer.best == case.intent) for case, answer in zip(cases, answers, strict=True)]
    bins = reliability_bins(judged)
    return Reliability(
        error=calibration_error(bins),
        wrong_and_sure=_wrong_and_sure(cases, answers),
        live_wrong_and_sure=None if live is None else _wrong_and_sure(cases, live),
        bins=[
            ReliabilityBin(
                lower=one.low,
                upper=one.high,
                count=one.count,
                confidence=round(one.confidence, 4),
                accuracy=round(one.right, 4),
            )
            for one in bins
        ],
    )


def _wrong_and_sure(cases: Sequence[FixedCase], answers: Sequence[Reading]) -> float:
    wrong = sum(
        case.intent != answer.intent and answer.intent != FALLBACK and answer.confidence >= SURE
        for case, answer in zip(cases, answers, strict=True)
    )
    return share(wrong, len(cases))


@dataclass(frozen=True)
class Change:
    """A text that the two models read otherwise."""

    written: Written
    live: Reading
    candidate: Reading


def changes(texts: Sequence[Written], live: Sequence[Reading], candidate: Sequence[Reading]) -> list[Change]:
    """The texts whose answer changes, the most written first. The dialogue sees the intents of the message and of its clauses,
    and whether they are sure enough to act on: where none of these differs the citizen gets the same answer."""
    found = [
        Change(written, old, new) for written, old, new in zip(texts, live, candidate, strict=True) if _seen(old) != _seen(new)
    ]
    return sorted(found, key=lambda change: (-change.written.times, change.written.text))


def _seen(reading: Reading) -> tuple[object, ...]:
    pieces = tuple((text, intent) for text, intent, _ in reading.clauses)
    hesitates = reading.intent in RISKY and reading.confidence < SURE
    return (reading.intent, pieces, hesitates)


def shown_reading(reading: Reading) -> dict[str, object]:
    """As it is kept of a changed answer."""
    clauses = [{"intent": intent, "confidence": round(sure, 4)} for _, intent, sure in reading.clauses]
    understood = Understood(intent=reading.intent, confidence=round(reading.confidence, 4))
    return {**understood.model_dump(), "clauses": clauses if len(clauses) > 1 else []}


def unknown_intents(cases: Sequence[FixedCase], known: Collection[str]) -> list[str]:
    """The intents that cases expect and the model does not have."""
    return sorted({case.intent for case in cases} - set(known))
