"""The report of an import: counts and findings, as JSON for the database and machines, as HTML and words for people."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any

from bot.catalogue.importing.findings import RowFinding
from bot.catalogue.importing.limits import MAX_FINDINGS

REPORT_SCHEMA = "motcua.import-report/1"
RAW_SHOWN = 120
"""Letters of the source's words kept with a finding."""


@dataclass
class Tally:
    """What the rows of a file came to. Rows = parsed + refused; parsed = new + changed + unchanged + duplicates."""

    rows: int = 0
    parsed: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    duplicates: int = 0
    refused: int = 0
    doubtful: int = 0
    not_in_file: int = 0
    dropped: int = 0
    total: int = 0


@dataclass
class ImportReport:
    """Collects what is found while a file is read. Keeps at most ``MAX_FINDINGS`` rows, and counts all."""

    source_name: str
    source_sha256: str
    source_format: str
    imported_at: str
    tally: Tally = field(default_factory=Tally)
    by_hazard: Counter[str] = field(default_factory=Counter)
    findings: list[RowFinding] = field(default_factory=list)
    left_out: int = 0

    def add(self, finding: RowFinding) -> None:
        """Takes a finding in."""
        self.by_hazard[f"{finding.severity}:{finding.hazard}"] += 1
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(finding)
        else:
            self.left_out += 1

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return {
            "schema": REPORT_SCHEMA,
            "source": {"name": self.source_name, "sha256": self.source_sha256, "format": self.source_format},
            "imported_at": self.imported_at,
            "counts": asdict(self.tally),
            "by_hazard": dict(sorted(self.by_hazard.items())),
            "findings": [_finding_json(finding) for finding in self.findings],
            "findings_left_out": self.left_out,
        }


def _finding_json(finding: RowFinding) -> dict[str, str]:
    shown = {key: value for key, value in asdict(finding).items() if value}
    return shown | ({"raw": finding.raw[:RAW_SHOWN]} if finding.raw else {})


COUNT_NAMES: Mapping[str, str] = {
    "rows": "dòng đọc được",
    "parsed": "thủ tục nhận được",
    "new": "mới",
    "changed": "thay đổi",
    "unchanged": "không đổi",
    "duplicates": "trùng mã trong tệp",
    "doubtful": "có điều cần xem lại",
    "refused": "bị từ chối",
    "not_in_file": "đang dùng mà tệp không có (giữ lại)",
    "dropped": "bị bỏ vì tệp không có",
    "total": "thủ tục trong phiên bản",
}

HAZARD_NAMES: Mapping[str, str] = {
    "broken_row": "dòng hỏng",
    "too_large": "dòng quá dài",
    "bad_code": "mã sai dạng",
    "bad_value": "giá trị sai kiểu",
    "duplicate": "mã trùng",
    "older_than_live": "cũ hơn bản đang dùng",
    "thinner_than_live": "thiếu mục so với bản đang dùng",
    "formula": "ô công thức",
    "name_missing": "thiếu tên",
    "name_polluted": "tên lẫn chữ khác",
    "name_shared": "nhiều mã chung một tên",
    "other_province": "thủ tục riêng của tỉnh khác",
    "superseded": "đã có mã mới",
    "level_unknown": "cấp thực hiện không rõ",
    "level_changed": "cấp thực hiện đổi giữa các bản",
    "name_changed": "tên đổi giữa các bản",
    "agency_renamed": "tên cơ quan cũ",
    "agency_elsewhere": "cơ quan của tỉnh khác",
    "agency_unknown": "không ghi cơ quan",
    "district_level": "còn ghi cấp huyện",
    "time_missing": "thiếu thời hạn",
    "time_without_unit": "thời hạn không đơn vị",
    "time_is_text": "thời hạn bằng lời",
    "time_by_case": "thời hạn có thể theo trường hợp",
    "time_rows_differ": "nhiều thời hạn cho một cách nộp",
    "fee_missing": "thiếu phí, lệ phí",
    "fee_zero_with_law": "0 đồng nhưng dẫn văn bản",
    "fee_local_council": "mức do HĐND quyết định",
    "fee_zero_with_amount": "0 đồng nhưng ghi chú có mức thu",
    "fee_zero_with_condition": "0 đồng kèm điều kiện",
    "fee_in_thousands": "số tiền tính bằng nghìn",
    "fee_foreign_currency": "ngoại tệ",
    "fee_is_text": "phí bằng lời",
    "fees_several": "nhiều khoản phí một cách nộp",
    "papers_missing": "thiếu giấy tờ",
    "paper_is_a_note": "dòng giấy tờ chỉ là ghi chú",
    "papers_grouped": "nhiều nhóm giấy tờ",
    "papers_reordered": "giấy tờ được xếp lại",
    "list_fields_differ": "danh sách khác bản chi tiết",
}


def summary_lines(report: Mapping[str, Any]) -> list[str]:
    """The report in a few lines, for the terminal."""
    counts: Mapping[str, int] = report.get("counts", {})
    lines = [", ".join(f"{counts[key]:,} {name}" for key, name in COUNT_NAMES.items() if counts.get(key))]
    for key, number in sorted(report.get("by_hazard", {}).items(), key=lambda pair: -pair[1]):
        severity, _, hazard = key.partition(":")
        word = "từ chối" if severity == "refused" else "xem lại"
        lines.append(f"{word}: {HAZARD_NAMES.get(hazard, hazard)} – {number:,}")
    return lines


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #bbb;padding:.3rem .5rem}"
    "td,th{text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    ".refused{background:#fdecea}"
)


def report_html(report: Mapping[str, Any]) -> str:
    """The report as one page. Everything that comes from the source is escaped."""
    source = report.get("source", {})
    findings: Sequence[Mapping[str, str]] = report.get("findings", ())
    rows = "".join(_html_row(finding) for finding in findings)
    lines = "".join(f"<li>{escape(line)}</li>" for line in summary_lines(report))
    left = report.get("findings_left_out", 0)
    more = f"<p>… và {left:,} điều nữa không giữ lại.</p>" if left else ""
    return (
        f'<!doctype html><html lang="vi"><meta charset="utf-8"><title>Báo cáo nhập danh mục</title><style>{_STYLE}</style>'
        f"<h1>Báo cáo nhập danh mục thủ tục</h1><p>{escape(str(source.get('name', '')))} · "
        f"{escape(str(report.get('imported_at', '')))} · sha256 {escape(str(source.get('sha256', '')))}</p><ul>{lines}</ul>"
        f"<table><tr><th>Chỗ<th>Mã<th>Mức<th>Loại<th>Lý do<th>Nguồn ghi</tr>{rows}</table>{more}</html>"
    )


def _html_row(finding: Mapping[str, str]) -> str:
    severity = finding.get("severity", "")
    word = "từ chối" if severity == "refused" else "xem lại"
    hazard = HAZARD_NAMES.get(finding.get("hazard", ""), finding.get("hazard", ""))
    cells = (finding.get("row", ""), finding.get("code", ""), word, hazard, finding.get("message", ""), finding.get("raw", ""))
    return f'<tr class="{escape(severity)}">' + "".join(f"<td>{escape(cell)}" for cell in cells) + "</tr>"
