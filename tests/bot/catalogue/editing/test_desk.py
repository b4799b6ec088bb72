"""A change of a procedure needs a second person, is a commit with its author's name, and is spoken at once."""

from collections.abc import Callable

import pytest

from bot.authoring.proposals import ProposalRefusedError
from bot.authoring.workspace import ConflictError
from bot.catalogue.editing.checking import procedure_file, read_procedure
from bot.catalogue.editing.desk import CatalogueDesk, FaultyChangeError
from bot.catalogue.editing.takeover import NotByItselfError, taken_over
from bot.catalogue.importing.record import ImportedRecord
from bot.catalogue.importing.store import read_live
from bot.catalogue.publishing.content import ReviewedSource
from bot.catalogue.publishing.releases import ReleaseChangedError, live_state
from bot.storage.database import Database
from tests.bot.catalogue.editing.conftest import HOA, LAN
from tests.bot.catalogue.editing.test_differences import AS_FIRST
from tests.bot.catalogue.small_files import FIRST, procedure_text

PATH = procedure_file(FIRST)
DEARER = procedure_text().replace("8.000 đồng", "9.000 đồng").replace("8000\n", "9000\n")


def spoken(database: Database, source: ReviewedSource) -> str | None:
    with database.sessions() as session:
        return source.read(session).catalogue.procedures[FIRST].fees[0].text


def changes(database: Database) -> int:
    with database.sessions() as session:
        return live_state(session).changes


def test_an_approved_change_is_committed_published_and_taken_back(
    desk: CatalogueDesk, database: Database, source: ReviewedSource
) -> None:
    number = desk.propose(LAN, desk.workspace.head(), {PATH: DEARER}, "Lệ phí mới", "Nghị quyết 12")
    assert spoken(database, source) == "8.000 đồng"
    with pytest.raises(ProposalRefusedError, match="own_change"):
        desk.approve(LAN, number, 1)
    assert desk.approve(HOA, number, 1) == 1
    assert spoken(database, source) == "9.000 đồng"
    (commit, *_) = desk.workspace.log()
    assert (commit.author, commit.title, commit.proposal) == ("Nguyễn Thị Lan", "Lệ phí mới", number)
    assert desk.standing().waiting == ()
    desk.go_back(HOA, changes(database), "sai")
    assert spoken(database, source) == "8.000 đồng"
    assert desk.standing().waiting == (PATH,)
    desk.publish(HOA, "đưa lại")
    assert spoken(database, source) == "9.000 đồng"


def test_who_saw_an_older_state_does_not_go_back(desk: CatalogueDesk, database: Database) -> None:
    desk.publish(LAN, "lần đầu")
    with pytest.raises(ReleaseChangedError):
        desk.go_back(HOA, changes(database) - 1, "nhầm")


def test_a_change_that_fails_the_checks_is_no_proposal(desk: CatalogueDesk) -> None:
    with pytest.raises(FaultyChangeError) as refused:
        desk.propose(LAN, desk.workspace.head(), {PATH: DEARER.replace("tthcc-xa", "khong-co")}, "Sai", "")
    assert refused.value.told[0].key == "agency_missing"
    assert desk.listed(["submitted"]) == []


def test_two_changes_of_one_place_meet_and_nothing_is_lost(
    desk: CatalogueDesk, database: Database, source: ReviewedSource
) -> None:
    base = desk.workspace.head()
    first = desk.propose(LAN, base, {PATH: DEARER}, "Lệ phí", "")
    second = desk.propose(HOA, base, {PATH: DEARER.replace("9.000", "9.500").replace("9000\n", "9500\n")}, "Lệ phí", "")
    other = desk.propose(HOA, base, {PATH: procedure_text().replace("- Nhận kết quả.", "- Nhận giấy.")}, "Bước", "")
    desk.approve(HOA, first, 1)
    with pytest.raises(ConflictError):
        desk.approve(LAN, second, 1)
    assert desk.proposals.read(second).files
    desk.approve(LAN, other, 1)
    assert spoken(database, source) == "9.000 đồng"
    with database.sessions() as session:
        assert source.read(session).catalogue.procedures[FIRST].steps[-1] == "Nhận giấy."


@pytest.fixture
def record(bring: Callable[..., None], database: Database) -> ImportedRecord:
    """What the import says of the first procedure."""
    bring(AS_FIRST)
    with database.sessions() as session:
        version = read_live(session)
    assert version is not None
    return version.record(FIRST)


def test_facts_of_an_import_are_taken_over_with_their_source(record: ImportedRecord, source: ReviewedSource) -> None:
    agencies = source.without_database().catalogue.agencies
    for part in ("fee", "time", "legal_basis", "name", "level"):
        text = taken_over(procedure_text(), record, part, agencies)
        assert "# Kiểm tra lần cuối" in text
        procedure = read_procedure(text)
        assert procedure is not None, part
        if part == "fee":
            assert {fee.amount_vnd for fee in procedure.fees} == {20000}
            assert {fee.source.name for fee in procedure.fees if fee.source} == {record.source_name}
            assert {fee.certainty for fee in procedure.fees} == {"sure"}
            assert "03 ngày làm việc" in text
        if part == "legal_basis":
            assert (procedure.legal_basis, procedure.legal_basis_source is not None) == (record.legal_basis, True)


def test_papers_below_cases_are_left_to_people(record: ImportedRecord, source: ReviewedSource) -> None:
    with pytest.raises(NotByItselfError, match="has_cases"):
        taken_over(procedure_text(), record, "papers", source.without_database().catalogue.agencies)
