"""All official links, one at a time, each at most once a day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.catalogue.load import Catalogue
from bot.levels.links import LinkChecker
from bot.levels.rounds import LinkRounds, hosts_of
from bot.storage.database import Database
from bot.storage.level_models import LinkCheck
from tests.bot.levels.conftest import Site
from tests.shipped import shipped_catalogue

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
PATHS = {"1.001193": "/thu-tuc/code", "1.000894": "/thu-tuc/gone", "1.000656": "/loop-a"}


def catalogue_at(site: Site) -> Catalogue:
    """Three procedures whose links lead to the site of traps."""
    shipped = shipped_catalogue()
    made = {
        code: shipped.procedures[code].model_copy(
            update={"official_link": shipped.procedures[code].official_link.model_copy(update={"url": site.url(path)})}
        )
        for code, path in PATHS.items()
    }
    listings = tuple(one for one in shipped.listings if one.code in made)
    return replace(shipped, procedures=made, listings=listings)


@pytest.fixture
def rounds(database: Database, trap_site: Site) -> LinkRounds:
    catalogue = catalogue_at(trap_site)
    return LinkRounds(database.sessions, lambda: catalogue, lambda hosts: LinkChecker(hosts, allow_loopback=True))


def test_each_link_is_looked_at_once_a_day_one_at_a_time(rounds: LinkRounds, database: Database) -> None:
    looked = [rounds.check_next(NOW + timedelta(seconds=20 * n)) for n in range(5)]
    assert {page.procedure_code: finding.outcome for page, finding in filter(None, looked)} == {
        "1.001193": "ok",
        "1.000894": "not_found_page",
        "1.000656": "redirect_loop",
    }
    assert looked[3:] == [None, None]
    assert rounds.check_next(NOW + timedelta(hours=23)) is None
    assert rounds.check_next(NOW + timedelta(hours=24)) is not None
    with database.sessions() as session:
        kept = session.query(LinkCheck).order_by(LinkCheck.id).all()
    assert len(kept) == 4
    assert {row.final_host for row in kept} == {"127.0.0.1"}
    assert all(row.checked_by is None for row in kept)


def test_what_is_found_is_logged_without_a_word_of_the_page(rounds: LinkRounds, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    for n in range(3):
        rounds.check_next(NOW + timedelta(seconds=n))
    told = [record for record in caplog.records if record.message == "levels.link_checked"]
    assert {(record.procedure, record.levelname) for record in told} == {  # type: ignore[attr-defined]
        ("1.001193", "INFO"),
        ("1.000894", "WARNING"),
        ("1.000656", "WARNING"),
    }


def test_only_hosts_of_the_catalogue_are_gone_to(rounds: LinkRounds) -> None:
    assert hosts_of(rounds.pages(NOW)) == {"127.0.0.1"}
