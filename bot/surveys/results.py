"""What a closed wave says, with everything hidden that could lead to one person's answer.

Results are made of closed waves only: while answers come in, two looks at a figure would tell the answer between them. A count
below ``LEAST_SHOWN`` is hidden, with a second one beside it where the rest would give it away; a group below ``LEAST_IN_GROUP``
answers has no share; a share whose rarer side has less than ``LEAST_SHOWN`` answers is told as a bound
(docs/administrators/surveys.md).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.shares import LEAST_SHOWN
from bot.storage.survey_models import SurveyAnswer, SurveyWave
from bot.surveys.estimates import Counted, Share, change, city_share, group_share, wilson
from bot.surveys.questions import Question, QuestionSet, QuestionsFileError, questions_of
from bot.surveys.sampling import LEAST_IN_GROUP

ShownAs = Literal["exact", "at_least", "at_most", "few", "hidden"]


@dataclass(frozen=True)
class ShownShare:
    """A share as it may be shown. ``exact``: with its interval. ``at_least``, ``at_most``: a bound (``value``) with the far end
    of the interval at this bound. ``few``: too few answers. ``hidden``: it would give another group away."""

    shown: ShownAs
    value: float = 0.0
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True)
class ChoiceCount:
    """One choice; ``n`` is None where it is hidden."""

    key: str
    n: int | None
    share: float | None


@dataclass(frozen=True)
class GroupResult:
    """One group's share. ``answered`` is None where it is below ``LEAST_SHOWN``."""

    group: str
    population: int
    answered: int | None
    share: ShownShare


@dataclass(frozen=True)
class QuestionResult:
    """One question. ``n``: counted answers; ``before`` and ``moved``: the last wave that asked it alike, with the change and its
    interval, both in parts of one; None where there is none or either is no exact share."""

    question: Question
    n: int
    city: ShownShare
    choices: tuple[ChoiceCount, ...]
    groups: tuple[GroupResult, ...]
    effective: float | None = None
    covered: float = 1.0
    """The part of the dossiers whose groups have an answer: of the others nothing is known."""
    before: float | None = None
    moved: tuple[float, float, float] | None = None


Answers = Mapping[str, Sequence[Mapping[str, str]]]
"""The answers of a wave by group."""


def results_of(session: Session, wave: SurveyWave) -> tuple[QuestionResult, ...]:
    """All questions of a closed wave. Raises ``ValueError`` for a wave that is not closed."""
    if wave.state != "closed":
        raise ValueError("results are of closed waves only")
    questions, answers = questions_of(wave.questions_version), _answers_of(session, wave)
    populations = {one["group"]: one["population"] for one in wave.strata}
    before = _wave_before(session, wave)
    earlier = _exact_shares(session, before) if before is not None else {}
    return tuple(_with_change(question_result(one, answers, populations), earlier) for one in questions.questions)


def question_result(question: Question, answers: Answers, populations: Mapping[str, int]) -> QuestionResult:
    """One question out of the answers by group."""
    counted = [_counted(question, group, size, answers.get(group, ())) for group, size in populations.items()]
    n, good = sum(one.answered for one in counted), sum(one.good for one in counted)
    share = city_share(counted)
    city = _shown(share, n, good)
    exact = share is not None and city.shown == "exact"
    return QuestionResult(
        question,
        n,
        city,
        _choices(question, answers),
        _groups(counted),
        share.effective if share is not None and exact else None,
        share.covered if share is not None else 0.0,
    )


def _counted(question: Question, group: str, population: int, answers: Iterable[Mapping[str, str]]) -> Counted:
    given = [one[question.key] for one in answers if one.get(question.key) in question.counted]
    return Counted(group, population, len(given), sum(one in question.good for one in given))


def _shown(share: Share | None, n: int, good: int) -> ShownShare:
    if share is None or n < LEAST_IN_GROUP:
        return ShownShare("few")
    bound = (LEAST_SHOWN - 1) / n
    if n - good < LEAST_SHOWN:
        return ShownShare("at_least", 1 - bound, wilson(1 - bound, n)[0], 1.0)
    if good < LEAST_SHOWN:
        return ShownShare("at_most", bound, 0.0, wilson(bound, n)[1])
    return ShownShare("exact", share.value, share.low, share.high)


