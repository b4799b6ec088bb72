"""Approved changes go live for every process, can be taken back with one click, survive restarts, disks and upgrades."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from bot.accounts.audit import SYSTEM, AuditFilter, audit_entries, record_audit
from bot.catalogue.publishing import releases
from bot.catalogue.publishing.content import KEPT_FOLDERS, ReviewedNow, ReviewedSource
from bot.catalogue.publishing.releases import NoReleaseError, ReleaseChangedError, go_back, live_release, live_state, publish
from bot.storage.content_models import ContentArchive
from bot.storage.database import Database
from tests.bot.catalogue.publishing.conftest import NOW
from tests.bot.catalogue.small_files import FIRST, SECOND, small_files

MakeSource = Callable[..., ReviewedSource]
FEE, FILE = "8.000 đồng", f"procedures/{FIRST}.yml"


def with_fee(amount: str, files: Mapping[str, bytes] | None = None, name: str = FILE) -> dict[str, bytes]:
    """The files with another fee."""
    files = dict(files or small_files())
    digits = amount.replace(".", "")
    return files | {name: files[name].replace(FEE.encode(), f"{amount} đồng".encode()).replace(b": 8000", f": {digits}".encode())}


def go_live(database: Database, files: Mapping[str, bytes], commit: str = "c" * 40, reason: str = "Nghị quyết mới") -> int:
    return publish(database.sessions, files, small_files(), commit=commit, by="lan", reason=reason, now=NOW)


def spoken(source: ReviewedSource, database: Database, code: str = FIRST) -> str | None:
    with database.sessions() as session:
        return source.read(session).catalogue.procedures[code].fees[0].text


def test_without_a_release_the_shipped_files_stand(database: Database, make_source: MakeSource) -> None:
    source = make_source()
    with database.sessions() as session:
        content = source.read(session)
    assert content.folder == source.shipped
    assert content.describe() == {"release": None, "commit": None, "published_at": None, "both_changed": []}


def test_a_release_is_live_on_every_machine_and_after_a_restart(database: Database, make_source: MakeSource) -> None:
    here, there = ReviewedNow(make_source("here"), database.sessions), ReviewedNow(make_source("there"), database.sessions)
    assert here.content().catalogue.procedures[FIRST].fees[0].text == FEE
    go_live(database, with_fee("9.000"))
    for process in (here, there, ReviewedNow(make_source("here"), database.sessions)):
        assert process.content(at_once=True).catalogue.procedures[FIRST].fees[0].text == "9.000 đồng"
    assert here.content().describe()["commit"] == "c" * 12


def test_going_back_leads_to_the_release_before_and_at_last_to_the_shipped_files(
    database: Database, make_source: MakeSource
) -> None:
    source = make_source()
    go_live(database, with_fee("9.000"), "a" * 40)
    go_live(database, with_fee("9.500"), "b" * 40)
    told = []
    for expected in ("9.000 đồng", FEE):
        with database.sessions() as session:
            seen = live_state(session)
        go_back(database.sessions, seen, by="hoa", reason="sai mức", now=NOW, also=lambda _session, number: told.append(number))
        assert spoken(source, database) == expected
    with database.sessions() as session:
        seen, listed = live_state(session), releases.releases(session)
    assert [(one.kind, one.published_by, one.live) for one in listed] == [
        ("returned", "hoa", True), ("returned", "hoa", False), ("published", "lan", False), ("published", "lan", False),
    ]  # fmt: skip
    assert told == [3, 4]
    with pytest.raises(NoReleaseError):
        go_back(database.sessions, seen, by="hoa", reason="nữa", now=NOW)


def test_who_looks_at_an_old_page_takes_nothing_back(database: Database, make_source: MakeSource) -> None:
    go_live(database, with_fee("9.000"))
    with database.sessions() as session:
        seen = live_state(session)
    go_live(database, with_fee("9.500"))
    with pytest.raises(ReleaseChangedError):
        go_back(database.sessions, seen, by="hoa", reason="sai", now=NOW)
    assert spoken(make_source(), database) == "9.500 đồng"


def test_a_release_whose_audit_entry_fails_is_not_live(database: Database, make_source: MakeSource) -> None:
    def fails(session: object, number: int) -> None:
        raise RuntimeError(f"{session} {number}")

    with pytest.raises(RuntimeError):
        publish(database.sessions, small_files(), {}, commit="c", by="lan", reason="x", now=NOW, also=fails)
    with database.sessions() as session:
        assert live_release(session) is None
    assert spoken(make_source(), database) == FEE


def test_the_audit_entry_stands_in_the_same_transaction(database: Database) -> None:
    publish(
        database.sessions, small_files(), {}, commit="c", by="lan", reason="x", now=NOW,
        also=lambda session, number: record_audit(session, SYSTEM, "catalogue.published", f"release:{number}", now=NOW) and None,
    )  # fmt: skip
    with database.sessions() as session:
        assert [entry.subject for entry in audit_entries(session, AuditFilter())] == ["release:1"]


def test_files_that_cannot_be_used_leave_the_present_ones_and_are_told(database: Database, make_source: MakeSource) -> None:
    now = ReviewedNow(make_source(), database.sessions)
    go_live(database, with_fee("9.000"))
    now.content(at_once=True)
    go_live(database, small_files() | {FILE: b"code: [hong"})
    assert now.content(at_once=True).catalogue.procedures[FIRST].fees[0].text == "9.000 đồng"
    assert now.problem == "CatalogueError"
    go_live(database, with_fee("9.500"))
    assert now.content(at_once=True).catalogue.procedures[FIRST].fees[0].text == "9.500 đồng"
    assert now.problem is None


def test_a_folder_that_somebody_touched_is_written_anew(database: Database, make_source: MakeSource) -> None:
    source = make_source()
    go_live(database, with_fee("9.000"))
    with database.sessions() as session:
        folder = source.read(session).folder
    (folder / FILE).write_text("code: '1.000001'", encoding="utf-8")
    (folder / "procedures" / "extra.yml").write_text("x", encoding="utf-8")
    assert spoken(source, database) == "9.000 đồng"


def test_old_folders_go_and_the_last_ones_stay(database: Database, make_source: MakeSource) -> None:
    source = make_source()
    for number in range(KEPT_FOLDERS + 3):
        go_live(database, with_fee(f"9.00{number}"), f"{number}" * 40)
        assert spoken(source, database) == f"9.00{number} đồng"
    with database.sessions() as session:
        folder = source.read(session).folder
    assert len([path for path in folder.parent.iterdir() if not path.name.startswith(".")]) == KEPT_FOLDERS
    assert not list(folder.parent.glob(".making-*"))


def test_the_files_of_old_releases_are_forgotten_and_the_list_stays(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "KEPT", 2)
    for number in range(4):
        go_live(database, with_fee(f"9.00{number}"))
    with database.sessions() as session:
        assert session.query(ContentArchive).count() == 2
        assert [one.held for one in releases.releases(session)] == [True, True, False, False]


def test_a_newer_product_keeps_the_trainers_fees_and_brings_its_own(database: Database, make_source: MakeSource) -> None:
    go_live(database, with_fee("9.000"))
    newer = with_fee("7.000", name=f"procedures/{SECOND}.yml")
    upgraded = make_source("upgraded", newer)
    assert (spoken(upgraded, database), spoken(upgraded, database, SECOND)) == ("9.000 đồng", "7.000 đồng")
    both = make_source("both", with_fee("6.000"))
    with database.sessions() as session:
        content = both.read(session)
    assert content.catalogue.procedures[FIRST].fees[0].text == "9.000 đồng"
    assert content.describe()["both_changed"] == [FILE]


def test_halves_that_do_not_fit_leave_the_approved_state_whole(database: Database, make_source: MakeSource) -> None:
    alias = "một tên chung của hai thủ tục"
    ours = small_files()
    ours[FILE] = ours[FILE].replace(b"aliases:\n", f"aliases:\n  - {alias}\n".encode())
    go_live(database, ours)
    newer = small_files()
    other = f"procedures/{SECOND}.yml"
    newer[other] = newer[other].replace(b"aliases:\n", f"aliases:\n  - {alias}\n".encode())
    with database.sessions() as session:
        catalogue = make_source("upgraded", newer).read(session).catalogue
    assert alias in catalogue.procedures[FIRST].aliases
    assert alias not in catalogue.procedures[SECOND].aliases


def test_reasons_and_moments_are_kept(database: Database) -> None:
    go_live(database, small_files(), reason="r" * 900)
    with database.sessions() as session:
        release = live_release(session)
    assert release is not None
    assert (len(release.reason), release.published_at) == (400, NOW)
    assert release.published_at - NOW < timedelta(seconds=1)
