"""What a person types into the form of one part goes into the YAML, and nothing else in the file moves."""

import difflib
from typing import Any

import pytest

from bot.catalogue.editing.documents import UnreadableDocumentError, changed_text, load_document, plain
from bot.catalogue.editing.forms import Row, SectionForm, apply, choices_of, new_row, shown
from bot.catalogue.editing.sections import LONGEST_TEXT, MOST_ROWS, SECTIONS
from bot.catalogue.schema import Procedure
from tests.bot.catalogue.small_files import procedure_text
from tests.shipped import CATALOGUE_FOLDER

TEXT = procedure_text()
AGENCIES = {"tthcc-xa": "Trung tâm", "ubnd-xa": "Ủy ban", "cong-an-xa": "Công an xã"}


def form_of(section: str, text: str = TEXT) -> SectionForm:
    return shown(SECTIONS[section], plain(text))


def saved(section: str, form: SectionForm, text: str = TEXT) -> str:
    document = load_document(text)
    assert apply(SECTIONS[section], document, form, choices_of(document, AGENCIES)) == []
    made = changed_text(text, document)
    Procedure.model_validate(plain(made))
    return made


def faults(section: str, form: SectionForm) -> dict[str, str]:
    document = load_document(TEXT)
    return {fault.where: fault.key for fault in apply(SECTIONS[section], document, form, choices_of(document, AGENCIES))}


def moved(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[0] in "+-" and not line.startswith(("+++", "---"))]


@pytest.mark.parametrize("section", SECTIONS)
def test_a_form_sent_back_as_it_came_changes_not_a_letter(section: str) -> None:
    assert saved(section, form_of(section)) == TEXT


@pytest.mark.parametrize("code", ["1.000656", "2.000815", "1.004194"])
def test_the_same_holds_for_procedures_that_ship(code: str) -> None:
    text = (CATALOGUE_FOLDER / "procedures" / f"{code}.yml").read_text(encoding="utf-8")
    for section in SECTIONS:
        assert saved(section, form_of(section, text), text) == text


def test_another_fee_changes_its_lines_alone_and_keeps_the_comments() -> None:
    form = form_of("fees")
    form.rows[0].values |= {"amount_vnd": "9.000", "text": ""}
    made = saved("fees", form)
    assert moved(TEXT, made) == [
        "-    text: 8.000 đồng",
        "-    amount_vnd: 8000",
        "+    text: 9.000 đồng",
        "+    amount_vnd: 9000",
    ]
    assert "# Mức của Bắc Ninh" in made


def test_a_fee_with_its_own_source_and_days_as_people_write_them() -> None:
    form = form_of("fees")
    row = new_row(SECTIONS["fees"])
    row.values |= {"kind": "amount", "amount_vnd": "1,5 triệu", "per": "bản", "certainty": "sure", "channel": "online",
                   "valid_from": "1/7/2025", "valid_to": "31.12.2026", "source.name": "HĐND tỉnh Bắc Ninh",
                   "source.decision": "Nghị quyết 12/2025/NQ-HĐND", "source.as_of": "tháng 7/2025",
                   "case": "cap-lai"}  # fmt: skip
    form.rows.append(row)
    fee = Procedure.model_validate(plain(saved("fees", form))).fees[1]
    assert (fee.text, fee.amount_vnd, fee.case, str(fee.valid_from)) == ("1.500.000 đồng/bản", 1_500_000, "cap-lai", "2025-07-01")
    assert fee.source is not None
    assert fee.source.as_of == "2025-07"


def test_the_form_shows_days_and_amounts_as_people_write_them() -> None:
    form = form_of("fees")
    form.rows[0].values |= {"valid_to": "2026-12-31"}
    again = form_of("fees", saved("fees", form))
    assert (again.rows[0].values["valid_to"], again.rows[0].values["amount_vnd"]) == ("31/12/2026", "8.000")
    again.rows[0].values["valid_to"] = ""
    assert saved("fees", again, saved("fees", form)) == TEXT


def test_rows_are_removed_added_and_moved_to_another_case() -> None:
    form = form_of("papers")
    assert [(row.at, row.values["case"], row.values["name"]) for row in form.rows] == [
        ("0.0", "", "Tờ khai"), ("0.1", "", "Ảnh con vật"), ("1.0", "cap-lai", "Đơn báo mất"),
    ]  # fmt: skip
    form.rows[1].removed = True
    form.rows[2].values["case"] = "lan-dau"
    form.rows.append(Row(new_row(SECTIONS["papers"]).values | {"name": "Sổ tiêm phòng", "how": "show", "originals": "1"}))
    made = saved("papers", form)
    groups = plain(made)["documents"]["groups"]
    assert [(group.get("case"), [item["name"] for item in group["items"]]) for group in groups] == [
        (None, ["Tờ khai", "Sổ tiêm phòng"]), ("lan-dau", ["Đơn báo mất"]),
    ]  # fmt: skip
    assert "# mẫu số 1" in made


def test_a_blank_new_row_is_no_row() -> None:
    form = form_of("times")
    form.rows += [new_row(SECTIONS["times"]), new_row(SECTIONS["times"])]
    assert saved("times", form) == TEXT


def test_lists_change_line_by_line() -> None:
    form = form_of("steps")
    form.fields["steps"] = "Nộp hồ sơ.\n\n  Đóng   lệ phí. \nNhận kết quả."
    form.fields |= {"steps_source.name": "Quyết định 5/QĐ", "steps_source.as_of": "2026-10"}
    made = saved("steps", form)
    assert plain(made)["steps"] == ["Nộp hồ sơ.", "Đóng lệ phí.", "Nhận kết quả."]
    assert moved(TEXT, made)[0] == "+  - Đóng lệ phí."


