"""Reports for machines and for people, whatever the source wrote."""

from typing import get_args

import pytest

from bot.catalogue.importing import report as reports
from bot.catalogue.importing.findings import Hazard, RowFinding
from bot.catalogue.importing.report import HAZARD_NAMES, ImportReport, report_html, summary_lines


def a_report(*findings: RowFinding) -> ImportReport:
    made = ImportReport("tệp <b>", "00", "jsonl", "2026-11-26T10:00:00+07:00")
    made.tally.rows = 3
    for finding in findings:
        made.add(finding)
    return made


def test_every_hazard_has_a_name_for_people() -> None:
    assert set(HAZARD_NAMES) == set(get_args(Hazard))


def test_nothing_of_the_source_is_markup_in_the_page() -> None:
    page = report_html(
        a_report(RowFinding("dòng 1", "1.900001", "refused", "bad_value", "<script>", '<img src=x onerror="a">')).to_json()
    )
    assert "<script>" not in page
    assert "<img" not in page
    assert "tệp &lt;b&gt;" in page


def test_findings_beyond_the_limit_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MAX_FINDINGS", 2)
    found = a_report(*[RowFinding(f"dòng {n}", "", "refused", "broken_row", "x") for n in range(5)]).to_json()
    assert (len(found["findings"]), found["findings_left_out"]) == (2, 3)
    assert found["by_hazard"] == {"refused:broken_row": 5}


def test_the_summary_names_counts_and_hazards() -> None:
    lines = summary_lines(a_report(RowFinding("dòng 1", "", "doubtful", "time_missing", "x")).to_json())
    assert lines == ["3 dòng đọc được", "xem lại: thiếu thời hạn – 1"]
