"""The pages of service cards as a citizen meets them."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from bot.cards.keeping import CardKeeper
from bot.switches.board import Active, AnnouncedOutage, Target
from tests.bot.cards.conftest import NOW
from tests.bot.cards.test_keeping import changed
from tests.bot.catalogue.small_files import FIRST, SECOND
from tests.connectors.gateway import alone
from tests.connectors.public_pages.conftest import BASE, Switches

Keeper = Callable[..., CardKeeper]
whole_gateway, clock = alone.client, alone.clock
CARD = f"/thu-tuc/{FIRST}"
HOUR = timedelta(hours=1)


def words(pdf: bytes) -> str:
    """The text of all pages, blanks and breaks as one blank."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_card_says_papers_time_fee_result_and_what_a_late_agency_owes(keeper: Keeper, client: TestClient) -> None:
    keeper().run(NOW)
    page = client.get(CARD)
    assert page.status_code == 200
    shown = [
        "Đăng ký nuôi mèo",
        f"Mã thủ tục: {FIRST}",
        "Phiên bản 1, từ 27/11/2026",
        "Dữ liệu tháng 7/2026",
        "Tờ khai (01 bản chính; mẫu: Mẫu số 1)",
        "Trường hợp: Cấp lại",
        "Nộp trực tiếp: 03 ngày làm việc",
        "Nộp trực tuyến: 02 ngày làm việc",
        "Thời hạn tính từ khi cơ quan nhận đủ hồ sơ hợp lệ; tạm dừng trong lúc chờ",
        "8.000 đồng",
        "nhanh hơn 1 ngày làm việc",
        "Giấy chứng nhận",
        "«Văn bản xin lỗi và đề nghị gia hạn»",
        "không yêu cầu bổ sung quá hai lần",
        "Trung tâm Phục vụ hành chính công cấp xã",
        "Nguồn: Cổng Dịch vụ công, 12/QĐ-BNN",
        "Chưa có thông tin chắc chắn",
    ]
    assert [text for text in shown if text not in page.text] == []
    assert "15 giờ" not in page.text, "not civil status"
    assert f'property="og:url" content="{BASE}{CARD}"' in page.text
    assert "<script" not in page.text


def test_a_case_leaves_out_what_others_need(keeper: Keeper, client: TestClient) -> None:
    keeper(changed("- kind: amount", "- case: lan-dau\n    kind: amount")).run(NOW)
    first, again = (f"?truong-hop={quote(case)}" for case in ("Lần đầu", "Cấp lại"))
    for address in (CARD, f"{CARD}.pdf"):
        shown = {}
        for query in ("", first, again):
            answer = client.get(address + query)
            shown[query] = words(answer.content) if address.endswith(".pdf") else answer.text
        assert ["8.000 đồng" in shown[query] for query in ("", first, again)] == [True, True, False]
        assert ["Đơn báo mất" in shown[query] for query in ("", first, again)] == [True, False, True]
        assert all("Ảnh con vật" in text for text in shown.values()), "what every case needs"
    assert 'value="Cấp lại" selected' in client.get(CARD + again).text
    other = client.get(CARD + "?truong-hop=" + quote("<b>nhầm</b>")).text
    assert "<b>" not in other
    assert "8.000 đồng" in other


def test_the_links_lead_to_the_chat_with_the_question_and_to_the_official_page(keeper: Keeper, client: TestClient) -> None:
    keeper().run(NOW)
    page = client.get(CARD).text
    asked = re.search(r'href="/\?hoi=([^"]+)"', page)
    assert asked is not None
    assert asked[1].startswith(quote("Tôi muốn hỏi").replace("%20", "+"))
    assert 'href="https://dichvucong.gov.vn"' in page


@pytest.mark.parametrize(
    ("facet", "gone", "kept"),
    [
        ("fee", "8.000 đồng", "03 ngày làm việc"),
        ("processing_time", "ngày làm việc", "8.000 đồng"),
        ("documents", "Ảnh con vật", "8.000 đồng"),
        ("submission", "https://dichvucong.gov.vn", "8.000 đồng"),
    ],
)
def test_a_facet_that_is_switched_off_is_neither_on_the_page_nor_in_print_nor_in_old_versions(
    keeper: Keeper, client: TestClient, switches: Switches, facet: str, gone: str, kept: str
) -> None:
    keeper().run(NOW)
    keeper(changed("Giấy chứng nhận", "Giấy công nhận")).run(NOW + timedelta(days=1))
    assert gone in client.get(CARD).text
    switches.off(Target("answer", FIRST, facet))
    for address in (CARD, f"{CARD}?phien-ban=1", f"{CARD}.pdf", f"{CARD}?lang=en"):
        answer = client.get(address)
        text = words(answer.content) if address.endswith(".pdf") else answer.text
        assert answer.status_code == 200
        assert gone not in text
        assert kept in text
    assert gone in client.get(f"/thu-tuc/{SECOND}").text


