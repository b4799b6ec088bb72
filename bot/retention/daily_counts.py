"""Daily counts by channel, intent, procedure and outcome: reports survive the conversations that they are about."""

from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.retention.conditions import day_start
from bot.storage.models import Inbound, Outbound
from bot.storage.rights_models import DailyCount

DAYS_AT_ONCE = 31
SETTLES = timedelta(hours=1)
"""A day is counted this long after its end: by then its last messages have their outcome."""


def count_days(session: Session, now: datetime) -> int:
    """Counts the days that are over and not counted yet, at most ``DAYS_AT_ONCE`` of them; returns how many days had messages.
    Days without a message leave no row."""
    last = session.scalar(select(func.max(DailyCount.day)))
    since = day_start(last + timedelta(days=1)) if last is not None else None
    end = day_start((now - SETTLES).astimezone(VIETNAM_TIME).date())
    counted = 0
    while counted < DAYS_AT_ONCE and (day := _next_day(session, since, end)) is not None:
        count_day(session, day)
        since = day_start(day + timedelta(days=1))
        counted += 1
    return counted


def count_day(session: Session, day: date) -> None:
    """Counts one day anew."""
    begin, end = day_start(day), day_start(day + timedelta(days=1))
    intent = func.coalesce(Inbound.nlu["intent"].as_string(), Inbound.act["intent"].as_string(), "")
    answers = (
        select(Outbound.inbound_id, func.min(Outbound.message["procedure_code"].as_string()).label("code"))
        .join(Inbound, Inbound.id == Outbound.inbound_id)
        .where(Inbound.received_at >= begin, Inbound.received_at < end)
        .group_by(Outbound.inbound_id)
        .subquery()
    )
    code, outcome = func.coalesce(answers.c.code, ""), func.coalesce(Inbound.outcome, "")
    # In a subquery, so that the words of the groups are computed once: PostgreSQL would take two equal parameters for two words.
    told = (
        select(Inbound.channel, intent.label("intent"), code.label("code"), outcome.label("ending"))
        .outerjoin(answers, answers.c.inbound_id == Inbound.id)
        .where(Inbound.received_at >= begin, Inbound.received_at < end)
        .subquery()
    )
    groups = (told.c.channel, told.c.intent, told.c.code, told.c.ending)
    rows = session.execute(select(*groups, func.count()).group_by(*groups)).all()
    session.execute(delete(DailyCount).where(DailyCount.day == day))
    sums: dict[tuple[str, str, str, str], int] = {}
    for channel, name, procedure, ending, messages in rows:
        # Cut to the columns' widths: what comes from outside may be longer than any name of ours.
        key = (channel, str(name)[:60], str(procedure)[:12], ending)
        sums[key] = sums.get(key, 0) + messages
    for (channel, name, procedure, ending), messages in sums.items():
        session.add(
            DailyCount(day=day, channel=channel, intent=name, procedure_code=procedure, outcome=ending, messages=messages)
        )
    session.flush()


def _next_day(session: Session, since: datetime | None, end: datetime) -> date | None:
    """The next day with messages before ``end``."""
    earliest = select(func.min(Inbound.received_at)).where(Inbound.received_at < end)
    first = session.scalar(earliest if since is None else earliest.where(Inbound.received_at >= since))
    return first.astimezone(VIETNAM_TIME).date() if first is not None else None
