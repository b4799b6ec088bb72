"""Versions in the database, on SQLite and PostgreSQL: whole, shared, switched at once, taken back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.catalogue.importing import store
from bot.catalogue.importing.agencies import AgencyNames
from bot.catalogue.importing.findings import ImportRefusedError
from bot.catalogue.importing.run import ImportOutcome, import_source
from bot.storage.database import Database
from bot.storage.models import CatalogueRecord, CatalogueVersion

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
Import = Callable[..., ImportOutcome]


@pytest.fixture
def imports(database: Database, names: AgencyNames) -> Import:
    def run(path: Path, **options: Any) -> ImportOutcome:
        return import_source(path, database.sessions, names, NOW, **options)

    return run


def pointer(database: Database) -> store.Pointer:
    with database.sessions() as session:
        return store.live_pointer(session)


def live_codes(database: Database) -> list[str]:
    with database.sessions() as session:
        version = store.read_live(session)
    return [listing.code for listing in version.listings] if version else []


def changed_copy(source: Path, path: Path, old: str, new: str) -> Path:
    path.write_text(source.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return path


def test_a_first_import_is_live_with_its_report(imports: Import, database: Database, fixtures: Path) -> None:
    outcome = imports(fixtures / "records.jsonl")
    assert outcome.version == 1
    assert live_codes(database) == ["1.115900", "1.900001", "1.900002", "1.900003"]
    with database.sessions() as session:
        report = store.report_of(session, None)
    assert report["counts"]["new"] == 4
    assert report["source"]["sha256"] == outcome.report["source"]["sha256"]
    assert {finding["hazard"] for finding in report["findings"]} >= {"time_by_case", "fee_local_council"}


def test_the_same_file_again_makes_no_new_version(imports: Import, database: Database, fixtures: Path) -> None:
    imports(fixtures / "records.jsonl")
    again = imports(fixtures / "records.jsonl")
    assert (again.version, again.changed) == (None, False)
    assert again.report["counts"]["unchanged"] == 4
    with database.sessions() as session:
        assert len(store.versions(session)) == 1


def test_versions_share_the_records_that_did_not_change(
    imports: Import, database: Database, fixtures: Path, tmp_path: Path
) -> None:
    imports(fixtures / "records.jsonl")
    changed = changed_copy(fixtures / "records.jsonl", tmp_path / "b.jsonl", "Trả lại mèo lạc", "Trả mèo lạc")
    outcome = imports(changed)
    assert (outcome.report["counts"]["changed"], outcome.report["counts"]["unchanged"]) == (1, 3)
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(CatalogueRecord)) == 5


def test_a_list_adds_to_records_and_brings_partial_ones(imports: Import, database: Database, fixtures: Path) -> None:
    imports(fixtures / "records.jsonl")
    outcome = imports(fixtures / "list.tsv")
    assert (outcome.report["counts"]["new"], outcome.report["counts"]["changed"]) == (1, 1)
    assert outcome.report["counts"]["not_in_file"] == 3
    with database.sessions() as session:
        version = store.read_live(session)
    assert version is not None
    assert version.record("1.900001").steps.state == "present"
    assert version.record("1.900001").listed is not None
    assert version.record("1.900009").completeness == "list"
    assert imports(fixtures / "list.tsv").version is None
    assert imports(fixtures / "records.jsonl").version is None, "the list's rows stay beside the records"


def test_records_that_the_file_does_not_have_stay_unless_it_replaces_all(
    imports: Import, database: Database, fixtures: Path, tmp_path: Path
) -> None:
    imports(fixtures / "records.jsonl")
    only = tmp_path / "one.jsonl"
    only.write_text((fixtures / "records.jsonl").read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert imports(only).version is None
    outcome = imports(only, replace_all=True)
    assert outcome.report["counts"]["dropped"] == 3
    assert live_codes(database) == ["1.900001"]


def test_a_list_cannot_replace_the_whole_catalogue(imports: Import, fixtures: Path) -> None:
    with pytest.raises(ImportRefusedError, match="toàn bộ"):
        imports(fixtures / "list.tsv", replace_all=True)


def test_undo_goes_back_one_version_at_a_time(imports: Import, database: Database, fixtures: Path) -> None:
    imports(fixtures / "records.jsonl")
    imports(fixtures / "list.tsv")
    assert store.undo(database.sessions, NOW).version == 1
    assert "1.900009" not in live_codes(database)
    assert store.undo(database.sessions, NOW).version is None
    assert live_codes(database) == []
    with pytest.raises(store.NoVersionError):
        store.undo(database.sessions, NOW)


def test_an_import_after_an_undo_stands_on_the_live_version(imports: Import, database: Database, fixtures: Path) -> None:
    imports(fixtures / "records.jsonl")
    imports(fixtures / "list.tsv")
    store.undo(database.sessions, NOW)
    assert imports(fixtures / "portal.json").version == 3
    assert store.undo(database.sessions, NOW).version == 1


def test_the_dates_of_validity_of_versions_are_kept(imports: Import, database: Database, fixtures: Path) -> None:
    imports(fixtures / "records.jsonl")
    imports(fixtures / "list.tsv")
    with database.sessions() as session:
        newest, first = store.versions(session)
    assert (newest.live, newest.live_from, newest.live_until) == (True, NOW, None)
    assert (first.live, first.live_from, first.live_until) == (False, NOW, NOW)


def test_a_dry_run_writes_nothing(imports: Import, database: Database, fixtures: Path) -> None:
    outcome = imports(fixtures / "records.jsonl", dry_run=True)
    assert (outcome.version, outcome.changed) == (None, True)
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(CatalogueRecord)) == 0


def test_a_crash_before_the_switch_leaves_the_old_version_live(
    imports: Import, database: Database, fixtures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imports(fixtures / "records.jsonl")
    before = pointer(database)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "_move", crash)
    with pytest.raises(KeyboardInterrupt):
        imports(fixtures / "list.tsv")
    assert pointer(database) == before
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(CatalogueVersion)) == 1
    monkeypatch.undo()
    assert imports(fixtures / "list.tsv").changed


def test_of_two_imports_at_once_the_second_gives_way(database: Database, imports: Import, fixtures: Path) -> None:
    seen = pointer(database)
    report = imports(fixtures / "records.jsonl").report
    with pytest.raises(store.CatalogueChangedError):
        store.switch_to_new(database.sessions, {}, report, seen, NOW)
    assert pointer(database).version == 1


def test_a_code_twice_in_one_file_is_taken_once_and_told(
    imports: Import, database: Database, fixtures: Path, tmp_path: Path
) -> None:
    line = (fixtures / "records.jsonl").read_text(encoding="utf-8").splitlines()[0]
    newer = json.dumps(json.loads(line) | {"source": {"crawl_date": "2026-09"}, "result": "Giấy mới"})
    older = json.dumps(json.loads(line) | {"source": {"crawl_date": "2025-01"}, "result": "Giấy cũ"})
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join([line, line, newer, older]), encoding="utf-8")
    report = imports(path).report
    told = [(f["row"], f["message"]) for f in report["findings"] if f["hazard"] == "duplicate"]
    assert [row for row, _ in told] == ["dòng 2", "dòng 3", "dòng 4"]
    assert all("dòng 1" in message for _, message in told)
    assert report["counts"]["duplicates"] == 3
    with database.sessions() as session:
        version = store.read_live(session)
    assert version is not None
    assert version.record("1.900001").result.raw == "Giấy mới"


def test_a_file_without_a_usable_row_is_refused_and_the_first_reason_told(imports: Import, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"code": "x", "name": "a"}\n', encoding="utf-8")
    with pytest.raises(ImportRefusedError, match="dòng 1"):
        imports(path)


def test_counts_add_up(imports: Import, fixtures: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text((fixtures / "records.jsonl").read_text(encoding="utf-8") + "{}\n", encoding="utf-8")
    counts = imports(path).report["counts"]
    assert counts["rows"] == counts["parsed"] + counts["refused"]
    assert counts["parsed"] == counts["new"] + counts["changed"] + counts["unchanged"] + counts["duplicates"]


def test_the_record_of_another_release_is_replaced_and_not_a_crash(imports: Import, database: Database, fixtures: Path) -> None:
    imports(fixtures / "records.jsonl")
    with database.sessions() as session, session.begin():
        for record in session.scalars(select(CatalogueRecord)):
            record.payload = '{"shape": "of another release"}'
    assert imports(fixtures / "list.tsv").changed