def test_a_decision_that_stops_online_filing_takes_its_times_and_savings_away_too(
    keeper: Keeper, client: TestClient, switches: Switches
) -> None:
    keeper().run(NOW)
    assert "Nộp trực tuyến: 02 ngày" in client.get(CARD).text
    switches.off(Target("online_filing", FIRST, "guidance_only"), text_vi="Tạm thời chỉ hướng dẫn, nộp tại trung tâm.")
    page = client.get(CARD).text
    assert "Tạm thời chỉ hướng dẫn, nộp tại trung tâm." in page
    for gone in ("Nộp trực tuyến: 02 ngày", "nhanh hơn 1 ngày", "dichvucong"):
        assert gone not in page
    assert "Nộp trực tiếp: 03 ngày làm việc" in page
    assert "nhanh hơn" not in words(client.get(f"{CARD}.pdf").content)
    switches.off()
    assert "Nộp trực tuyến: 02 ngày" in client.get(CARD).text


def test_where_online_filing_is_off_no_page_offers_it(keeper: Keeper, client: TestClient, switches: Switches) -> None:
    keeper().run(NOW)
    switches.off(Target("online_filing", FIRST), text_vi="Cổng đang bảo trì, nộp tại trung tâm.")
    page = client.get(CARD).text
    assert "Cổng đang bảo trì, nộp tại trung tâm." in page
    assert "https://dichvucong.gov.vn" not in page
    assert "8.000 đồng" in page


def test_an_announced_outage_of_the_portal_stands_on_the_card(keeper: Keeper, client: TestClient, switches: Switches) -> None:
    keeper().run(NOW)
    told = "Cổng dừng để nâng cấp."
    outage = AnnouncedOutage(1, "portal", None, NOW - HOUR, NOW + HOUR, told, None, "Bình", NOW - HOUR)
    switches.active = Active(outages=(outage,))
    assert told in client.get(CARD).text


def test_a_procedure_that_is_off_shows_no_fact_and_its_print_leads_to_that_page(
    keeper: Keeper, client: TestClient, switches: Switches
) -> None:
    keeper().run(NOW)
    switches.off(Target("procedure", FIRST))
    page = client.get(CARD)
    assert "đang được rà soát" in page.text
    assert "8.000" not in page.text
    printed = client.get(f"{CARD}.pdf")
    assert (printed.status_code, printed.headers["Location"]) == (302, CARD)


def test_an_old_version_says_that_it_is_old_and_what_changed(keeper: Keeper, client: TestClient) -> None:
    keeper().run(NOW)
    keeper(changed("8.000 đồng\n    amount_vnd: 8000", "9.000 đồng\n    amount_vnd: 9000")).run(NOW + timedelta(days=2))
    old = client.get(f"{CARD}?phien-ban=1").text
    assert "Đây là phiên bản cũ số 1, dùng từ 27/11/2026 đến 29/11/2026" in old
    table = re.search(r"<tbody>(.*?)</tbody>", old, re.S)
    assert table is not None
    assert re.findall(r'<th scope="row">([^<]*)</th><td class="lines">([^<]*)</td><td class="lines">([^<]*)</td>', table[1]) == [
        ("Phí, lệ phí", "8.000 đồng", "9.000 đồng")
    ]
    assert "noindex" in old
    assert "https://dichvucong.gov.vn" not in old, "nobody files by an old card"
    assert "phiên bản cũ" in words(client.get(f"{CARD}.pdf?phien-ban=1").content)
    now = client.get(CARD).text
    assert "phiên bản cũ" not in now
    assert "9.000 đồng" in now
    missing = client.get(f"{CARD}?phien-ban=7")
    assert missing.status_code == 404
    assert "không có phiên bản số đó" in missing.text


