"""``/service-reviews`` over HTTP."""

import csv
import io
import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update

from bot.accounts.permissions import Role
from bot.storage.database import writing
from bot.storage.evidence_models import UsageCount
from bot.storage.service_review_models import ServiceReviewDecision
from tests.console.conftest import RunningConsole, Visitor, words

REASON = "Cả năm gần như không ai nộp trực tuyến được dịch vụ này."


@pytest.fixture
def reviewed(console: RunningConsole) -> Visitor:
    """An administrator's browser after the year was counted: one service with many dossiers, all others with none."""
    console.clock.now = datetime(2026, 12, 20, 3, tzinfo=UTC)
    with writing(console.database.sessions) as session:
        for month in range(1, 13):
            for measure, channel, n in (("dossiers", "direct", 20), ("dossiers", "online", 5), ("supplements", "direct", 15)):
                session.add(
                    UsageCount(
                        month=date(2026, month, 1),
                        measure=measure,
                        procedure_code="1.013831",
                        agency="",
                        place_id="",
                        channel=channel,
                        detail="",
                        n=n,
                    )
                )
    admin = console.signed_in("quantri", Role.ADMINISTRATOR)
    admin.get("/service-reviews")
    assert admin.post("/service-reviews", {"year": "2026"}).status_code == 303
    return admin


def opened(visitor: Visitor, name: str) -> str:
    page = visitor.get("/service-reviews?show=stop_candidate")
    found = re.search(rf'href="(/service-reviews/\d+)">{name}', page.text)
    assert found is not None
    visitor.get(found[1])
    return found[1]


def test_the_list_says_what_is_suggested_and_how_much_is_signed(reviewed: Visitor) -> None:
    page = words(reviewed.get("/service-reviews"))
    assert re.search(r"Đã ký 0/\d+ dịch vụ \(0,0 %\)", page)
    assert "Sang tên, tặng cho, thừa kế" in page
    candidates = words(reviewed.get("/service-reviews?show=stop_candidate&q=1.013831"))
    assert "Có thể ngừng nộp trực tuyến" in candidates
    assert "300 60" in candidates
    assert "Không có dịch vụ nào như vậy" in words(reviewed.get("/service-reviews?show=online_only_candidate"))


def test_a_review_shows_share_count_and_interval(reviewed: Visitor) -> None:
    page = reviewed.get(opened(reviewed, "Sang tên"))
    read = words(page)
    assert "Hồ sơ phải bổ sung 60,0 % 180/300 54,4 % – 65,4 %" in read
    assert "Trên 40 % hồ sơ phải bổ sung Đúng" in read
    assert "chắc chắn ở mức 95 %" in read
    assert 'aria-label="60,0 %, khoảng tin cậy 54,4 % – 65,4 %"' in page.text


def test_dissent_is_kept_and_the_decision_is_signed_with_a_code(console: RunningConsole, reviewed: Visitor) -> None:
    path = opened(reviewed, "Sang tên")
    assert reviewed.post(f"{path}/comment", {"stance": "dissents", "words": "Số 024099001234 khiếu nại"}).status_code == 303
    page = reviewed.get(path)
    assert "024099001234" not in page.text
    made_at = re.search(r'name="made_at" value="([^"]+)"', page.text)
    assert made_at is not None
    form = {"decision": "stop_online", "reason": REASON, "made_at": made_at[1]}
    console.clock.move(seconds=31)
    wrong = reviewed.post(f"{path}/decision", form | {"code": "000000"})
    assert wrong.status_code == 422
    assert REASON in words(wrong)
    signed = reviewed.post(f"{path}/decision", form | {"code": console.code("quantri")})
    assert signed.status_code == 303
    read = words(reviewed.get(path))
    assert "Ngừng nộp trực tuyến" in read
    assert "Dấu niêm phong còn nguyên" in read
    assert "Ý kiến không đồng ý khi ký: Người quantri" in read
    assert re.search(r"Đã ký 1/\d+", words(reviewed.get("/service-reviews")))
    assert console.acts()[-2:] == ["service_review.commented", "service_review.decided"]
    with writing(console.database.sessions) as session:
        session.execute(update(ServiceReviewDecision).values(decision="keep"))
    assert "Nội dung đã bị thay đổi sau khi ký" in words(reviewed.get(path))


