"""What is spoken of imported procedures: the record's own facts, with caution, source and date, and no longer than a message."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.catalogue.answers.facts import MAX_IMPORTED_TEXT, AnswerContext
from bot.catalogue.answers.render import FACETS, case_question, facet_answer, overview
from bot.catalogue.importing.agencies import AgencyNames
from bot.catalogue.importing.findings import RowFinding
from bot.catalogue.importing.normalise import Normalised
from bot.catalogue.importing.procedure import UNREVIEWED, procedure_of, steps_of
from bot.catalogue.importing.record import ImportedPaper, ImportedRecord, StatedText
from bot.catalogue.schema import ImportedProcedure

Records = dict[str, ImportedRecord]


@pytest.fixture
def records(fixtures: Path, taken: Callable[[Path], tuple[dict[str, Normalised], list[RowFinding]]]) -> Records:
    return {code: normal.record for code, normal in taken(fixtures / "records.jsonl")[0].items()}


@pytest.fixture
def context(names: AgencyNames) -> AnswerContext:
    return AnswerContext(names.agencies, date(2026, 11, 26))


def said(procedure: ImportedProcedure, facet: str, context: AnswerContext) -> str:
    return facet_answer(procedure, facet, context).text


def test_every_facet_carries_code_source_and_date(records: Records, context: AnswerContext) -> None:
    for record in records.values():
        procedure = procedure_of(record)
        for facet in FACETS:
            message = facet_answer(procedure, facet, context)
            assert message.text.strip()
            assert "None" not in message.text
            assert message.sources[0].procedure_code == record.code
            assert message.sources[0].as_of == "tháng 7/2026"
            assert (record.decision or "") in message.sources[0].title


def test_parsed_facts_are_to_be_checked_and_keep_the_sources_words(records: Records) -> None:
    procedure = procedure_of(records["1.900001"])
    facts = (*procedure.times, *procedure.fees, procedure.handled_by, procedure.result, procedure.conditions)
    assert {fact.certainty for fact in facts} == {"check"}
    assert procedure.times[0].raw == "3.0 Ngày làm việc"
    assert procedure.fees[0].raw == "20,000 VNĐ"
    assert procedure.fees[0].note == UNREVIEWED


def test_three_states_are_three_answers(records: Records, context: AnswerContext) -> None:
    absent, unknown = procedure_of(records["1.900001"]), procedure_of(records["1.900003"])
    assert "nguồn ghi không có yêu cầu" in said(absent, "conditions", context)
    assert "chưa có thông tin chắc chắn" in said(unknown, "conditions", context)
    assert "Giấy cho nuôi mèo" in said(absent, "result", context)


def test_no_level_of_online_service_is_ever_claimed(records: Records, context: AnswerContext) -> None:
    procedure = procedure_of(records["1.900001"])
    assert procedure.online.level == "unknown"
    assert "chưa khẳng định mức độ" in said(procedure, "online_level", context)


def test_a_time_without_a_unit_is_unknown_and_not_a_number(records: Records, context: AnswerContext) -> None:
    assert "chưa có thông tin chắc chắn về thời hạn" in said(procedure_of(records["1.900003"]), "processing_time", context)


def test_times_by_case_are_spoken_with_their_case_and_not_their_way(records: Records, context: AnswerContext) -> None:
    text = said(procedure_of(records["1.900002"]), "processing_time", context)
    assert "15 ngày đối với mèo nhà" in text
    assert "20 ngày đối với mèo rừng" in text
    assert "Nộp trực tiếp:" not in text


def test_nobody_is_sent_to_a_district_and_steps_that_do_are_cautioned(records: Records, context: AnswerContext) -> None:
    procedure = procedure_of(records["1.900003"])
    lines = said(procedure, "place", context).splitlines()
    assert lines[0].endswith("Trung tâm Phục vụ hành chính công xã, phường.")
    assert "cấp huyện không còn từ 01/7/2025" in lines[-1]
    assert "cấp huyện không còn từ 01/7/2025" in said(procedure, "steps", context)


def test_cases_are_asked_by_their_names_when_the_list_is_long(records: Records, context: AnswerContext) -> None:
    record = records["1.900002"]
    long = tuple(
        replace(g, papers=g.papers * 1 + tuple(ImportedPaper(f"Giấy {n}") for n in range(6))) for g in record.papers.groups
    )
    procedure = procedure_of(replace(record, papers=replace(record.papers, groups=long)))
    question = case_question(procedure, "documents", context)
    assert question is not None
    assert [button.title for button in question.buttons] == ["Sổ bị mất", "Sổ bị rách", "Xem tất cả"]
    assert len(question.text) < 400


def test_papers_to_show_are_told_from_papers_to_hand_in(records: Records, context: AnswerContext) -> None:
    text = said(procedure_of(records["1.900002"]), "documents", replace(context, case_id="all"))
    assert "- Ảnh của mèo (xuất trình; 01 bản chính)" in text
    assert "Lưu ý: không cần dán lại sổ" not in text
    assert "1 dòng ghi chú" in text


def test_a_list_row_alone_says_what_it_knows_and_nothing_else(context: AnswerContext) -> None:
    row = ImportedRecord(
        code="1.900009",
        name="Nuôi vịt",
        official_name="Nuôi vịt",
        completeness="list",
        source_name="Danh sách",
        as_of="2026-11-26",
    )
    procedure = procedure_of(row)
    for facet in ("documents", "fee", "processing_time", "steps", "conditions", "result", "online_level"):
        assert "chưa có thông tin chắc chắn" in said(procedure, facet, context), facet
    assert "1.900009" in overview(procedure, context).text


def test_long_answers_end_at_a_line_and_point_to_the_official_page(records: Records, context: AnswerContext) -> None:
    record = records["1.900001"]
    papers = tuple(ImportedPaper(f"Giấy tờ số {n} " + "rất dài " * 20 + "hết") for n in range(60))
    groups = (replace(record.papers.groups[0], papers=papers),)
    steps = "\n".join(f"Bước {n}: " + "Làm việc này. " * 60 for n in range(1, 30))
    procedure = procedure_of(replace(record, papers=replace(record.papers, groups=groups), steps=StatedText("present", steps)))
    for facet in FACETS:
        assert len(said(procedure, facet, context)) <= MAX_IMPORTED_TEXT, facet
    for facet in ("documents", "steps"):
        lines = said(procedure, facet, context).splitlines()
        assert "dichvucong.gov.vn/thu-tuc-hanh-chinh/0000" in lines[-2]
        assert lines[-1].startswith("Cần kiểm tra lại")


def test_steps_are_told_apart_however_the_source_writes_them() -> None:
    assert steps_of("Bước 1: Nộp đơn. Bước 2. Nhận giấy.") == ("Nộp đơn.", "Nhận giấy.")
    assert steps_of("- Bước 1: Nộp đơn\n- Bước 2: Nhận giấy") == ("Nộp đơn", "Nhận giấy")
    assert steps_of("a) Nộp đơn.\nĐơn viết tay.\nb) Nhận giấy.") == ("Nộp đơn. Đơn viết tay.", "Nhận giấy.")
    assert steps_of("Nộp đơn rồi nhận giấy.") == ("Nộp đơn rồi nhận giấy.",)


def test_a_record_whose_validity_ended_is_not_spoken_as_fact(records: Records, context: AnswerContext) -> None:
    procedure = procedure_of(replace(records["1.900001"], valid_to="2026-01-01"))
    assert "20.000" not in said(procedure, "fee", context)
    assert "01/01/2026" in said(procedure, "fee", context)


def test_the_overview_says_that_nobody_has_reviewed_it(records: Records, context: AnswerContext) -> None:
    assert "chưa được rà soát" in overview(procedure_of(records["1.900001"]), context).text


def test_a_newer_code_is_named(records: Records, context: AnswerContext) -> None:
    assert "1.900099" in overview(procedure_of(records["1.900001"], newer_code="1.900099"), context).text