def _groups(counted: Sequence[Counted]) -> tuple[GroupResult, ...]:
    """Where a single group is not told exactly, the city's share less the others would tell it: the smallest other one is
    hidden."""
    shown = {one.group: _shown(group_share(one), one.answered, one.good) for one in counted}
    veiled = [one for one in counted if shown[one.group].shown != "exact" and one.answered > 0]
    exact = [one for one in counted if shown[one.group].shown == "exact"]
    if len(veiled) == 1 and exact:
        shown[min(exact, key=lambda one: (one.answered, one.group)).group] = ShownShare("hidden")
    return tuple(
        GroupResult(one.group, one.population, one.answered if one.answered >= LEAST_SHOWN else None, shown[one.group])
        for one in counted
    )


def _choices(question: Question, answers: Answers) -> tuple[ChoiceCount, ...]:
    """Counts in the sample. What is hidden stays hidden: among the choices of either side of the published share, and among
    all."""
    counts = Counter(one[question.key] for group in answers.values() for one in group if question.key in one)
    total, keys = sum(counts.values()), [choice.key for choice in question.choices]
    hidden = {key for key in keys if counts[key] < LEAST_SHOWN}
    sides = (
        [key for key in keys if key in question.good],
        [key for key in question.counted if key not in question.good],
        [key for key in keys if key in question.not_counted],
        list(question.counted),
        keys,
    )
    while single := [side for side in sides if _one_hole(side, hidden)]:
        hidden.add(min((key for key in single[0] if key not in hidden), key=lambda key: (counts[key], key)))
    return tuple(
        ChoiceCount(key, None, None) if key in hidden else ChoiceCount(key, counts[key], counts[key] / total) for key in keys
    )


def _one_hole(side: Sequence[str], hidden: Collection[str]) -> bool:
    """Whether exactly one count of the side is hidden beside others: the side's total would tell it."""
    return len(side) > 1 and sum(key in hidden for key in side) == 1


def _answers_of(session: Session, wave: SurveyWave) -> dict[str, list[Mapping[str, str]]]:
    found: dict[str, list[Mapping[str, str]]] = {}
    rows = session.execute(select(SurveyAnswer.stratum, SurveyAnswer.answers).where(SurveyAnswer.wave_id == wave.id))
    for stratum, given in rows:
        found.setdefault(stratum, []).append(given)
    return found


def _wave_before(session: Session, wave: SurveyWave) -> SurveyWave | None:
    """The last closed wave whose period lies before this one's."""
    earlier = select(SurveyWave).where(SurveyWave.state == "closed", SurveyWave.period_to < wave.period_from)
    return session.scalars(earlier.order_by(SurveyWave.period_to.desc(), SurveyWave.id.desc()).limit(1)).first()


def _exact_shares(session: Session, wave: SurveyWave) -> dict[str, tuple[Question, Share]]:
    try:
        questions: QuestionSet = questions_of(wave.questions_version)
    except QuestionsFileError:
        return {}
    answers = _answers_of(session, wave)
    found = {}
    for question in questions.questions:
        counted = [_counted(question, one["group"], one["population"], answers.get(one["group"], ())) for one in wave.strata]
        share = city_share(counted)
        exact = _shown(share, sum(one.answered for one in counted), sum(one.good for one in counted)).shown == "exact"
        if share is not None and exact:
            found[question.key] = (question, share)
    return found


def _with_change(result: QuestionResult, earlier: Mapping[str, tuple[Question, Share]]) -> QuestionResult:
    """Compared only where it was asked alike: the same choices, with the same meaning."""
    known = earlier.get(result.question.key)
    if known is None or result.city.shown != "exact" or result.effective is None:
        return result
    question, share = known
    same = [(one.choices, one.good, one.not_counted) for one in (question, result.question)]
    if same[0] != same[1]:
        return result
    now = Share(result.city.value, result.city.low, result.city.high, result.n, result.effective)
    return replace(result, before=share.value, moved=change(share, now))
