"""The pages of cards over ledgers of both kinds, with switches that a test sets."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.storage.database import Database
from bot.switches.board import Active, Order, Target
from connectors.gateway.headers import SafeResponses
from connectors.gateway.problems import install_problem_answers
from connectors.gateway.rate_limit import Rate, RateLimiter
from connectors.public_pages.cards import CardDoor, card_routes
from connectors.public_pages.open_data import open_data_routes
from connectors.public_pages.pages import PublicPages
from tests.bot.cards.conftest import NOW, keeper, take_in
from tests.databases import database, database_url

__all__ = ["database", "database_url", "keeper", "take_in"]

BASE = "https://motcua.bacninh.gov.vn"


class Switches:
    """What is off, as the test says."""

    def __init__(self) -> None:
        self.active = Active()

    def __call__(self) -> Active:
        return self.active

    def off(self, *targets: Target, text_vi: str | None = None) -> None:
        """Exactly these are off."""
        self.active = Active(
            tuple(
                Order(number, "off", target, "sai", "Bình", NOW - timedelta(hours=1), NOW - timedelta(hours=1), text_vi=text_vi)
                for number, target in enumerate(targets, 1)
            )
        )


@pytest.fixture
def switches() -> Switches:
    return Switches()


@pytest.fixture
def client(database: Database, switches: Switches) -> Iterator[TestClient]:
    door = CardDoor(database.sessions, switches, PublicPages(), BASE, RateLimiter(Rate(burst=20, per_second=1)))
    app = FastAPI()
    app.add_middleware(SafeResponses)
    install_problem_answers(app)
    app.include_router(card_routes(door))
    app.include_router(open_data_routes(door, "CC BY 4.0", RateLimiter(Rate(burst=20, per_second=1))))
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client
