"""What runs out is seen before citizens hear it, and a month's changes are told whole."""

from collections.abc import Callable
from datetime import date, datetime

import pytest

from bot.catalogue.editing.ageing import ageing, imported_ageing
from bot.catalogue.editing.checking import procedure_file, read_procedure
from bot.catalogue.editing.desk import CatalogueDesk
from bot.catalogue.editing.differences import Wanted, compare_live, decide, differences
from bot.catalogue.editing.month import Month, changes_in, read_month_name
from bot.catalogue.importing.store import read_live
from bot.catalogue.schema import Procedure
from bot.clock import VIETNAM_TIME
from bot.storage.database import Database
from bot.switches.board import Target
from bot.switches.store import switch_off
from tests.bot.catalogue.editing.conftest import HOA, LAN, NOW
from tests.bot.catalogue.editing.test_differences import AS_FIRST
from tests.bot.catalogue.small_files import FIRST, procedure_text

TODAY = date(2026, 11, 26)
NOVEMBER = Month(2026, 11)


def procedure(*changes: tuple[str, str]) -> Procedure:
    text = procedure_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    found = read_procedure(text)
    assert found is not None
    return found


def found(*changes: tuple[str, str], within: int = 30) -> list[tuple[str, str, str]]:
    return [(one.matter, one.part, str(one.day)) for one in ageing([procedure(*changes)], TODAY, within)]


RAW = "    raw: '8.000 đ'\n"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (RAW, "    valid_to: 2026-11-25\n", ("ended", "fees", "2026-11-25")),
        (RAW, "    valid_to: 2026-11-26\n", ("ends_soon", "fees", "2026-11-26")),
        (RAW, "    valid_to: 2026-12-26\n", ("ends_soon", "fees", "2026-12-26")),
        (RAW, "    valid_from: 2026-12-01\n", ("begins_later", "fees", "2026-12-01")),
        ("source:\n", "valid_to: 2026-12-01\nsource:\n", ("ends_soon", "general", "2026-12-01")),
        ("documents:\n", "documents:\n  valid_to: 2026-01-01\n", ("ended", "papers", "2026-01-01")),
        ("as_of: 2026-07", "as_of: 2025-10", ("old", "general", "None")),
        ("verified_on: 2026-11-01", "verified_on: null", ("link_unseen", "online", "None")),
        ("verified_on: 2026-11-01", "verified_on: 2026-08-01", ("link_unseen", "online", "2026-08-01")),
    ],
)
def test_each_matter_is_told_with_its_part_and_day(old: str, new: str, told: tuple[str, str, str]) -> None:
    assert found((old, new)) == [told]


def test_nothing_is_told_that_holds_long_enough() -> None:
    assert found() == []
    assert found((RAW, "    valid_to: 2026-12-27\n")) == []
    assert len(found((RAW, "    valid_to: 2026-12-27\n"), within=60)) == 1


def test_what_has_ended_stands_before_what_ends() -> None:
    both = found((RAW, "    valid_to: 2026-11-30\n"), ("documents:\n", "documents:\n  valid_to: 2026-01-01\n"))
    assert [one[0] for one in both] == ["ended", "ends_soon"]


def test_imported_procedures_are_looked_through_without_building_them(bring: Callable[..., None], database: Database) -> None:
    bring()
    with database.sessions() as session:
        version = read_live(session)
    assert version is not None
    later = date(2029, 1, 1)
    codes = {one.code for one in imported_ageing(version, later, 30)}
    assert codes == {listing.code for listing in version.listings if listing.province is None}
    assert imported_ageing(version, later, 30, left_out=codes) == []


def test_a_month_tells_commits_releases_imports_decisions_and_switches(
    desk: CatalogueDesk, database: Database, bring: Callable[..., None]
) -> None:
    changed = procedure_text().replace("- Nhận kết quả.", "- Nhận giấy.")
    number = desk.propose(LAN, desk.workspace.head(), {procedure_file(FIRST): changed}, "Bước mới", "theo quyết định")
    desk.approve(HOA, number, 1)
    bring(AS_FIRST)
    compare_live(database.sessions, desk._source.without_database().catalogue, "0", NOW)
    with database.sessions() as session:
        row = differences(session, Wanted(part="fee"))[0][0]
    decide(database.sessions, [row.id], "refused", by="lan", reason="nhầm", now=NOW)
    switch_off(database.sessions, Target("procedure", FIRST), reason="sửa", by="hoa", now=NOW)
    with database.sessions() as session:
        told = changes_in(session, desk.workspace, NOVEMBER)
        assert changes_in(session, desk.workspace, Month(2026, 10)) == []
    assert {(one.sort, one.by) for one in told} == {
        ("commit", "Nguyễn Thị Lan"), ("release", "hoa"), ("import", "operator"), ("decision", "lan"), ("switch", "hoa"),
    }  # fmt: skip
    assert next(one for one in told if one.sort == "commit").codes == (FIRST,)


def test_months_are_vietnams() -> None:
    assert NOVEMBER.holds(datetime(2026, 11, 1, tzinfo=VIETNAM_TIME))
    assert not NOVEMBER.holds(datetime(2026, 12, 1, tzinfo=VIETNAM_TIME))
    assert (str(Month(2026, 12).next), str(Month(2026, 1).before), str(NOVEMBER.before)) == ("2027-01", "2025-12", "2026-10")
    assert read_month_name("", NOW) == NOVEMBER
    for wrong in ("2026-13", "11/2026", "x" * 99):
        with pytest.raises(ValueError, match="no month"):
            read_month_name(wrong, NOW)