def test_a_slip_of_the_form_does_not_use_up_the_code(console: RunningConsole, reviewed: Visitor) -> None:
    path = opened(reviewed, "Sang tên")
    made_at = re.search(r'name="made_at" value="([^"]+)"', reviewed.get(path).text)
    assert made_at is not None
    console.clock.move(seconds=31)
    form = {"decision": "online_only", "reason": REASON, "made_at": made_at[1], "code": console.code("quantri")}
    refused = reviewed.post(f"{path}/decision", form)
    assert refused.status_code == 422
    assert "cách hỗ trợ người không tự nộp được" in words(refused)
    route = "Cán bộ xã, phường nộp hộ tại trung tâm."
    assert reviewed.post(f"{path}/decision", form | {"assisted_route": route}).status_code == 303


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"decision": "burn", "reason": REASON}, "Hãy chọn một quyết định"),
        ({"decision": "keep", "reason": "ngắn"}, "Lý do cần từ 20"),
        ({"decision": "keep", "reason": "x" * 5_000}, "Lý do cần từ 20"),
        ({"decision": "keep", "reason": REASON, "made_at": "yesterday"}, "vừa được tính lại"),
    ],
)
def test_what_cannot_be_signed_is_refused_with_the_reason(reviewed: Visitor, form: dict[str, str], told: str) -> None:
    path = opened(reviewed, "Sang tên")
    made_at = re.search(r'name="made_at" value="([^"]+)"', reviewed.get(path).text)
    assert made_at is not None
    refused = reviewed.post(f"{path}/decision", {"made_at": made_at[1], "code": "000000"} | form)
    assert refused.status_code == 422
    assert told in words(refused)


@pytest.mark.parametrize("path", ["0", "999999", "x", "%2e%2e", "9" * 300])
def test_a_review_that_is_not_there_is_not_found(reviewed: Visitor, path: str) -> None:
    assert reviewed.get(f"/service-reviews/{path}").status_code == 404


@pytest.mark.parametrize("year", ["1999", "9999", "20x6", "-1", "２０２６"])
def test_a_year_that_is_none_is_not_found(reviewed: Visitor, year: str) -> None:
    assert reviewed.get(f"/service-reviews?year={year}").status_code == 404
    assert reviewed.post("/service-reviews", {"year": year}).status_code == 404


def test_the_export_holds_every_service_with_its_figures(reviewed: Visitor) -> None:
    answer = reviewed.get("/service-reviews/export.csv?year=2026")
    assert answer.text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    (row,) = (one for one in rows if one["code"] == "1.013831")
    assert (row["dossiers"], row["online_dossiers"], row["supplements_of_dossiers"]) == ("300", "60", "0.6")
    assert len(rows) > 70


def test_an_auditor_reads_and_neither_makes_nor_signs(console: RunningConsole, reviewed: Visitor) -> None:
    path = opened(reviewed, "Sang tên")
    auditor = console.signed_in("kiemtoan", Role.AUDITOR)
    page = auditor.get(path)
    assert page.status_code == 200
    assert "Ký quyết định" not in page.text
    assert auditor.post(f"{path}/decision", {"decision": "keep", "reason": REASON}).status_code == 403
    assert auditor.post("/service-reviews", {"year": "2026"}).status_code == 403


def test_small_counts_are_not_shown_as_numbers(console: RunningConsole, reviewed: Visitor) -> None:
    with writing(console.database.sessions) as session:
        row = {"procedure_code": "1.001193", "agency": "", "place_id": "", "channel": "online", "detail": ""}
        session.add(UsageCount(month=date(2026, 3, 1), measure="dossiers", n=3, **row))
        session.add(UsageCount(month=date(2026, 3, 1), measure="started", n=40, **row))
        session.add(UsageCount(month=date(2026, 3, 1), measure="abandoned", n=38, **row))
    reviewed.get("/service-reviews")
    assert reviewed.post("/service-reviews", {"year": "2026"}).status_code == 303
    page = reviewed.get("/service-reviews?q=1.001193")
    assert "dưới 5 dưới 5" in words(page)
    found = re.search(r"/service-reviews/\d+", page.text)
    assert found is not None
    read = words(reviewed.get(found[0]))
    assert "95,0" not in read
    assert "dưới 5/40" in read
    rows = list(csv.DictReader(io.StringIO(reviewed.get("/service-reviews/export.csv").text.removeprefix("\ufeff"))))
    (row_read,) = (one for one in rows if one["code"] == "1.001193")
    assert (row_read["dossiers"], row_read["abandoned_of_started"]) == ("dưới 5", "")
