"""The reviewed and the imported catalogue as one: reviewed ones win, names tell apart, memory stays small."""

import zlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.catalogue import imported as merging
from bot.catalogue.imported import ImportedListing, ImportedVersion, MergedProcedures, merged_catalogue
from bot.catalogue.importing.record import ImportedAgency, ImportedRecord, StatedText, listing_json, to_json
from bot.catalogue.importing.store import listing_from
from bot.catalogue.load import Catalogue
from bot.catalogue.schema import ImportedProcedure
from tests.shipped import shipped_catalogue

REVIEWED: Catalogue = shipped_catalogue()
BIRTH = "1.001193"


def record(code: str, name: str = "Nuôi mèo", **changes: object) -> ImportedRecord:
    made = ImportedRecord(
        code=code,
        name=name,
        official_name=name,
        completeness="full",
        source_name="Nguồn thử",
        as_of="2026-07",
        levels=("Cấp xã",),
        targets=("Công dân Việt Nam",),
        steps=StatedText("present", "Bước 1: Nộp. Bước 2: Nhận."),
        deciding=ImportedAgency("nhap-abc", "Hội nuôi mèo"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def version(*records: ImportedRecord) -> ImportedVersion:
    rows: list[ImportedListing] = [listing_from(r.code, listing_json(r)) for r in records]
    packed = {r.code: zlib.compress(to_json(r).encode()) for r in records}
    return ImportedVersion(1, 1, datetime(2026, 11, 26, tzinfo=UTC), "tệp thử", tuple(rows), packed)


def merged(*records: ImportedRecord) -> Catalogue:
    return merged_catalogue(REVIEWED, version(*records))


def test_a_reviewed_procedure_always_wins() -> None:
    catalogue = merged(record(BIRTH, "Tên nhập"), record("1.900001"))
    assert catalogue.procedures[BIRTH] is REVIEWED.procedures[BIRTH]
    assert [listing.code for listing in catalogue.listings].count(BIRTH) == 1
    assert catalogue.procedures["1.900001"].origin == "imported"


def test_reviewed_listings_come_first_and_learn_their_levels() -> None:
    catalogue = merged(record("1.900001"), record(BIRTH))
    assert [listing.origin for listing in catalogue.listings[-2:]] == ["reviewed", "imported"]
    birth = next(listing for listing in catalogue.listings if listing.code == BIRTH)
    assert birth.levels == ("Cấp xã",)
    assert birth.aliases == REVIEWED.procedures[BIRTH].aliases


def test_an_old_code_of_a_reviewed_procedure_is_not_offered() -> None:
    reviewed = REVIEWED.procedures[BIRTH].model_copy(update={"old_codes": ("1.900001",)})
    catalogue = merged_catalogue(replace(REVIEWED, procedures={BIRTH: reviewed}, listings=()), version(record("1.900001")))
    assert "1.900001" not in catalogue.procedures
    assert catalogue.listings == ()


def test_what_another_province_made_is_not_offered() -> None:
    assert "1.116493" not in merged(record("1.116493", province="Cần Thơ")).procedures


def test_one_name_of_several_codes_is_told_apart_by_agency_or_code() -> None:
    catalogue = merged(
        record("1.900001"),
        record("1.900002", deciding=ImportedAgency("nhap-def", "Hội mèo hoang")),
        record("1.900003", "Nuôi vịt"),
        record("1.900004", "nuôi vịt"),
    )
    names = {listing.code: listing.name for listing in catalogue.listings if listing.origin == "imported"}
    assert names["1.900001"] == "Nuôi mèo (Hội nuôi mèo)"
    assert names["1.900003"] == "Nuôi vịt (mã 1.900003)"
    assert len(set(names.values())) == 4
    assert catalogue.procedures["1.900002"].name == names["1.900002"]


def test_a_renumbered_code_names_its_successor_and_a_clone_of_it_does_not() -> None:
    catalogue = merged(record("1.900001", as_of="2025-11-27"), record("1.900009"))
    successors = {listing.code: listing.superseded_by for listing in catalogue.listings if listing.origin == "imported"}
    assert successors == {"1.900001": "1.900009", "1.900009": None}
    assert catalogue.procedures["1.900001"].newer_code == "1.900009"


def test_an_older_import_under_a_reviewed_name_names_the_reviewed_code() -> None:
    name = REVIEWED.procedures[BIRTH].official_name
    catalogue = merged(record("1.900001", name, as_of="2020-01"))
    assert next(listing for listing in catalogue.listings if listing.code == "1.900001").superseded_by == BIRTH


def test_agencies_that_only_the_import_names_can_be_spoken() -> None:
    catalogue = merged(record("1.900001"), record("1.900002", "Nuôi vịt", deciding=None))
    assert catalogue.agencies["nhap-abc"].name == "Hội nuôi mèo"
    assert catalogue.procedures["1.900002"].deciding_agency in catalogue.agencies
    assert catalogue.agencies["tthcc-xa"] == REVIEWED.agencies["tthcc-xa"]


def test_earlier_names_help_to_find_it() -> None:
    from bot.catalogue.importing.raw import EarlierVersion

    earlier = (EarlierVersion("2025-11", None, (), "Đăng ký mèo"),)
    assert merged(record("1.900001", earlier=earlier)).listings[-1].aliases == ("Đăng ký mèo",)


def test_procedures_are_built_when_asked_for_and_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "REMEMBERED", 2)
    built: list[str] = []
    build = merging.procedure_of

    def counted(found: ImportedRecord, name: str | None, newer: str | None) -> ImportedProcedure:
        built.append(found.code)
        return build(found, name, newer)

    monkeypatch.setattr(merging, "procedure_of", counted)
    procedures = merged(*[record(f"1.90000{n}", f"Nuôi {n}") for n in range(4)]).procedures
    assert isinstance(procedures, MergedProcedures)
    assert built == []
    for code in ("1.900000", "1.900000", "1.900001", "1.900002", "1.900000"):
        assert procedures[code].code == code
    assert built == ["1.900000", "1.900001", "1.900002", "1.900000"]


def test_the_mapping_is_one_of_all_codes() -> None:
    procedures = merged(record("1.900001")).procedures
    assert len(procedures) == len(REVIEWED.procedures) + 1
    assert list(procedures)[-1] == "1.900001"
    assert procedures.get("9.999999") is None
    with pytest.raises(KeyError):
        procedures["9.999999"]
