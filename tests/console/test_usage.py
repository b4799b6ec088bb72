"""``/usage`` over HTTP: what is chosen is shown, an account sees its own agencies, hostile filters break nothing."""

import csv
import io
import re
from urllib.parse import quote

import pytest

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.storage.evidence_models import UsageCount
from tests.bot.usage.made_up import NOVEMBER, at, counted, dossier, form, province, put
from tests.console.conftest import RunningConsole, Visitor, words

BIRTH, SHOP = "1.001193", "1.001612"


@pytest.fixture
def filled(console: RunningConsole) -> RunningConsole:
    console.clock.now = at(11, 27)
    put(console.database, list(province(11, 300)))
    put(
        console.database,
        *(dossier(at(11, 3), place_id="phuong-vo-cuong", due_at=at(11, 9), ended_at=at(11, 8)) for _ in range(43)),
    )
    for code in (SHOP, BIRTH, "1.004222"):
        given_up = {"outcome": "cancelled", "step": "field:owner.full_name"}
        put(console.database, *(form(at(11, 5), outcome="sent", procedure_code=code) for _ in range(30)))
        put(console.database, *(form(at(11, 5), procedure_code=code, **given_up) for _ in range(24)))
        put(console.database, *(form(at(11, 26), procedure_code=code) for _ in range(20)))
    counted(console.database, at(11, 27))
    return console


def auditor(console: RunningConsole) -> Visitor:
    return console.signed_in("kiem", Role.AUDITOR)


def of_agency(console: RunningConsole, *agencies: str) -> Visitor:
    visitor = console.signed_in("truong", Role.SUPERVISOR)
    account = console.services.accounts.by_login("truong")
    details = AccountDetails(account.display_name, account.email, account.roles, all_agencies=False, agencies=agencies)
    console.services.accounts.change(OPERATOR, account.id, details)
    return visitor


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def true_sum(console: RunningConsole, measure: str, **values: object) -> int:
    with console.database.sessions() as session:
        return sum(row.n for row in session.query(UsageCount).filter_by(measure=measure, **values))


def total_of(visitor: Visitor, query: str = "first=2026-11&last=2026-11", name: str = "dossiers") -> str:
    rows = table(visitor.get(f"/usage.csv?{query}").text)
    return next((row[name] for row in rows if row["procedure"] == "*"), "")


def test_a_year_is_shown_with_charts_and_tables(filled: RunningConsole) -> None:
    page = auditor(filled).get("/usage")
    read = words(page)
    assert page.status_code == 200
    assert "Đếm lúc 09:00 27/11/2026" in read
    assert all(key in page.text for key in ("usage-months-title", "usage-funnel-told", "usage-online", "usage-on-time"))
    assert "Đăng ký khai sinh" in read
    assert f'href="/usage/{BIRTH}?' in page.text
    assert "09/2026" in read


def test_figures_are_those_of_the_ledger(filled: RunningConsole) -> None:
    visitor = auditor(filled)
    assert int(total_of(visitor)) == true_sum(filled, "dossiers", month=NOVEMBER)
    assert int(total_of(visitor, name="started")) == true_sum(filled, "started", month=NOVEMBER)
    page = words(visitor.get("/usage?first=2026-11&last=2026-11"))
    assert f"Hồ sơ tiếp nhận {true_sum(filled, 'dossiers', month=NOVEMBER)} " in page


def test_no_small_figure_leaves_it(filled: RunningConsole) -> None:
    visitor = auditor(filled)
    for query in ("", "?place=phuong-vo-cuong", "?channel=postal", f"?procedure={BIRTH}", "?agency=so-xay-dung"):
        cells = re.findall(r"<d[td]>([^<]+)</d[td]>|<td>([^<]+)</td>", visitor.get("/usage" + query).text)
        shown = {one or two for one, two in cells}
        assert not shown & {"1", "2", "3", "4", "từ 1", "từ 2", "từ 3", "từ 4"}
        for row in table(visitor.get("/usage.csv" + query).text):
            assert not set(row.values()) & {"1", "2", "3", "4", "1+", "2+", "3+", "4+"}