@pytest.mark.parametrize(
    "code",
    ["9.999999", "1.00000", "1.0000011", "a", "%00", "1.000001%0a", "'%20OR%201=1--", "%3Cscript%3E", "1.000001%20", "x" * 5000],
)
def test_a_code_that_is_none_of_ours_is_answered_with_a_search(keeper: Keeper, client: TestClient, code: str) -> None:
    keeper().run(NOW)
    for address in (f"/thu-tuc/{code}", f"/thu-tuc/{code}.pdf", f"/thu-tuc/{code}/qr.svg"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert 'role="search"' in answer.text
        assert "<script" not in answer.text
        assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("query", ["trang=0", "trang=x", "trang=99999999999999999999", "tim=" + "a" * 400, "phien-ban=-1"])
def test_a_query_out_of_bounds_is_refused(client: TestClient, query: str) -> None:
    path = "/thu-tuc" if "phien" not in query else CARD
    assert client.get(f"{path}?{query}").status_code == 400


def test_an_old_code_leads_to_the_card_and_a_procedure_that_left_to_its_last_one(
    keeper: Keeper, client: TestClient, take_in: Callable[..., None]
) -> None:
    take_in()
    one = keeper(changed("field: Thú nuôi", "old_codes: ['1.999999']\nfield: Thú nuôi"))
    one.run(NOW)
    moved = client.get("/thu-tuc/1.999999")
    assert (moved.status_code, moved.headers["Location"]) == (302, CARD)
    take_in(without='"1.900001"')
    one.run(NOW + timedelta(days=1))
    left = client.get("/thu-tuc/1.900001")
    assert left.status_code == 404
    assert "không còn trong danh mục" in left.text
    assert client.get("/thu-tuc/1.900001?phien-ban=1").status_code == 200


def test_an_imported_card_says_that_nobody_reviewed_it_on_the_page_and_in_print(
    keeper: Keeper, client: TestClient, take_in: Callable[..., None]
) -> None:
    take_in()
    keeper().run(NOW)
    assert "chưa được rà soát" in client.get("/thu-tuc/1.900001").text
    assert "chưa được rà soát" in words(client.get("/thu-tuc/1.900001.pdf").content)


def test_the_list_is_searched_without_marks_and_without_a_script(keeper: Keeper, client: TestClient) -> None:
    assert "đang được chuẩn bị" in client.get("/thu-tuc").text
    keeper().run(NOW)
    assert "Thú nuôi" in client.get("/thu-tuc").text
    found = client.get("/thu-tuc?tim=nuoi+meo").text
    assert f'href="/thu-tuc/{FIRST}"' in found
    assert SECOND not in found
    nothing = client.get("/thu-tuc?tim=" + quote("<img src=x>"))
    assert "Không có thủ tục nào" in nothing.text
    assert "<img" not in nothing.text


def test_the_print_is_one_page_with_the_same_facts(keeper: Keeper, client: TestClient) -> None:
    keeper().run(NOW)
    printed = client.get(f"{CARD}.pdf")
    assert printed.headers["Content-Type"] == "application/pdf"
    assert len(PdfReader(io.BytesIO(printed.content)).pages) == 1
    text = words(printed.content)
    for said in ("Đăng ký nuôi mèo", "Giấy tờ cần có", "Thời hạn giải quyết", "8.000 đồng", f"{BASE}{CARD}", "Phiên bản 1"):
        assert said in text


def test_too_many_prints_are_slowed_down(keeper: Keeper, client: TestClient) -> None:
    keeper().run(NOW)
    answers = [client.get(f"{CARD}.pdf") for _ in range(30)]
    refused = [one for one in answers if one.status_code == 429]
    assert refused
    assert "Retry-After" in refused[0].headers


def test_english_words_stand_around_vietnamese_facts(keeper: Keeper, client: TestClient) -> None:
    keeper().run(NOW)
    page = client.get(f"{CARD}?lang=en").text
    assert '<html lang="en">' in page
    assert "Papers needed" in page
    assert "8.000 đồng" in page


def test_the_gateway_serves_the_pages(keeper: Keeper, whole_gateway: TestClient) -> None:
    keeper().run(NOW)
    for address in ("/thu-tuc", CARD, f"{CARD}.pdf", f"{CARD}/qr.svg", "/du-lieu-mo", "/du-lieu-mo/thu-tuc.csv"):
        assert whole_gateway.get(address).status_code == 200
        assert whole_gateway.head(address).status_code == 200