def test_an_unknown_fact_can_be_told_and_taken_back() -> None:
    form = form_of("conditions")
    form.fields |= {"conditions.text": "Mèo đã tiêm phòng", "conditions.certainty": "sure"}
    made = saved("conditions", form)
    assert Procedure.model_validate(plain(made)).conditions.text == "Mèo đã tiêm phòng"
    form.fields |= {"conditions.text": "", "conditions.certainty": "unknown"}
    assert saved("conditions", form, made) == TEXT


@pytest.mark.parametrize(
    ("section", "path", "typed", "told"),
    [
        ("fees", "amount_vnd", "tám nghìn rưỡi con gà", "no_money"),
        ("fees", "amount_vnd", "0", "money_above_zero"),
        ("fees", "amount_vnd", "", "amount_needed"),
        ("fees", "amount_vnd", "-5.000", "no_money"),
        ("fees", "kind", "free", "amount_of_other_kind"),
        ("fees", "kind", "stated", "not_offered"),
        ("fees", "channel", "bồ câu", "not_offered"),
        ("fees", "case", "khong-co", "not_offered"),
        ("fees", "valid_to", "31/2/2026", "no_such_day"),
        ("fees", "valid_to", "khi nào xong", "no_day"),
        ("fees", "valid_from", "1/7/0025", "no_such_day"),
        ("fees", "text", "<script>alert(1)</script>", "markup"),
        ("fees", "text", "x" * (LONGEST_TEXT + 1), "too_long"),
        ("times", "amount", "3 tuần", "no_number"),
        ("times", "amount", "0", "number_above_zero"),
        ("times", "unit", "", "unit_needed"),
        ("times", "unit", "tuần trăng", "not_offered"),
        ("times", "text", "", None),
        ("papers", "originals", "một", "no_count"),
        ("papers", "name", "", "needed"),
        ("papers", "how", "ném", "not_offered"),
    ],
)
def test_what_cannot_stand_is_told_at_its_field(section: str, path: str, typed: str, told: str | None) -> None:
    form = form_of(section)
    form.rows[0].values[path] = typed
    found = faults(section, form)
    assert (found.get(f"r.0.{path}") if told else found or None) == told


@pytest.mark.parametrize(
    ("changes", "where", "told"),
    [
        ({"result.certainty": "check"}, "f.result.note", "note_needed"),
        ({"result.text": ""}, "f.result.text", "text_needed"),
        ({"result.source.name": "Nguồn"}, "f.result.source.as_of", "source_needs_date"),
        ({"result.source.as_of": "7/2026"}, "f.result.source.name", "source_needs_name"),
        ({"result.valid_from": "2/1/2026", "result.valid_to": "1/1/2026"}, "f.result.valid_to", "ends_before_it_begins"),
        ({"result.source.name": "Nguồn", "result.source.as_of": "13/2026"}, "f.result.source.as_of", "no_such_day"),
    ],
)
def test_facts_need_their_words_their_reason_their_source(changes: dict[str, str], where: str, told: str) -> None:
    form = form_of("result")
    form.fields |= changes
    assert faults("result", form) == {where: told}


def test_too_many_rows_are_refused() -> None:
    form = form_of("fees")
    form.rows = [new_row(SECTIONS["fees"]) for _ in range(MOST_ROWS + 1)]
    assert faults("fees", form) == {"": "too_many_rows"}


@pytest.mark.parametrize(
    "typed",
    [
        "a: b\ncode: '9.999999'", "{x: [", "- a", "!!python/object:os.system", "&a *a", "'", '"', "yes", "null", "2026-01-01",
        "# ghi",
        "| x", "> x", "%TAG", "@x", "`x`", "\t", "a\u2028b", "a\u0085b", "\ufeffx", "tab\tx", "x: ", "? x", "0x1F", "1e3", "~",
        "=", "012", "12:30:45", "on", "1_000", ".inf",
    ],
)  # fmt: skip
def test_no_text_breaks_out_of_its_field(typed: str) -> None:
    form = form_of("result")
    form.fields |= {"result.text": f"Giấy {typed}"} if typed in ("\t",) else {"result.text": typed}
    made = plain(saved("result", form))
    before: dict[str, Any] = plain(TEXT)
    assert {key: value for key, value in made.items() if key != "result"} == {k: v for k, v in before.items() if k != "result"}
    assert isinstance(made["result"]["text"], str)


def test_signs_that_hide_what_is_written_are_dropped() -> None:
    form = form_of("result")
    form.fields["result.text"] = "Giấy \u202egnuhc\u202c nhận\u200f\x00"
    assert plain(saved("result", form))["result"]["text"] == "Giấy gnuhc nhận"


@pytest.mark.parametrize("text", ["- a", "a: [", "", "a: &x [*x", "x" * 2_000_000])
def test_a_stored_text_that_is_no_procedure_is_told(text: str) -> None:
    with pytest.raises(UnreadableDocumentError):
        load_document(text)


@pytest.mark.parametrize("text", ["a: " + "[" * 3_000, "a: " + "{b: " * 1_500, "- " * 3_000], ids=["lists", "maps", "items"])
def test_a_text_nested_without_end_is_refused_before_a_library_sees_it(text: str) -> None:
    for read in (load_document, plain):
        with pytest.raises(UnreadableDocumentError, match="nested"):
            read(text)