def test_one_procedure_with_the_questions_at_which_people_stop(filled: RunningConsole) -> None:
    visitor = auditor(filled)
    page = words(visitor.get(f"/usage/{SHOP}?first=2026-11&last=2026-11"))
    assert "Đăng ký thành lập hộ kinh doanh" in page
    assert "Họ và tên" in page or "họ tên" in page.lower()
    assert "Dừng khi khai thông tin" in page
    assert visitor.get("/usage/9.999999").status_code == 404
    assert visitor.get("/usage/" + "x" * 2000).status_code == 404


def test_an_account_of_one_agency_sees_that_alone(filled: RunningConsole) -> None:
    everything = total_of(auditor(filled))
    visitor = of_agency(filled, "so-xay-dung")
    mine = total_of(visitor)
    assert int(mine) == true_sum(filled, "dossiers", month=NOVEMBER, agency="so-xay-dung")
    assert int(mine) < int(everything)
    page = visitor.get("/usage?agency=tthcc-xa")
    assert page.status_code == 422
    assert "không xem được cơ quan này" in words(page)
    assert "Trung tâm Phục vụ hành chính công xã, phường" not in page.text


def test_officers_and_trainers_do_not_get_in(filled: RunningConsole) -> None:
    for login, role in (("lan", Role.OFFICER), ("hoa", Role.TRAINER)):
        visitor = filled.signed_in(login, role)
        assert visitor.get("/usage").status_code == 403
        assert visitor.get("/usage.csv").status_code == 403
        assert "/usage" not in visitor.get("/").text


def test_taking_the_file_away_is_in_the_log(filled: RunningConsole) -> None:
    assert auditor(filled).get("/usage.csv").headers["Content-Disposition"] == 'attachment; filename="usage.csv"'
    assert filled.acts()[-1] == "usage.exported"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("first=9999-99", "Tháng bắt đầu không đúng"),
        ("last=2026-1", "Tháng kết thúc không đúng"),
        ("first=2026-11&last=2026-09", "sau tháng kết thúc"),
        ("first=2016-12&last=2026-11", "tối đa 24 tháng"),
        ("first=2000-01&last=2099-12", "tối đa 24 tháng"),
        ("procedure=zzzz", "Không tìm thấy đúng một thủ tục"),
        ("agency=made-up", "Không có cơ quan này"),
        ("place=" + quote("xa-x' OR 1=1 --"), "Không có xã, phường này"),
        ("channel=" + quote("<script>alert(1)</script>"), "Không có kênh này"),
    ],
)
def test_filters_that_cannot_be_are_told(filled: RunningConsole, query: str, told: str) -> None:
    visitor = auditor(filled)
    page = visitor.get("/usage?" + query)
    assert page.status_code == 422
    assert told in words(page)
    assert "<script>alert" not in page.text
    assert visitor.get("/usage.csv?" + query).status_code == 400


@pytest.mark.parametrize("query", ["first=" + "9" * 5000, "procedure=%00%ff", "place=&place=x", "procedure=" + "đ" * 4000])
def test_huge_and_broken_filters_break_nothing(filled: RunningConsole, query: str) -> None:
    assert auditor(filled).get("/usage?" + query).status_code in (200, 422)


def test_a_procedure_is_chosen_by_its_name(filled: RunningConsole) -> None:
    page = auditor(filled).get("/usage?procedure=" + quote(f"{BIRTH} Đăng ký khai sinh"))
    assert page.status_code == 200
    assert f"/usage/{SHOP}?" not in page.text


def test_before_the_first_count_it_says_so(console: RunningConsole) -> None:
    visitor = auditor(console)
    assert "Không có tháng nào đã đếm" in words(visitor.get("/usage"))
    assert table(visitor.get("/usage.csv").text) == []


def test_a_ward_is_rounded_and_says_so(filled: RunningConsole) -> None:
    visitor = auditor(filled)
    page = words(visitor.get("/usage?place=phuong-vo-cuong&first=2026-11&last=2026-11"))
    assert "số được làm tròn đến 5" in page
    shown = int(total_of(visitor, "place=phuong-vo-cuong&first=2026-11&last=2026-11"))
    assert shown % 5 == 0
    assert abs(shown - true_sum(filled, "dossiers", month=NOVEMBER, place_id="phuong-vo-cuong")) <= 2
    assert "số được làm tròn đến 5" not in words(visitor.get("/usage"))
