"""The action server speaks from the catalogue that is live, and notices another one without a restart."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from actions import house as house_module
from actions.house import Desks, House
from bot.catalogue.aliases import Aliases
from bot.catalogue.embedding.encoder import EncoderLoad
from bot.catalogue.importing import store
from bot.catalogue.importing.agencies import load_agency_names
from bot.catalogue.importing.run import import_source
from bot.catalogue.publishing.content import ReviewedContent, ReviewedSource
from bot.catalogue.publishing.releases import go_back, live_state, publish
from bot.messages import BotMessage
from bot.storage.database import Database
from bot.storage.models import CatalogueRecord
from tests.bot.catalogue.small_files import FIRST, small_files, write_files
from tests.shipped import CATALOGUE_FOLDER, shipped_catalogue

SHIPPED = shipped_catalogue()
FEW = dict(list(SHIPPED.procedures.items())[:12])
# Each house builds the search anew, which takes seconds for all of the names that ship.
REVIEWED = replace(
    SHIPPED, procedures=FEW, listings=tuple(one for one in SHIPPED.listings if one.code in FEW), aliases=Aliases(), ambiguous=()
)
NAMES = load_agency_names(CATALOGUE_FOLDER, SHIPPED.agencies)
FIXTURES = Path(__file__).parents[1] / "bot" / "catalogue" / "importing" / "fixtures"
NOW = datetime(2026, 11, 26, tzinfo=UTC)


class NoDossiers:
    """No dossier is ever found."""

    def answer(self, *_: object) -> tuple[BotMessage, ...]:
        return ()

    def masked_code(self, dossier_ref: str, conversation_id: str) -> str | None:  # noqa: ARG002 (interface)
        return None


@pytest.fixture
def open_house(database: Database) -> Callable[[], House]:
    return lambda: House(
        ReviewedContent(REVIEWED, CATALOGUE_FOLDER), EncoderLoad(None, "not in this test"), database.sessions, Desks(NoDossiers())
    )


def bring(database: Database, name: str = "records.jsonl") -> None:
    import_source(FIXTURES / name, database.sessions, NAMES, NOW)


def test_without_an_import_only_the_reviewed_procedures_are_spoken(open_house: Callable[[], House]) -> None:
    house = open_house()
    assert set(house.services.catalogue.procedures) == set(REVIEWED.procedures)
    assert house.describe()["catalogue"]["imported_version"] is None


def test_an_imported_version_is_spoken_after_the_first_look(open_house: Callable[[], House], database: Database) -> None:
    bring(database)
    house = open_house()
    assert house.look()
    assert "1.900001" in house.services.catalogue.procedures
    described = house.describe()["catalogue"]
    assert (described["imported_version"], described["imported_from"]) == (1, "records.jsonl")


def test_a_switch_and_an_undo_are_noticed(open_house: Callable[[], House], database: Database) -> None:
    house = open_house()
    before = house.services
    assert not house.look()
    bring(database)
    assert house.look()
    assert "1.900001" in house.services.catalogue.procedures
    assert "1.900001" not in before.catalogue.procedures, "a turn that began before keeps its catalogue"
    store.undo(database.sessions, NOW)
    assert house.look()
    assert "1.900001" not in house.services.catalogue.procedures
    assert not house.look()


def test_a_version_that_cannot_be_read_leaves_the_old_one_and_is_told(
    open_house: Callable[[], House], database: Database
) -> None:
    bring(database)
    house = open_house()
    house.look()
    bring(database, "list.tsv")
    with database.sessions() as session, session.begin():
        for record in session.query(CatalogueRecord):
            record.listing = "{}"
    assert not house.look()
    assert house.services.catalogue.procedures["1.900001"].name == "Đăng ký nuôi mèo"
    assert house.describe()["catalogue"]["problem"]
    assert not house.look(), "the same version is not tried again at once"


def test_a_database_that_is_away_leaves_the_catalogue_as_it_is(open_house: Callable[[], House], database: Database) -> None:
    house = open_house()
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE catalogue_pointer RENAME TO gone")
    assert not house.look()
    assert house.describe()["catalogue"]["problem"]
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO catalogue_pointer")
    assert not house.look()
    assert house.describe()["catalogue"]["problem"] is None


def test_the_watch_takes_a_new_version_into_use_by_itself(
    open_house: Callable[[], House], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house_module, "POLL_SECONDS", 0.02)
    house, switched = open_house(), threading.Event()
    look = house.look
    monkeypatch.setattr(house, "look", lambda: look() and switched.set())
    house.keep_current()
    bring(database)
    try:
        assert switched.wait(60)
    finally:
        house.stop()
    assert "1.900001" in house.services.catalogue.procedures


def test_a_release_of_trainers_is_spoken_after_the_next_look_and_taken_back(database: Database, tmp_path: Path) -> None:
    shipped = small_files()
    source = ReviewedSource(write_files(tmp_path / "shipped", shipped), tmp_path / "published")
    house = House(source.without_database(), EncoderLoad(None, "-"), database.sessions, Desks(NoDossiers()), source)

    def fee() -> str | None:
        return house.services.catalogue.procedures[FIRST].fees[0].text

    def release(files: dict[str, bytes]) -> None:
        publish(database.sessions, files, shipped, commit="c" * 40, by="lan", reason="phí mới", now=NOW)

    name = f"procedures/{FIRST}.yml"
    before = house.services
    release(shipped | {name: shipped[name].replace(b"8.000 \xc4\x91\xe1\xbb\x93ng", b"9.000 \xc4\x91\xe1\xbb\x93ng")})
    assert house.look()
    assert fee() == "9.000 đồng"
    assert before.catalogue.procedures[FIRST].fees[0].text == "8.000 đồng", "a turn that began before keeps its catalogue"
    assert house.describe()["catalogue"]["published"]["release"] == 1
    release(shipped | {name: b"- hong"})
    assert not house.look()
    assert fee() == "9.000 đồng"
    assert "CatalogueError" in house.describe()["catalogue"]["problem"]
    with database.sessions() as session:
        seen = live_state(session)
    go_back(database.sessions, seen, by="lan", reason="hỏng", now=NOW)
    assert house.look()
    assert (fee(), house.describe()["catalogue"]["problem"]) == ("9.000 đồng", None)
