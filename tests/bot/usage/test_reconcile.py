"""What was counted holds against the rows, to the unit; a broken count is named."""

from datetime import date

import pytest
from sqlalchemy import delete, update

from bot.conversations.deletion import forget_citizen
from bot.retention.daily_counts import count_days
from bot.storage.database import Database, writing
from bot.storage.evidence_models import RegisteredDossier, UsageCount
from bot.storage.models import Conversation, Inbound
from bot.usage.reconcile import Reconciliation, reconcile
from tests.bot.usage.made_up import (
    NOVEMBER,
    PERIODS,
    agency_of,
    at,
    cells,
    conversation,
    counted,
    dossier,
    handoff,
    province,
    put,
    question,
    rating,
)

NOW = at(12, 5)


def held(database: Database, month: date = NOVEMBER) -> Reconciliation:
    with database.sessions() as session:
        return reconcile(session, month, agency_of, PERIODS)


@pytest.fixture
def filled(database: Database) -> Database:
    put(database, conversation("c"), conversation("z", "zalo"))
    put(database, list(province(7, 200)))
    put(database, *(handoff(at(11, day), id=700 + day, first_answer_at=at(11, day) if day % 2 else None) for day in range(1, 9)))
    put(database, *(rating(700 + day, "good" if day < 4 else "poor", at(11, day)) for day in range(1, 7)))
    for day in range(1, 15):
        put(database, question(at(11, day)), question(at(11, day), "z", code=None, channel="zalo"))
        put(database, question(at(11, day), nlu={"intent": "greet"}), question(at(11, day), outcome="ignored"))
    with writing(database.sessions) as session:
        while count_days(session, NOW):
            pass
    counted(database, NOW)
    return database


def test_every_month_holds_to_the_unit(filled: Database) -> None:
    for month in (date(2026, 9, 1), date(2026, 10, 1), NOVEMBER, date(2026, 12, 1)):
        found = held(filled, month)
        assert found.differences == ()
        assert found.left_out == ()
        assert found.cells == len(cells(filled, month))
    assert held(filled).cells > 50


@pytest.mark.parametrize("measure", ["questions", "dossiers", "ended_on_time", "started", "handoffs", "ratings_good"])
def test_a_count_that_is_off_by_one_is_named(filled: Database, measure: str) -> None:
    with writing(filled.sessions) as session:
        row = session.query(UsageCount).filter_by(month=NOVEMBER, measure=measure).first()
        assert row is not None
        row.n += 1
        broken = (row.measure, row.procedure_code, row.agency, row.place_id, row.channel, row.detail, row.n, row.n - 1)
    (found,) = held(filled).differences
    named = (found.measure, found.procedure_code, found.agency, found.place_id, found.channel, found.detail)
    assert (*named, found.counted, found.in_rows) == broken


def test_a_count_that_is_missing_and_one_that_is_too_many_are_named(filled: Database) -> None:
    with writing(filled.sessions) as session:
        session.execute(delete(UsageCount).where(UsageCount.measure == "ratings_poor"))
        session.add(
            UsageCount(
                month=NOVEMBER, measure="finished", procedure_code="0", agency="", place_id="", channel="x", detail="", n=3
            )
        )
    found = {(one.measure, one.counted, one.in_rows) for one in held(filled).differences}
    assert found == {("ratings_poor", 0, 3), ("finished", 3, 0)}


def test_rows_that_came_after_the_count_are_named_until_it_is_counted_again(filled: Database) -> None:
    put(filled, dossier(at(11, 8), procedure_code="late"))
    assert [(one.measure, one.procedure_code) for one in held(filled).differences] == [("dossiers", "late")]
    counted(filled, NOW)
    assert held(filled).differences == ()


def test_words_that_a_citizen_had_deleted_are_told_apart_from_mistakes(filled: Database) -> None:
    with writing(filled.sessions) as session:
        forget_citizen(session, session.get_one(Conversation, "z"), NOW)
    counted(filled, NOW)
    found = held(filled)
    assert (found.differences, found.emptied) == ((), 14)
    with writing(filled.sessions) as session:
        session.execute(update(UsageCount).where(UsageCount.measure == "questions", UsageCount.channel == "zalo").values(n=15))
    assert [(one.counted, one.in_rows) for one in held(filled).differences] == [(15, 0)]


def test_figures_whose_rows_are_gone_by_retention_are_left_out_by_name(filled: Database) -> None:
    counted(filled, at(11, 10, year=2027), NOVEMBER)
    with writing(filled.sessions) as session:
        session.execute(update(UsageCount).where(UsageCount.measure == "handoffs").values(n=99))
    found = held(filled)
    assert found.differences == ()
    assert set(found.left_out) == {"questions", "handoffs", "handoffs_answered", "ratings_good", "ratings_poor"}


def test_a_month_that_was_never_counted_says_so(database: Database) -> None:
    assert held(database, date(2031, 1, 1)).counted_at is None


def test_it_changes_nothing(filled: Database) -> None:
    before = cells(filled)
    held(filled)
    assert cells(filled) == before
    with filled.sessions() as session:
        assert session.query(RegisteredDossier).count() == 200
        assert session.query(Inbound).count() == 56
