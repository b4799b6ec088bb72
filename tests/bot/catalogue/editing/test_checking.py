"""A change is checked before it is saved, in words that people understand, and read as citizens would read it."""

from datetime import date

import pytest

from bot.catalogue.editing.checking import check_change, procedure_file, read_procedure
from bot.catalogue.editing.preview import compared
from bot.catalogue.editing.told import in_words
from bot.catalogue.yaml_files import Problem
from console.texts import label
from tests.bot.catalogue.small_files import FIRST, procedure_text, small_files
from tests.shipped import shipped_catalogue

FILES = {name: content.decode() for name, content in small_files().items()}
TODAY = date(2026, 11, 26)


def checked(old: str, new: str) -> dict[str, str]:
    text = procedure_text()
    assert old in text
    found = check_change(FILES, {procedure_file(FIRST): text.replace(old, new, 1)}, TODAY)
    return {one.key: one.severity for one in found.told}


def test_a_sound_change_has_no_errors() -> None:
    assert "error" not in checked("8.000 đồng", "8.000 đồng mỗi con").values()


@pytest.mark.parametrize(
    ("old", "new", "key", "severity"),
    [
        ("đăng ký nuôi mèo kiểu 0", "đăng ký nuôi chó kiểu 0", "words_of_another", "error"),
        ("receiving_agency: tthcc-xa", "receiving_agency: so-x", "agency_missing", "error"),
        ("amount_vnd: 8000", "amount_vnd: 0", "number_above_zero", "error"),
        ("    amount_vnd: 8000\n", "", "amount_of_other_kind", "error"),
        ("case: cap-lai", "case: cap-moi", "case_missing", "error"),
        ("  text: Giấy chứng nhận\n", "", "text_needed", "error"),
        ("unit: working_day", "unit: tuan", "not_offered", "error"),
        ("as_of: 2026-07", "as_of: bảy", "wrong_shape", "error"),
        ("as_of: 2026-07", "as_of: 2024-07", "data_old", "warning"),
        ("    raw: '8.000 đ'\n", "    valid_to: 2026-10-01\n", "fact_ended", "warning"),
        ("    raw: '8.000 đ'\n", "    valid_from: 2026-10-02\n    valid_to: 2026-10-01\n", "ends_before_it_begins", "error"),
        ("text: 8.000 đồng", "text: 80.000 đồng", "other_amount", "warning"),
        ("text: 03 ngày làm việc", "text: 13 ngày làm việc", "other_number", "warning"),
        ("fees:", "fees: [", "no_yaml", "error"),
        ("fees:", "phis:", "unknown_key", "error"),
    ],
)
def test_what_is_wrong_is_told_by_its_kind(old: str, new: str, key: str, severity: str) -> None:
    assert checked(old, new).get(key) == severity


def test_the_place_of_a_problem_is_a_part_and_a_row() -> None:
    told = in_words(Problem(procedure_file(FIRST), 9, "times.1.amount: Input should be greater than 0"))
    assert (told.part, told.row, told.code, told.line) == ("times", 2, FIRST, 9)
    assert in_words(Problem("calendar.yml", 1, "something new")).values == {"said": "something new"}


def test_words_of_another_procedure_name_it_by_its_code() -> None:
    told = in_words(
        Problem(procedure_file(FIRST), 1, "'nuôi chó' is also in procedures/1.000002.yml; what fits several belongs into")
    )
    assert (told.key, told.values) == ("words_of_another", {"words": "nuôi chó", "file": "1.000002"})
    assert "nuôi chó" in label(f"catalogue_check_{told.key}", **told.values)


def test_answers_stand_side_by_side_with_their_own_source() -> None:
    before = read_procedure(procedure_text())
    own = "    source:\n      name: HĐND tỉnh\n      decision: 12/NQ-HĐND\n      as_of: '2026-10-05'\n"
    after = read_procedure(
        procedure_text().replace("8.000 đồng", "9.000 đồng").replace("8000\n", "9000\n").replace("    raw: '8.000 đ'\n", own)
    )
    pairs = compared(before, after, shipped_catalogue().agencies, TODAY)
    changed = {pair.facet: pair for pair in pairs if pair.changed}
    assert set(changed) == {"overview", "fee"}
    assert "8.000 đồng" in changed["fee"].before
    assert "9.000 đồng" in changed["fee"].after
    assert changed["fee"].after.endswith("(05/10/2026)")
    assert changed["fee"].before.endswith("(tháng 7/2026)")
    assert [pair.changed for pair in pairs] == sorted((pair.changed for pair in pairs), reverse=True)


def test_a_fact_outside_its_days_is_not_spoken() -> None:
    ended = procedure_text().replace("    unit: working_day\n", "    unit: working_day\n    valid_to: 2026-11-25\n", 1)
    procedure = read_procedure(ended.replace("  text: Giấy chứng nhận\n", "  text: Giấy\n  valid_from: 2026-12-01\n"))
    texts = {pair.facet: pair.after for pair in compared(None, procedure, {}, TODAY)}
    assert "03 ngày" not in texts["processing_time"]
    assert "02 ngày" in texts["processing_time"]
    assert "Giấy" not in texts["result"]
    assert all(pair.before == "" for pair in compared(None, procedure, {}, TODAY))
