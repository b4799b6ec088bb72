"""``/guides`` over HTTP: openings as they were counted, and who may see them."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from bot.accounts.permissions import Role
from bot.clock import VIETNAM_TIME
from bot.guides.counts import count_opening
from bot.storage.database import writing
from tests.console.conftest import RunningConsole, words


def test_openings_of_the_period_stand_beside_what_nobody_opened(console: RunningConsole) -> None:
    today = console.clock().astimezone(VIETNAM_TIME).date()
    with writing(console.database.sessions) as session:
        for channel, days in (("zalo", 0), ("zalo", 3), ("page", 6), ("page", 40)):
            count_opening(session, "event", "sinh-con", channel, today - timedelta(days=days))
        count_opening(session, "guide", "dang-nhap-vneid", "zalo", today)
    page = console.signed_in("chu", Role.ADMINISTRATOR).get("/guides?days=7")
    read = words(page)
    assert "Sinh con 3 1 2 6 –" in read, "in all, on the page, on Zalo; six procedures; nothing missing"
    assert "Kết hôn 0 0 0 5 –" in read
    title = "Đăng nhập Cổng Dịch vụ công bằng VNeID"
    assert f"{title} ( bản tiếng Anh {title} ) 1 0 1 5 23/11/2026" in read
    assert "/huong-dan/dang-nhap-vneid?lang=en" in page.text
    assert "Sinh con 4" in words(console.signed_in("chu2", Role.ADMINISTRATOR).get("/guides?days=90"))


@pytest.mark.parametrize("days", ["", "0", "-1", "8", "9" * 400, "x", "<b>", "²"])
def test_a_period_that_is_none_is_a_month(console: RunningConsole, days: str) -> None:
    page = console.signed_in("chu", Role.ADMINISTRATOR).get(f"/guides?days={quote(days)}")
    assert page.status_code == 200
    assert 'value="30" selected' in page.text


def test_an_officer_does_not_see_it(console: RunningConsole) -> None:
    assert console.signed_in("lan", Role.OFFICER).get("/guides").status_code == 403
