"""The names of all procedures in force: reviewed and imported, found without marks, read once per switch of version."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, text

from bot.catalogue import names_in_force
from bot.catalogue.importing import store
from bot.catalogue.importing.agencies import AgencyNames
from bot.catalogue.importing.run import import_source
from bot.catalogue.names_in_force import ProcedureNames
from bot.catalogue.publishing import content
from bot.catalogue.publishing.content import ReviewedNow, ReviewedSource
from bot.storage.database import Database
from tests.moving_clock import MovingClock
from tests.shipped import shipped_catalogue

BIRTH = "1.001193"
NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock(NOW)


@pytest.fixture
def known(database: Database, clock: MovingClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ProcedureNames:
    monkeypatch.setattr(content, "_shipped", lambda _: shipped_catalogue())
    reviewed = ReviewedNow(ReviewedSource(tmp_path, tmp_path), database.sessions)
    return ProcedureNames(reviewed, database.sessions, clock)


@pytest.fixture
def imported(database: Database, names: AgencyNames, fixtures: Path) -> None:
    import_source(fixtures / "records.jsonl", database.sessions, names, NOW)


@pytest.fixture
def statements(database: Database) -> Iterator[list[str]]:
    """What the database is asked."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(database.engine, "before_cursor_execute", note)


@pytest.mark.usefixtures("imported")
def test_imported_procedures_are_named_and_found_beside_the_reviewed(known: ProcedureNames) -> None:
    assert BIRTH in known.all()
    assert "1.900001" in known.all()
    assert [one.code for one in known.find("dang ky khai sinh 1.001193")] == [BIRTH]
    assert [one.code for one in known.find("1.900001")] == ["1.900001"]
    assert known.find("  ") == known.find("không có thủ tục nào như vậy") == []
    assert len(known.find("1")) == names_in_force.MOST_FOUND


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    ("typed", "code"),
    [(BIRTH, BIRTH), (f"{BIRTH} Đăng ký", BIRTH), ("1.900001", "1.900001"), ("cấp", None), ("", None), ("9.999999", None)],
)
def test_a_field_names_a_procedure_by_its_code_or_by_words_that_fit_one(
    known: ProcedureNames, typed: str, code: str | None
) -> None:
    chosen = known.chosen(typed)
    assert (chosen.code if chosen else None) == code


def test_the_catalogue_is_read_once_and_again_only_after_a_switch(
    known: ProcedureNames, clock: MovingClock, database: Database, names: AgencyNames, fixtures: Path, statements: list[str]
) -> None:
    known.all()
    statements.clear()
    known.find("khai sinh")
    assert statements == []
    import_source(fixtures / "records.jsonl", database.sessions, names, NOW)
    clock.move(seconds=11)
    statements.clear()
    assert "1.900001" in known.all()
    assert len([one for one in statements if "catalogue_record" in one]) == 1
    assert not [one for one in statements if "catalogue_record.payload" in one]
    clock.move(seconds=11)
    statements.clear()
    known.all()
    assert not [one for one in statements if "catalogue_record" in one]
    store.undo(database.sessions, NOW)
    clock.move(seconds=11)
    assert "1.900001" not in known.all()


@pytest.mark.usefixtures("imported")
def test_where_the_import_cannot_be_read_the_reviewed_stand_alone_until_it_can(
    known: ProcedureNames, clock: MovingClock, database: Database
) -> None:
    with database.engine.begin() as link:
        link.execute(text("UPDATE catalogue_record SET listing = '{}'"))
    assert BIRTH in known.all()
    assert "1.900001" not in known.all()
    clock.move(seconds=11)
    assert BIRTH in known.all()
