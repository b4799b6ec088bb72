"""The page is told of outages and of its own silence, by everybody's clock and without a restart."""

from datetime import timedelta

import httpx

from bot.conversations.clock import utc_now
from bot.storage.database import Database
from bot.switches.board import Target
from bot.switches.store import announce_outage, switch_off, withdraw_outage
from tests.waiting import wait_for


def notices(gateway: str) -> list[dict[str, object]]:
    answer = httpx.get(f"{gateway}/webchat/notices", timeout=5).raise_for_status()
    return list(answer.json()["notices"])


def test_outages_and_silence_are_shown_while_they_last(gateway: str, database: Database) -> None:
    assert notices(gateway) == []
    now = utc_now()
    ends = now + timedelta(hours=1)
    sessions = database.sessions
    number = announce_outage(sessions, "portal", starts_at=now, ends_at=ends, by="An", now=now, text_vi="Cổng bảo trì.")
    announce_outage(sessions, "channel", channel="zalo", starts_at=now, ends_at=ends, by="An", now=now)
    announce_outage(sessions, "all", starts_at=ends, ends_at=ends + timedelta(hours=1), by="An", now=now)
    wait_for(lambda: len(notices(gateway)) == 1, what="the outage")
    (shown,) = notices(gateway)
    assert shown["text"]["vi"] == "Cổng bảo trì."  # type: ignore[index]
    assert "maintenance" in shown["text"]["en"]  # type: ignore[index]
    switch_off(sessions, Target("channel", "webchat"), reason="x", by="An", now=now, text_vi="Tạm ngừng.")
    withdraw_outage(sessions, number, by="An", now=utc_now())
    wait_for(lambda: [one["kind"] for one in notices(gateway)] == ["channel_off"], what="the silence")
