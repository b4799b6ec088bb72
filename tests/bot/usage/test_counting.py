"""A month is counted from the ledger as the measures say, in Vietnam's months, however often, and retention takes nothing."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from bot.conversations.deletion import forget_citizen
from bot.retention.daily_counts import count_days
from bot.storage.database import Database, writing
from bot.storage.evidence_models import RegisteredDossier, UsageCount
from bot.storage.models import Conversation, Handoff
from bot.storage.survey_models import ConversationRating
from bot.storage.usage_models import FormProgress, UsageMonth
from bot.usage.counting import months_to_count
from bot.usage.measures import MEASURES
from bot.usage.months import months_between, moved, parsed_month
from tests.bot.usage.made_up import (
    NOVEMBER,
    at,
    cells,
    conversation,
    counted,
    day_count,
    dossier,
    form,
    handoff,
    province,
    put,
    question,
    rating,
    sums,
)

NOW = at(12, 2)


def test_months_are_those_of_vietnam(database: Database) -> None:
    before, first, last, after = at(10, 31, 23, 59), at(11, 1, 0, 0), at(11, 30, 23, 59), at(12, 1, 0, 0)
    put(database, *(dossier(moment, moment) for moment in (before, first, last, after)), dossier(None, None))
    put(database, *(form(moment, outcome="sent") for moment in (before, first, last, after)))
    counted(database, NOW)
    assert sums(database) == {"dossiers": 2, "ended": 2, "started": 2, "finished": 2}
    assert sums(database, date(2026, 10, 1))["dossiers"] == 1
    assert sums(database, date(2026, 12, 1))["dossiers"] == 1


def test_dossiers(database: Database) -> None:
    once, twice = [{"requested_at": "a", "answered_at": None}], [{"requested_at": "a"}, {"requested_at": "b"}]
    due = at(11, 10)
    put(
        database,
        dossier(at(11, 3), at(11, 10), due_at=due, electronic_result=True, supplements=once),
        dossier(at(11, 3), at(11, 10, 9, 1), due_at=due, electronic_result=False, supplements=twice),
        dossier(at(11, 4), at(11, 8), due_at=None, channel="direct"),
        dossier(at(11, 4), None, channel="postal", missing_since=at(11, 20)),
        dossier(at(10, 4), at(11, 1), due_at=due, agency=None, place_id=None, procedure_code="1.004222"),
    )
    counted(database, NOW)
    birth = ("1.001193", "tthcc-xa", "phuong-kinh-bac")
    assert cells(database) == {
        ("dossiers", *birth, "online", ""): 2,
        ("dossiers", *birth, "direct", ""): 1,
        ("supplements", *birth, "online", ""): 2,
        ("supplements_twice", *birth, "online", ""): 1,
        ("ended", *birth, "online", ""): 2,
        ("ended", *birth, "direct", ""): 1,
        ("ended_on_time", *birth, "online", ""): 1,
        ("electronic_results", *birth, "online", ""): 1,
        ("ended", "1.004222", "cong-an-xa", "", "online", ""): 1,
        ("ended_on_time", "1.004222", "cong-an-xa", "", "online", ""): 1,
    }


def test_guided_submissions(database: Database) -> None:
    put(
        database,
        form(at(11, 3), outcome="sent", step="sent", place_id="xa-tien-du"),
        form(at(11, 4), outcome="cancelled", step="field:a", touched_at=NOW),
        form(at(11, 4), outcome="expired", step="handed_over", touched_at=NOW),
        form(at(11, 5), touched_at=NOW - timedelta(days=7), step="field:a"),
        form(at(11, 5), touched_at=NOW - timedelta(days=7) + timedelta(seconds=1), step="field:b"),
    )
    counted(database, NOW)
    mine = ("1.001193", "tthcc-xa")
    assert cells(database) == {
        ("started", *mine, "", "webchat", ""): 4,
        ("started", *mine, "xa-tien-du", "webchat", ""): 1,
        ("finished", *mine, "xa-tien-du", "webchat", ""): 1,
        ("abandoned", *mine, "", "webchat", "field:a"): 2,
        ("abandoned", *mine, "", "webchat", "handed_over"): 1,
    }


def test_handoffs_and_ratings(database: Database) -> None:
    put(database, conversation("c"), conversation("z", "zalo"))
    put(
        database,
        handoff(at(11, 3), id=901, first_answer_at=at(12, 1)),
        handoff(at(11, 3), id=902, reason="petition", procedure_code=None, place_id=None),
        handoff(at(11, 4), "z", id=903, first_answer_at=at(11, 4)),
        handoff(at(10, 30), id=904),
    )
    put(database, rating(901, "good", at(12, 1)), rating(902, None, None), rating(903, "poor", at(11, 5), "z"))
    put(database, rating(904, "good", at(11, 1, 0, 5)))
    counted(database, NOW)
    there = ("1.001193", "tthcc-xa", "phuong-kinh-bac")
    assert cells(database) == {
        ("handoffs", *there, "webchat", "asked"): 1,
        ("handoffs", "", "", "", "webchat", "petition"): 1,
        ("handoffs", *there, "zalo", "asked"): 1,
        ("handoffs_answered", *there, "webchat", ""): 1,
        ("handoffs_answered", *there, "zalo", ""): 1,
        ("ratings_poor", *there, "zalo", ""): 1,
        ("ratings_good", *there, "webchat", ""): 1,
    }
    assert sums(database, date(2026, 12, 1)) == {"ratings_good": 1}


def test_talks_that_helped_are_counted_in_the_month_in_which_they_were_rated(database: Database) -> None:
    def talk(score: str | None, rated_at: datetime | None, channel: str = "zalo", code: str = "1.001193") -> ConversationRating:
        row = {"occasion": "idle", "channel": channel, "procedure_code": code, "asked_at": at(11, 1)}
        return ConversationRating(**row, score=score, rated_at=rated_at)

    put(database, talk("good", at(11, 3)), talk("good", at(11, 30, 23, 59)), talk("poor", at(11, 4)), talk(None, None))
    put(database, talk("good", at(12, 1)), talk("good", at(11, 5), code=""))
    counted(database, NOW)
    assert cells(database) == {
        ("talks_good", "1.001193", "tthcc-xa", "", "zalo", ""): 2,
        ("talks_poor", "1.001193", "tthcc-xa", "", "zalo", ""): 1,
        ("talks_good", "", "", "", "zalo", ""): 1,
    }
    assert sums(database, date(2026, 12, 1)) == {"talks_good": 1}


def test_questions_are_those_messages_that_ask(database: Database) -> None:
    put(database, conversation("c"))
    put(database, question(at(11, 3)), question(at(11, 3)), question(at(11, 4), code=None, nlu={"intent": "find_procedure"}))
    put(database, question(at(11, 4), nlu=None, act={"intent": "ask_fee"}, outcome="handed_over"))
    put(database, question(at(11, 5), nlu={"intent": "greet"}), question(at(11, 5), outcome="waiting_for_officer"))
    with writing(database.sessions) as session:
        count_days(session, NOW)
    counted(database, NOW)
    assert cells(database) == {
        ("questions", "1.001193", "tthcc-xa", "", "webchat", "answered"): 2,
        ("questions", "1.001193", "tthcc-xa", "", "webchat", "handed_over"): 1,
        ("questions", "", "", "", "webchat", "answered"): 1,
    }


def test_late_rows_are_taken_in_and_a_second_count_changes_nothing(database: Database) -> None:
    put(database, dossier(at(11, 3)), form(at(11, 29)))
    counted(database, at(11, 30))
    assert sums(database) == {"dossiers": 1, "started": 1}
    put(database, dossier(at(11, 30, 23)))
    with writing(database.sessions) as session:
        session.execute(update(RegisteredDossier).values(ended_at=at(12, 1)))
    counted(database, at(12, 20))
    first = cells(database)
    assert sums(database) == {"dossiers": 2, "started": 1, "abandoned": 1}
    assert sums(database, date(2026, 12, 1)) == {"ended": 2}
    counted(database, at(12, 20))
    assert cells(database) == first
    with writing(database.sessions) as session:
        session.execute(update(FormProgress).values(outcome="sent"))
    counted(database, at(12, 21))
    assert sums(database)["finished"] == 1, "sent late: it is not given up any more"
    assert "abandoned" not in sums(database)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_figure_of_a_province_adds_up(database: Database, seed: int) -> None:
    rows = list(province(seed, 300))
    put(database, rows)
    counted(database, at(12, 5))
    months = [date(2026, month, 1) for month in range(9, 13)]
    listed = [row for row in rows if isinstance(row, RegisteredDossier) and row.missing_since is None]
    assert sum(sums(database, month).get("dossiers", 0) for month in months) == len(listed)
    online = sum(row.channel == "online" and row.received_at.month == 10 for row in listed if row.received_at)
    october = cells(database, date(2026, 10, 1))
    assert sum(n for key, n in october.items() if key[0] == "dossiers" and key[4] == "online") == online
    late = sum(sums(database, month).get("ended", 0) - sums(database, month).get("ended_on_time", 0) for month in months)
    # Endings of the last days lie in months after December's first days only by 900 hours at most.
    limit = at(1, 1, 0, year=2027)
    plain = [row for row in listed if row.ended_at is not None and row.ended_at < limit]
    assert late == sum(row.due_at is None or row.ended_at > row.due_at for row in plain if row.ended_at)


def test_what_retention_took_is_not_counted_down(database: Database) -> None:
    put(database, conversation("c"))
    put(database, handoff(at(11, 3)), dossier(at(11, 3)), form(at(11, 3)))
    put(database, day_count(date(2026, 11, 3), 9))
    counted(database, at(11, 30))
    before = sums(database)
    assert before == {"handoffs": 1, "dossiers": 1, "started": 1, "questions": 9} | {"abandoned": 1}
    with writing(database.sessions) as session:
        session.execute(Handoff.__table__.delete())
    counted(database, at(11, 2, year=2027), NOVEMBER)
    assert sums(database) == before, "a year later its talks are gone: their figures stay"
    put(database, dossier(at(11, 4)))
    counted(database, at(11, 3, year=2027), NOVEMBER)
    assert sums(database) == {**before, "dossiers": 2}, "dossiers are kept longer, and are still counted"
    with writing(database.sessions) as session:
        session.execute(RegisteredDossier.__table__.delete())
        moment = session.get_one(UsageMonth, NOVEMBER).counted_at
    counted(database, at(11, 3, year=2032), NOVEMBER)
    assert sums(database) == {**before, "dossiers": 2}
    with database.sessions() as session:
        assert session.get_one(UsageMonth, NOVEMBER).counted_at == moment, "nothing was counted"


def test_a_citizens_deletion_changes_no_figure(database: Database) -> None:
    put(database, conversation("c"))
    put(database, handoff(at(11, 3), id=801), rating(801, "good", at(11, 4)), question(at(11, 3)), form(at(11, 3)))
    with writing(database.sessions) as session:
        count_days(session, at(11, 20))
    counted(database, at(11, 20))
    before = cells(database)
    assert len(before) == 5
    with writing(database.sessions) as session:
        forget_citizen(session, session.get_one(Conversation, "c"), at(11, 20))
    counted(database, at(11, 20))
    assert cells(database) == before


def test_by_default_the_last_year_is_counted_from_the_first_row_on(database: Database) -> None:
    now = datetime.fromisoformat("2026-11-30T17:30:00+00:00")
    with database.sessions() as session:
        assert months_to_count(session, now) == [date(2026, 12, 1)], "it is December in Vietnam already"
    put(database, dossier(at(10, 5)))
    with database.sessions() as session:
        assert months_to_count(session, now) == months_between(date(2026, 10, 1), date(2026, 12, 1))
    put(database, dossier(at(10, 5, year=2020)))
    with database.sessions() as session:
        assert months_to_count(session, now) == months_between(date(2025, 12, 1), date(2026, 12, 1))
        assert len(months_to_count(session, now)) == 13


def test_an_empty_ledger_counts_nothing(database: Database) -> None:
    counted(database, NOW)
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(UsageCount)) == 0
        assert session.scalars(select(UsageMonth.month)).all() == [date(2026, 12, 1)]


def test_names_of_measures_fit_their_column_and_shares_name_their_whole() -> None:
    assert all(len(name) <= 30 for name in MEASURES)
    assert {one.part_of for one in MEASURES.values() if one.part_of} <= MEASURES.keys()


@pytest.mark.parametrize(
    ("words", "month"),
    [
        ("2026-11", date(2026, 11, 1)),
        (" 2026-01 ", date(2026, 1, 1)),
        ("9999-99", None),
        ("2026-13", None),
        ("2026-00", None),
        ("1999-12", None),
        ("2026-1", None),
        ("", None),
        ("20２６-11", None),
        ("2026-11-01", None),
        ("2026-11'; DROP TABLE usage_count", None),
        ("9" * 100_000, None),
    ],
)
def test_months_as_people_write_them(words: str, month: date | None) -> None:
    assert parsed_month(words) == month


def test_months_move_over_the_end_of_a_year() -> None:
    assert moved(date(2026, 12, 1), 1) == date(2027, 1, 1)
    assert moved(date(2026, 1, 1), -13) == date(2024, 12, 1)
    assert months_between(date(2026, 12, 1), date(2026, 11, 1)) == []
