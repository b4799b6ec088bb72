"""Events as a channel's parser would hand them over, short to write."""

from datetime import datetime, timedelta
from typing import Any

from bot.conversations.events import CitizenMessage, IncomingAttachment, Origin, PlatformEcho

CHANNEL, ACCOUNT, CITIZEN = "zalo", "oa", "u1"


def origin(event_id: str, name: str = "user_send_text", at: datetime | None = None) -> Origin:
    return Origin(CHANNEL, ACCOUNT, event_id, name, b"{}", at)


def message(
    event_id: str, text: str | None = "xin chào", *, at: datetime | None = None, citizen: str = CITIZEN, **more: Any
) -> CitizenMessage:
    return CitizenMessage(origin(event_id, at=at), citizen, text=text, **more)


def echo(event_id: str, text: str, **more: Any) -> PlatformEcho:
    return PlatformEcho(origin(event_id, "oa_send_text"), CITIZEN, more.pop("message_id", event_id), text, **more)


def image(source: str = "https://cdn.example/1.jpg") -> IncomingAttachment:
    return IncomingAttachment("image", source=source)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)
