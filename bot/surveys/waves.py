"""Waves of the survey: from the frame to the sample, to its beginning and its end. Each function works in the caller's
transaction."""

import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.storage.evidence_models import RegisteredDossier
from bot.storage.survey_models import SurveyAnswer, SurveyLink, SurveySampled, SurveyWave
from bot.surveys.groups import Groups
from bot.surveys.questions import shipped_questions
from bot.surveys.sampling import LEAST_IN_CITY, Stratum, allocate, draw, frame_hash

LONGEST_TITLE = 120
LONGEST_PERIOD = timedelta(days=366)
LONGEST_OPEN = timedelta(days=120)
MOST_WANTED = 20_000
TAKES_ANSWERS = ("inviting", "open")
_ROWS_AT_ONCE = 500


class SurveyRefusedError(ValueError):
    """What was asked for cannot be done; ``key`` names the reason (``survey_refused_…`` in the console's texts)."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values


@dataclass(frozen=True)
class WaveOrder:
    """A new wave: see ``SurveyWave``. ``expected_response`` in percent."""

    title: str
    period_from: date
    period_to: date
    closes_on: date
    wanted: int = LEAST_IN_CITY
    expected_response: int = 30
    spared_months: int = 6


@dataclass(frozen=True)
class Plan:
    """What would be drawn."""

    frame: Mapping[str, str]
    strata: tuple[Stratum, ...]

    @property
    def drawn(self) -> int:
        """Dossiers in the sample."""
        return sum(one.drawn for one in self.strata)


@dataclass(frozen=True)
class GroupProgress:
    """How far a group is. ``invited``: by the portal; ``refused``: by reason of the portal."""

    group: str
    population: int
    drawn: int
    waiting: int
    invited: int
    refused: Mapping[str, int]
    answered: int


def check_order(order: WaveOrder, today: date) -> None:
    """Raises ``SurveyRefusedError`` for an order that makes no sense."""
    if not order.title or len(order.title) > LONGEST_TITLE:
        raise SurveyRefusedError("title")
    if order.period_from > order.period_to or order.period_to - order.period_from > LONGEST_PERIOD or order.period_to >= today:
        raise SurveyRefusedError("period")
    if not today < order.closes_on <= today + LONGEST_OPEN:
        raise SurveyRefusedError("closes_on", days=LONGEST_OPEN.days)
    if not 1 <= order.wanted <= MOST_WANTED or not 1 <= order.expected_response <= 100 or not 0 <= order.spared_months <= 60:
        raise SurveyRefusedError("numbers")


def read_frame(session: Session, groups: Groups, period_from: date, period_to: date) -> dict[str, str]:
    """Group by record, of every dossier that ended in the period (days in Vietnam), is still on the portal's list and was in no
    sample before."""
    begin = datetime.combine(period_from, time(0), VIETNAM_TIME)
    end = datetime.combine(period_to + timedelta(days=1), time(0), VIETNAM_TIME)
    asked_before = select(SurveySampled.record_id)
    found = select(RegisteredDossier.record_id, RegisteredDossier.place_id).where(
        RegisteredDossier.ended_at >= begin,
        RegisteredDossier.ended_at < end,
        RegisteredDossier.missing_since.is_(None),
        RegisteredDossier.record_id.not_in(asked_before),
    )
    return {record: groups.of(place) for record, place in session.execute(found)}


def plan_wave(session: Session, groups: Groups, order: WaveOrder, today: date) -> Plan:
    """What this order would draw. Raises ``SurveyRefusedError``, also where no dossier ended in the period."""
    check_order(order, today)
    frame = read_frame(session, groups, order.period_from, order.period_to)
    if not frame:
        raise SurveyRefusedError("empty")
    sizes = Counter(frame.values())
    populations = {group: sizes[group] for group in groups.names if sizes[group]}
    return Plan(frame, allocate(populations, order.wanted, order.expected_response / 100))


def draw_wave(
    session: Session,
    groups: Groups,
    order: WaveOrder,
    by: str,
    now: datetime,
    new_seed: Callable[[], str] = lambda: secrets.token_hex(16),
) -> SurveyWave:
    """Draws the sample. The seed is made here, so that nobody can choose it; a drawn wave is never drawn again.

    Raises ``SurveyRefusedError``."""
    plan, seed = plan_wave(session, groups, order, now.astimezone(VIETNAM_TIME).date()), new_seed()
    wave = SurveyWave(
        title=order.title,
        period_from=order.period_from,
        period_to=order.period_to,
        wanted=order.wanted,
        expected_response=order.expected_response,
        spared_months=order.spared_months,
        seed=seed,
        questions_version=shipped_questions().version,
        frame_hash=frame_hash(plan.frame),
        frame_size=len(plan.frame),
        strata=[{"group": one.group, "population": one.population, "drawn": one.drawn} for one in plan.strata],
        created_by=by,
        created_at=now,
        closes_on=order.closes_on,
    )
    session.add(wave)
    session.flush()
    drawn = draw(plan.frame, plan.strata, seed)
    rows = [
        {"wave_id": wave.id, "record_id": record, "stratum": group, "state": "waiting"}
        for group, records in drawn.items()
        for record in sorted(records)
    ]
    for at in range(0, len(rows), _ROWS_AT_ONCE):
        session.execute(insert(SurveySampled), rows[at : at + _ROWS_AT_ONCE])
    return wave


def begin_wave(session: Session, wave_id: int, now: datetime) -> SurveyWave:
    """Lets the invitations go. Raises ``SurveyRefusedError`` where they do already, or the last day is over."""
    wave = _held(session, wave_id)
    if wave.state != "drawn":
        raise SurveyRefusedError("state")
    if wave.closes_on < now.astimezone(VIETNAM_TIME).date():
        raise SurveyRefusedError("over")
    wave.state, wave.began_at = "inviting", now
    return wave


def close_wave(session: Session, wave_id: int, now: datetime) -> SurveyWave:
    """Ends a wave: no answer is taken any more, and the links that nobody used are deleted. Raises ``SurveyRefusedError``."""
    wave = _held(session, wave_id)
    if wave.state == "closed":
        raise SurveyRefusedError("state")
    wave.state, wave.closed_at = "closed", now
    session.execute(delete(SurveyLink).where(SurveyLink.wave_id == wave_id))
    return wave


def overdue_waves(session: Session, now: datetime) -> Sequence[int]:
    """Waves whose last day is over."""
    today = now.astimezone(VIETNAM_TIME).date()
    return session.scalars(select(SurveyWave.id).where(SurveyWave.state != "closed", SurveyWave.closes_on < today)).all()


def all_waves(session: Session) -> Sequence[SurveyWave]:
    """The newest first."""
    return session.scalars(select(SurveyWave).order_by(SurveyWave.id.desc())).all()


def find_wave(session: Session, wave_id: int) -> SurveyWave:
    """Raises ``LookupError`` where there is none."""
    wave = session.get(SurveyWave, wave_id)
    if wave is None:
        raise LookupError(wave_id)
    return wave


def invited_everybody(session: Session, wave_id: int) -> bool:
    """Moves a wave whose whole sample was told to the portal on to ``open``; whether it did."""
    waiting = select(SurveySampled.record_id).where(SurveySampled.wave_id == wave_id, SurveySampled.state == "waiting")
    mine = update(SurveyWave).where(SurveyWave.id == wave_id, SurveyWave.state == "inviting", ~waiting.exists())
    return bool(session.execute(mine.values(state="open").returning(SurveyWave.id)).all())


def progress(session: Session, wave: SurveyWave) -> tuple[GroupProgress, ...]:
    """Group by group, in the order of the draw."""
    sampled = SurveySampled.wave_id == wave.id
    counted: dict[str, Counter[str]] = {}
    reasons: dict[str, Counter[str]] = {}
    states = select(SurveySampled.stratum, SurveySampled.state, SurveySampled.reason, func.count()).where(sampled)
    for group, state, reason, n in session.execute(
        states.group_by(SurveySampled.stratum, SurveySampled.state, SurveySampled.reason)
    ):
        counted.setdefault(group, Counter())[state] += n
        if state == "refused":
            reasons.setdefault(group, Counter())[reason or ""] += n
    answers = select(SurveyAnswer.stratum, func.count()).where(SurveyAnswer.wave_id == wave.id).group_by(SurveyAnswer.stratum)
    answered = {row[0]: row[1] for row in session.execute(answers)}
    return tuple(
        GroupProgress(
            one["group"],
            one["population"],
            one["drawn"],
            counted.get(one["group"], Counter())["waiting"],
            counted.get(one["group"], Counter())["accepted"],
            reasons.get(one["group"], {}),
            answered.get(one["group"], 0),
        )
        for one in wave.strata
    )


def _held(session: Session, wave_id: int) -> SurveyWave:
    wave = session.scalars(select(SurveyWave).where(SurveyWave.id == wave_id).with_for_update()).one_or_none()
    if wave is None:
        raise LookupError(wave_id)
    return wave
