"""A newer or fuller record wins, a list never wipes one, and the same again changes nothing."""

from dataclasses import replace

import pytest

from bot.catalogue.importing.merge import joined_rows, merged
from bot.catalogue.importing.record import ImportedRecord, ListedRow, StatedText, from_json, to_json

FULL = ImportedRecord(
    code="1.900001",
    name="Nuôi mèo",
    official_name="Nuôi mèo",
    completeness="full",
    source_name="x",
    as_of="2026-07",
    steps=StatedText("present", "Bước 1"),
)
ROW = ListedRow("Nuôi mèo", "Vật nuôi", "Bộ Mèo", "Ủy ban nhân dân cấp xã")
LISTED = ImportedRecord(
    code="1.900001",
    name="Nuôi mèo",
    official_name="Nuôi mèo",
    completeness="list",
    source_name="d",
    as_of="2026-11-26",
    listed=ROW,
)


def test_a_first_record_stands() -> None:
    assert merged(None, FULL) == (FULL, ())


def test_a_list_stands_beside_a_full_record_and_wipes_nothing() -> None:
    record, doubts = merged(FULL, LISTED)
    assert record == replace(FULL, listed=ROW)
    assert doubts == ()


def test_a_full_record_keeps_the_lists_row() -> None:
    assert merged(LISTED, FULL)[0] == replace(FULL, listed=ROW)
    assert merged(replace(FULL, listed=ROW), FULL)[0] == replace(FULL, listed=ROW)


def test_a_list_that_names_it_otherwise_is_told() -> None:
    other = replace(LISTED, listed=replace(ROW, name="Nuôi mèo nhà"))
    assert [doubt.hazard for doubt in merged(FULL, other)[1]] == ["list_fields_differ"]


def test_an_older_record_and_a_thinner_one_do_not_replace() -> None:
    older = replace(FULL, as_of="2025-11-27", name="Cũ")
    thinner = replace(FULL, completeness="partial", as_of="2026-09")
    for incoming, hazard in ((older, "older_than_live"), (thinner, "thinner_than_live")):
        record, doubts = merged(FULL, incoming)
        assert record == FULL
        assert [doubt.hazard for doubt in doubts] == [hazard]


def test_a_fuller_record_replaces_a_thinner_one_of_any_age() -> None:
    thin = replace(FULL, completeness="partial", as_of="2026-09")
    assert merged(thin, FULL)[0] == FULL


@pytest.mark.parametrize("day", ["2026-11-26", "2027-01-01"])
def test_an_undated_page_read_again_is_unchanged(day: str) -> None:
    page = replace(FULL, as_of="2026-11-25", dated=False)
    assert merged(page, replace(page, as_of=day))[0] == page


def test_the_same_list_row_read_again_is_unchanged() -> None:
    assert merged(LISTED, replace(LISTED, as_of="2027-01-01"))[0] == LISTED


def test_rows_of_one_code_join_their_agencies_once() -> None:
    other = ListedRow("Nuôi mèo", None, "Bộ Mèo", "Công an cấp xã")
    joined = joined_rows(ROW, other)
    assert joined.executing == "Ủy ban nhân dân cấp xã; Công an cấp xã"
    assert joined_rows(joined, other) == joined


def test_a_record_comes_back_from_its_text_as_it_was() -> None:
    record = replace(FULL, listed=ROW)
    assert from_json(to_json(record), record.code) == record
    assert to_json(record) == to_json(from_json(to_json(record), record.code))
