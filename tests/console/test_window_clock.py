"""The platform's clock beside the reply box: what holds, until when in Vietnam time, and what follows."""

from datetime import datetime, timedelta

import pytest

from bot.clock import VIETNAM_TIME
from bot.conversations.windows import Reach
from console.window_clock import WindowClock, window_clock

ACTED = datetime(2026, 11, 23, 9, 0, tzinfo=VIETNAM_TIME)
"""A Monday."""


def clock(channel: str, hours: float, *, quota: int | None = None, granted: bool = True, gone: str | None = None) -> WindowClock:
    return window_clock(Reach(channel, ACTED, gone, quota), ACTED + timedelta(hours=hours), human_agent=granted)


@pytest.mark.parametrize(
    ("channel", "hours", "tone", "now", "then"),
    [
        ("zalo", 1, "open", "miễn phí tới 09:00, thứ Tư 25/11/2026 (giờ Việt Nam), còn 1 ngày 23 giờ",
         "hạn mức của tài khoản (còn 8 tin), tới 09:00, thứ Hai 30/11/2026"),
        ("zalo", 45, "soon", "còn 3 giờ", "hạn mức"),
        ("zalo", 49, "open", "tính vào hạn mức của tài khoản, còn 8 tin", "phải chờ người dân nhắn trước"),
        ("zalo", 24 * 8, "shut", "từ 09:00, thứ Hai 30/11/2026", "Phải chờ người dân nhắn trước"),
        ("facebook", 2, "open", "tới 09:00, thứ Ba 24/11/2026", "chỉ cán bộ gửi tin được, tới 09:00, thứ Hai 30/11/2026"),
        ("facebook", 30, "open", "Chỉ cán bộ gửi tin được, tới 09:00, thứ Hai 30/11/2026", "phải chờ"),
        ("telegram", 999, "open", "bất kỳ lúc nào", ""),
        ("webchat", 999, "open", "bất kỳ lúc nào", ""),
    ],
    ids=["zalo-free", "zalo-soon", "zalo-quota", "zalo-shut", "messenger", "messenger-officers", "telegram", "web"],
)  # fmt: skip
def test_each_platforms_clock(channel: str, hours: float, tone: str, now: str, then: str) -> None:
    found = clock(channel, hours, quota=8)
    assert (found.tone, now in found.now, then in found.then) == (tone, True, True), found


def test_without_the_feature_messenger_ends_after_a_day() -> None:
    before, after = clock("facebook", 2, granted=False), clock("facebook", 30, granted=False)
    assert "phải chờ người dân nhắn trước" in before.then
    assert (after.tone, [one.mode for one in after.stretches]) == ("shut", ["free"])


def test_a_quota_that_is_used_up_and_a_citizen_who_takes_nothing_are_said() -> None:
    assert "Đã hết hạn mức" in clock("zalo", 60, quota=0).now
    assert "chưa rõ còn bao nhiêu" in clock("zalo", 60).now
    assert clock("zalo", 1, gone="blocked") == WindowClock("shut", "Người dân không nhận tin từ tài khoản này.")
    assert window_clock(Reach("zalo", None), ACTED, human_agent=True).tone == "shut"


def test_the_bar_is_as_long_as_the_days() -> None:
    found = clock("zalo", 84)
    assert [(one.mode, one.begins, one.length) for one in found.stretches] == [("free", 0, 28.57), ("from_quota", 28.57, 71.43)]
    assert found.at == 50
    assert clock("zalo", 24 * 30).at == 100
