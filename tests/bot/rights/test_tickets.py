"""Requests about data: their legal clock in working days, their states, what the citizen is told."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from bot.catalogue.load import load_offices
from bot.rights.kinds import RequestKind
from bot.rights.tickets import (
    UnknownRequestError,
    acknowledge,
    clock_from,
    close,
    listed_requests,
    number_of,
    open_request,
    overdue_requests,
)
from bot.settings import PROJECT_ROOT
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Outbound
from bot.storage.rights_models import RightsRequest
from tests.moving_clock import MovingClock

CALENDAR = load_offices(PROJECT_ROOT / "data" / "catalogue").calendar


@pytest.fixture(autouse=True)
def conversation(database: Database, clock: MovingClock) -> None:
    with writing(database.sessions) as session:
        session.add(Conversation(id="a", channel="webchat", account="web", external_id="a", opened_at=clock()))


def opened(database: Database, clock: MovingClock, kind: RequestKind = "correct", words: str = "sửa tên") -> int:
    with writing(database.sessions) as session:
        return open_request(session, "a", kind, words, CALENDAR, clock()).id


def heard(database: Database) -> list[str]:
    with database.sessions() as session:
        return [row.message["text"] for row in session.scalars(select(Outbound).order_by(Outbound.id))]


@pytest.mark.parametrize(
    ("moment", "acknowledge_by"),
    [
        (datetime(2026, 11, 23, 2, 0, tzinfo=UTC), date(2026, 11, 25)),  # Monday morning
        (datetime(2026, 11, 27, 9, 0, tzinfo=UTC), date(2026, 12, 1)),  # Friday: the week-end does not count
        (datetime(2026, 11, 23, 18, 0, tzinfo=UTC), date(2026, 11, 26)),  # in Vietnam it is Tuesday already
        (datetime(2026, 9, 1, 2, 0, tzinfo=UTC), date(2026, 9, 4)),  # the day after is a holiday
        (datetime(2031, 11, 24, 2, 0, tzinfo=UTC), date(2031, 11, 26)),  # no calendar for that year: week-ends alone
    ],
)
def test_a_request_is_acknowledged_within_two_working_days(moment: datetime, acknowledge_by: date) -> None:
    assert clock_from(moment, CALENDAR).acknowledge_by == acknowledge_by


def test_a_request_goes_its_way_and_the_citizen_hears_of_it(database: Database, clock: MovingClock) -> None:
    number = opened(database, clock)
    with writing(database.sessions) as session:
        acknowledge(session, number, clock())
    with writing(database.sessions) as session:
        close(session, number, "done", "Đã sửa tên.", clock())
    assert f"QDL-{number}" in heard(database)[0]
    assert heard(database)[1].endswith("Đã sửa tên.")
    with database.sessions() as session:
        assert listed_requests(session, clock().date()) == []
        (ended,) = listed_requests(session, clock().date(), ended=True)
        assert (ended.state, ended.overdue) == ("done", False)


def test_a_refusal_needs_its_reason_and_an_ended_request_stays_ended(database: Database, clock: MovingClock) -> None:
    number = opened(database, clock)
    with pytest.raises(ValueError, match="reason"), writing(database.sessions) as session:
        close(session, number, "refused", "  ", clock())
    with writing(database.sessions) as session:
        close(session, number, "refused", "Hồ sơ đang được giải quyết", clock())
    assert "Lý do: Hồ sơ đang được giải quyết" in heard(database)[0]
    for again in (
        lambda s: acknowledge(s, number, clock()),
        lambda s: close(s, number, "done", None, clock()),
        lambda s: close(s, 999, "done", None, clock()),
    ):
        with pytest.raises(UnknownRequestError), writing(database.sessions) as session:
            again(session)


def test_numbers_in_a_reason_are_masked_and_a_long_one_is_refused(database: Database, clock: MovingClock) -> None:
    number = opened(database, clock)
    with pytest.raises(ValueError, match="2000"), writing(database.sessions) as session:
        close(session, number, "done", "x" * 2001, clock())
    with writing(database.sessions) as session:
        close(session, number, "done", "Gọi 0987 654 321", clock())
    with database.sessions() as session:
        assert "654" not in (session.get_one(RightsRequest, number).reason or "")
    assert "654" not in heard(database)[0]


def test_the_list_shows_what_is_overdue_first(database: Database, clock: MovingClock) -> None:
    first = opened(database, clock, "correct")
    clock.move(days=1)
    opened(database, clock, "object")
    clock.move(days=2)
    with database.sessions() as session:
        listed = listed_requests(session, clock().date())
        assert [(one.kind, one.overdue) for one in listed] == [("correct", True), ("object", False)]
        assert overdue_requests(session, clock().date()) == [first]
    with writing(database.sessions) as session:
        acknowledge(session, first, clock())
        assert overdue_requests(session, clock().date()) == []
    clock.move(days=30)
    with database.sessions() as session:
        assert len(overdue_requests(session, clock().date())) == 2


def test_the_same_wish_again_adds_its_words_to_the_open_request(database: Database, clock: MovingClock) -> None:
    number = opened(database, clock, words="sửa tên")
    assert opened(database, clock, words="sửa cả ngày sinh") == number
    assert opened(database, clock, words="x" * 9_000) == number
    with database.sessions() as session:
        request = session.scalars(select(RightsRequest)).one()
    assert number_of(request) == f"QDL-{number}"
    assert (request.words or "").startswith("sửa tên\nsửa cả ngày sinh")
    assert len(request.words or "") <= 2_000
