"""Openings in the talk are counted in the ledger; a ledger that is away costs a count and no answer."""

import logging
from datetime import date

import pytest
from sqlalchemy import text

from actions.guide_counts import LedgerCounts
from actions.turns import rasa_buttons
from bot.guides.counts import openings_since
from bot.messages import Button
from bot.storage.database import Database, writing
from tests.databases import database, database_url

__all__ = ["database", "database_url"]

DAY = date(2026, 11, 27)


def test_an_opening_is_counted_on_its_day(database: Database) -> None:
    count = LedgerCounts(database.sessions, lambda: DAY)
    count("event", "sinh-con", "zalo")
    count("event", "sinh-con", "zalo")
    with database.sessions() as session:
        assert [one.total for one in openings_since(session, DAY)] == [2]


def test_a_ledger_that_is_away_is_only_logged(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    with writing(database.sessions) as session:
        session.execute(text("DROP TABLE guide_count"))
    with caplog.at_level(logging.WARNING):
        LedgerCounts(database.sessions, lambda: DAY)("guide", "x", "zalo")
    assert "guides.not_counted" in caplog.text


def test_buttons_added_to_a_response_are_spelled_as_rasa_s() -> None:
    assert rasa_buttons([Button("Theo việc trong đời", "find_procedure", {"do": "life_events"})]) == [
        {"title": "Theo việc trong đời", "payload": '/find_procedure{"do": "life_events"}'}
    ]
