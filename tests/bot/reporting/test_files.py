"""The report as people and machines get it: PDF, CSV, JSON."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from bot.accounts.scope import AgencyScope
from bot.reporting import numbers
from bot.reporting.desk import ReportDesk
from bot.reporting.files import report_csv, report_json
from bot.reporting.pdf import Letterhead, report_pdf
from bot.reporting.period import read_period
from bot.reporting.view import ReportView
from bot.storage.database import Database, open_database
from bot.storage.report_models import Report
from tests.bot.reporting.dossiers import DATA, dossier, indicators, offices, register, vn
from tests.databases import one_ledger

HEAD = Letterhead("Ủy ban nhân dân thành phố Bắc Ninh", "Trung tâm Phục vụ hành chính công thành phố Bắc Ninh")
DAY = read_period("daily", "2026-11-26")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """One kind of database is enough for what is printed."""
    opened = open_database(one_ledger(tmp_path / "ledger.sqlite3"))
    yield opened
    opened.engine.dispose()


def made(database: Database, *, again: bool = False) -> ReportView:
    hub = ReportDesk(database.sessions, DATA, ())
    report = hub.make(DAY, by="system", now=vn("2026-11-27 06:30"))
    if again:
        register(database, dossier("late", channel="direct"))
        report = hub.make(DAY, by="system", now=vn("2026-12-01 06:30"))
    with database.sessions() as session:
        return ReportView.of(session.get_one(Report, report.id))


def pages(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]


def test_the_printed_report_has_the_form_of_an_official_letter(database: Database) -> None:
    register(database, dossier("a"), dossier("b", ended_at=vn("2026-11-26 10:00"), status_code="10"))
    content = report_pdf(made(database), HEAD)
    printed = pages(content)
    first, text = printed[0], " ".join(printed)
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "ỦY BAN NHÂN DÂN THÀNH PHỐ BẮC NINH",
        "Số: ……/BC-TTPVHCC", "Bắc Ninh, ngày 27 tháng 11 năm 2026", "BÁO CÁO",
        "Tình hình tiếp nhận, giải quyết thủ tục hành chính ngày 26/11/2026", "I. TÌNH HÌNH TIẾP NHẬN",
        "1. Tiếp nhận 2 hồ sơ: trực tuyến 2 (100 %)", "II. CHỈ SỐ THEO QUYẾT ĐỊNH SỐ 766/QĐ-TTg",
    ):  # fmt: skip
        assert words in first.replace("\u00a0", " "), words
    assert "Không đo được từ dữ liệu này" in first
    assert "Nơi nhận:" in printed[-1]
    # Whoever signs it does so by hand.
    assert printed[-1].endswith("(Ký, đóng dấu, ghi rõ họ tên)")
    for place in offices().places:
        assert place.name in text, place.name


def test_tables_that_go_on_repeat_their_heads_and_pages_are_numbered_from_the_second(database: Database) -> None:
    printed = pages(report_pdf(made(database), HEAD))
    with_units = [page for page in printed if re.search(r"(Phường|Xã) \w+", page)]
    assert len(with_units) >= 3
    assert all("STT Đơn vị" in page for page in with_units)
    assert not printed[0].startswith("1 ")
    assert [page.split(" ")[0] for page in printed[1:]] == [str(n) for n in range(2, len(printed) + 1)]


def test_fonts_are_embedded_and_the_same_report_gives_the_same_bytes(database: Database) -> None:
    view = made(database)
    content = report_pdf(view, HEAD)
    assert content == report_pdf(view, HEAD)
    fonts = PdfReader(io.BytesIO(content)).pages[0]["/Resources"]["/Font"]
    used = [font.get_object() for name, font in fonts.items() if "DejaVu" in str(font.get_object().get("/BaseFont"))]
    assert used
    assert all("/FontFile2" in font["/FontDescriptor"] for font in used)


def test_a_later_revision_says_what_changed(database: Database) -> None:
    text = " ".join(pages(report_pdf(made(database, again=True), HEAD)))
    assert "Thay bản lần 1" in text
    assert "SỐ LIỆU KHÁC BẢN TRƯỚC" in text
    assert "Tổng cộng Tiếp nhận trực tiếp 0 1" in text


def test_the_table_has_a_line_for_each_unit_and_no_formula(database: Database) -> None:
    register(database, dossier("a", unit_name='=HYPERLINK("http://x")', place_id=None, agency=None))
    view = made(database)
    rows = list(csv.reader(io.StringIO(report_csv(view).decode("utf-8-sig"))))
    assert len(rows) == 2 + len(view.figures["units"])
    assert (rows[1][0], rows[1][4]) == ("Tổng cộng", "1")
    assert [row[0] for row in rows if "HYPERLINK" in row[0]] == ['\'=HYPERLINK("http://x")']
    assert json.loads(report_json(view))["figures"] == view.figures


def test_markup_and_odd_letters_in_a_unit_name_are_printed_as_they_are(database: Database) -> None:
    register(database, dossier("a", unit_name="<b>Phường</b> & 😀 " + "dài " * 60, place_id=None, agency=None))
    assert "<b>Phường</b> & □" in " ".join(pages(report_pdf(made(database), HEAD)))


def test_an_account_of_one_agency_gets_only_its_units(database: Database) -> None:
    register(
        database,
        dossier("a"),
        dossier("b", unit_code="SYT", unit_name="Sở Y tế", place_id=None, agency="so-y-te", procedure_code="1.1"),
        dossier("c", unit_code="SYT", unit_name="Sở Y tế", place_id=None, agency="so-y-te", channel="direct"),
        dossier("due", unit_code="SYT", unit_name="Sở Y tế", place_id=None, agency="so-y-te", due_at=vn("2026-11-26 12:00")),
    )
    whole = made(database)
    part = whole.seen_by(AgencyScope.of({"so-y-te"}), indicators())
    assert [one["name"] for one in part.figures["units"]] == ["Sở Y tế"]
    assert part.figures["total"]["received"] == 3
    assert {one["id"]: one["percent"] for one in part.figures["indicators"]}["3.1"] == "100.00"
    assert {one["unit"]["agency"] for one in part.alerts} == {"so-y-te"}
    for content in (report_json(part).decode(), report_csv(part).decode(), " ".join(pages(report_pdf(part, HEAD)))):
        assert "Kinh Bắc" not in content
    nothing = whole.seen_by(AgencyScope.of(()), indicators())
    assert (nothing.figures["units"], nothing.alerts) == ([], [])
    assert pages(report_pdf(nothing, HEAD))


@pytest.mark.parametrize(
    ("told", "written"),
    [("0.00", "0"), ("97.50", "97,5"), ("100.00", "100"), ("1234.05", "1.234,05"), ("-1.10", "-1,1"), ("20", "20")],
)
def test_numbers_as_people_here_write_them(told: str, written: str) -> None:
    assert numbers.with_comma(told) == written


@pytest.mark.parametrize(
    ("seconds", "written"), [(None, "–"), (0, "0 giây"), (61, "1 phút 1 giây"), (3600, "1 giờ"), (3661, "1 giờ 1 phút")]
)
def test_lengths_of_time(seconds: int | None, written: str) -> None:
    assert numbers.span(seconds) == written
