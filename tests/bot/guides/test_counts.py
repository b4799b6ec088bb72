"""Openings are counted by day and channel; counting beside each other loses none."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.guides.counts import count_opening, openings_since
from bot.storage.database import Database, writing
from bot.storage.guide_models import GuideCount
from tests.databases import database, database_url

__all__ = ["database", "database_url"]

DAY, NEXT = date(2026, 11, 26), date(2026, 11, 27)


def count(session: Session, item: str, channel: str, day: date, times: int) -> None:
    for _ in range(times):
        count_opening(session, "event", item, channel, day)


def test_openings_are_summed_from_a_day_on_by_channel(database: Database) -> None:
    with writing(database.sessions) as session:
        count(session, "sinh-con", "zalo", DAY, 3)
        count(session, "sinh-con", "zalo", NEXT, 2)
        count(session, "sinh-con", "page", NEXT, 1)
        count(session, "ket-hon", "", NEXT, 1)
    with database.sessions() as session:
        both, last = openings_since(session, DAY), openings_since(session, NEXT)
        assert len(session.scalars(select(GuideCount)).all()) == 4
    assert [(one.item, one.total, dict(one.by_channel)) for one in both] == [
        ("sinh-con", 6, {"zalo": 5, "page": 1}),
        ("ket-hon", 1, {"other": 1}),
    ]
    assert [one.total for one in last] == [3, 1]


def test_many_at_once_lose_none(database: Database) -> None:
    def one(_: int) -> None:
        with writing(database.sessions) as session:
            count_opening(session, "guide", "dang-nhap-vneid", "zalo", DAY)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(20)))
    with database.sessions() as session:
        assert [found.total for found in openings_since(session, DAY)] == [20]


def test_names_that_are_too_long_are_cut_and_not_refused(database: Database) -> None:
    with writing(database.sessions) as session:
        count_opening(session, "event", "x" * 500, "y" * 500, DAY)
    with database.sessions() as session:
        assert [found.total for found in openings_since(session, DAY)] == [1]
