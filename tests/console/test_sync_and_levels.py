"""``/sync`` and ``/sla`` over HTTP."""

from datetime import timedelta

import pytest

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.levels.link_book import note_look, pages_to_check
from bot.levels.outcomes import LinkFinding
from bot.storage.database import writing
from bot.storage.evidence_models import RegisterRun
from bot.storage.sync_models import SyncComparison, SyncDifference
from tests.console.conftest import RunningConsole, words


@pytest.fixture
def compared(console: RunningConsole) -> RunningConsole:
    now = console.clock.now
    unit = {"name": "Phường Kinh Bắc", "compared": 400, "differing": 2}
    with writing(console.database.sessions) as session:
        check = SyncComparison(
            at=now, finished_at=now, kind="scheduled", complete=True, compared=400, counts={}, by_unit={"U": unit}, examples={}
        )
        broken = SyncComparison(
            at=now - timedelta(days=1),
            finished_at=now,
            kind="scheduled",
            counts={},
            by_unit={},
            examples={},
            detail="Unavailable",
        )
        session.add_all([check, broken, RegisterRun(kind="whole", started_at=now - timedelta(hours=30), complete=True)])
        session.flush()
        common = {"unit_code": "U", "unit_name": "Phường Kinh Bắc", "check_id": check.id, "found_at": now}
        for name, kind, agency in (("R-1", "status_differs", "tthcc-xa"), ("=HYPERLINK(1)", "missing_here", None)):
            values = {"theirs": {"status_code": "4"}, "ours": {"status_code": "2"} if agency else {}}
            session.add(SyncDifference(record_id=name, kind=kind, agency=agency, **common, **values))
        dates = {"theirs": {"due_at": "2026-11-05T02:00+00:00"}, "ours": {"due_at": None}}
        session.add(SyncDifference(record_id="R-2", kind="dates_differ", agency="tthcc-xa", **common, **dates))
    return console


def test_the_page_says_how_old_and_how_right_our_copy_is(compared: RunningConsole) -> None:
    page = words(compared.signed_in("chu", Role.ADMINISTRATOR).get("/sync"))
    assert "QUÁ HẠN: bản của ta đọc lần cuối cách đây 30,0 giờ" in page
    assert "0,5 %" in page
    assert "không đọc được danh sách (Unavailable)" in page
    assert "R-1 khác trạng thái Phường Kinh Bắc trạng thái 4 trạng thái 2" in page
    assert "R-2 khác ngày Phường Kinh Bắc hẹn trả 05/11/2026 hẹn trả không có" in page


def test_the_page_tells_the_health_of_the_official_links(compared: RunningConsole) -> None:
    pages = pages_to_check(compared.services.reviewed.catalogue().procedures.values())
    now = compared.clock.now
    with writing(compared.database.sessions) as session:
        for page, outcome, days in zip(
            pages, ("ok", "seen_ok", "home_page", "turned_away", "ok"), (1, 2, 3, 4, 31), strict=False
        ):
            note_look(session, page, LinkFinding(outcome), now - timedelta(days=days))
        # Only the last look at a link counts.
        note_look(session, pages[0], LinkFinding("unreachable"), now)
    page = words(compared.signed_in("chu", Role.ADMINISTRATOR).get("/sync"))
    told = f"{len(pages)} liên kết: 1 mở đúng trang, 2 hỏng, 1 cần người xem, {len(pages) - 4} chưa kiểm tra"
    assert told in page


def test_filters_and_a_file_that_no_spreadsheet_calculates(compared: RunningConsole) -> None:
    visitor = compared.signed_in("chu", Role.ADMINISTRATOR)
    assert "R-2" not in words(visitor.get("/sync?kind=status_differs"))
    assert "Không có khác biệt nào" in words(visitor.get("/sync?state=resolved"))
    for strange in ("?kind=%27;drop", "?page=-1", "?page=999999999999", "?unit=" + "x" * 3000, "?state=%00&done=<b>"):
        assert visitor.get("/sync" + strange).status_code == 200
    told = visitor.get("/sync/differences.csv").text
    assert told.startswith("\ufeff")
    assert "\n=HYPERLINK" not in told
    assert len(told.strip().splitlines()) == 4


def test_who_works_for_one_agency_sees_its_records_and_no_total(compared: RunningConsole) -> None:
    account = compared.add("ngoc", Role.SUPERVISOR)
    own = AccountDetails("Ngọc", None, (Role.SUPERVISOR,), False, ("tthcc-xa",))
    compared.services.accounts.change(OPERATOR, account, own)
    page = words(compared.signed_in("ngoc").get("/sync"))
    assert "R-1" in page
    assert "HYPERLINK" not in page
    assert "Các lần đối chiếu" not in page


def test_a_comparison_is_asked_for_once_and_noted(compared: RunningConsole) -> None:
    visitor = compared.signed_in("chu", Role.ADMINISTRATOR)
    assert visitor.post("/sync/check").headers["location"] == "/sync?done=asked"
    assert visitor.post("/sync/check").headers["location"] == "/sync?done=asked_already"
    assert compared.acts().count("sync.asked") == 1
    assert "đang chờ" in words(visitor.get("/sync"))


def test_the_month_is_shown_and_taken_away(compared: RunningConsole) -> None:
    visitor = compared.signed_in("chu", Role.ADMINISTRATOR)
    month = f"{compared.clock.now:%Y-%m}"
    page = words(visitor.get(f"/sla?month={month}"))
    assert "Hồ sơ khác với Cổng (lần đối chiếu cuối) 0,5 % đến 0,5 % 400 đạt" in page
    assert "Chưa có lần diễn tập rời đi nào đạt" in page
    table = visitor.get(f"/sla.csv?month={month}").text
    assert "0,5 %" in table
    paper = visitor.get(f"/sla.pdf?month={month}")
    assert (paper.headers["content-type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert compared.acts().count("sla.exported") == 2
    assert visitor.get("/sla.exe").status_code == 404
    for strange in ("?month=", "?month=2026-99", "?month=" + "9" * 3000, "?month=0000-01", "?month=9999-12", "?month=0001-01"):
        assert visitor.get("/sla" + strange).status_code == 200


@pytest.mark.parametrize("path", ["/sync", "/sla", "/sla.csv", "/sync/differences.csv"])
def test_officers_do_not_read_reports(console: RunningConsole, path: str) -> None:
    assert console.signed_in("lan", Role.OFFICER).get(path).status_code == 403
