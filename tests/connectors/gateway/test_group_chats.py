"""A dossier code that is written where others read along gets no answer: nothing of it becomes a turn, on any channel."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from bot.conversations.events import PlatformEvent
from bot.conversations.platform_changes import PlatformChanges
from bot.conversations.platform_intake import PlatformIntake
from bot.conversations.private_values import PrivateValues
from bot.storage.database import Database
from connectors.facebook.parse import parse as parse_facebook
from connectors.gateway.turn_rules import greeting
from connectors.telegram.parse import parse_update
from connectors.zalo.parse import parse_event
from tests.connectors.facebook import recorded as facebook
from tests.connectors.telegram import recorded as telegram
from tests.connectors.zalo import recorded as zalo

CODE = "H05.12.3-261124-0001"
WORDS = f"{CODE} mã tra cứu 7K2M"


def in_telegram(kind: str) -> list[PlatformEvent]:
    update: dict[str, Any] = telegram.update_of("group_message")
    update["message"]["text"] = WORDS
    update["message"]["chat"]["type"] = kind
    return [parse_update(json.dumps(update).encode(), telegram.ACCOUNT).event]


def pressed_in_telegram() -> list[PlatformEvent]:
    return [parse_update(telegram.body_of("group_button"), telegram.ACCOUNT).event]


def posted_in_telegram() -> list[PlatformEvent]:
    update = telegram.update_of("channel_post")
    update["channel_post"]["text"] = WORDS
    return [parse_update(json.dumps(update).encode(), telegram.ACCOUNT).event]


def in_zalo() -> list[PlatformEvent]:
    event = zalo.event("user_send_group_text")
    event["message"]["text"] = WORDS
    return parse_event(zalo.as_sent(event), zalo.IDS)


def under_a_post_of_facebook() -> list[PlatformEvent]:
    body = json.loads(facebook.recorded("page_feed"))
    author = {"id": facebook.CITIZEN, "name": "Nguyễn Thị A"}
    body["entry"][0]["changes"][0]["value"] = {"item": "comment", "verb": "add", "message": WORDS, "from": author}
    return list(parse_facebook(json.dumps(body).encode(), facebook.ACCOUNT).events)


@pytest.mark.parametrize(
    "arrives",
    [
        pytest.param(lambda: in_telegram("group"), id="telegram group"),
        pytest.param(lambda: in_telegram("supergroup"), id="telegram supergroup"),
        pytest.param(lambda: in_telegram("channel"), id="telegram channel"),
        pytest.param(pressed_in_telegram, id="telegram button in a group"),
        pytest.param(posted_in_telegram, id="telegram channel post"),
        pytest.param(in_zalo, id="zalo group"),
        pytest.param(under_a_post_of_facebook, id="comment under a post of the facebook page"),
    ],
)
def test_a_dossier_code_before_others_is_no_turn_and_is_kept_nowhere(
    database: Database, arrives: Callable[[], list[PlatformEvent]]
) -> None:
    private = PrivateValues(database.sessions, Fernet.generate_key().decode())
    intake = PlatformIntake(database.sessions, private, PlatformChanges(timedelta(minutes=30), greeting))
    events = arrives()
    assert events
    intake.take_in(events)
    with database.sessions() as session:
        for table in ("inbound", "conversation", "outbound", "private_value"):
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0, table
        assert CODE not in str(session.execute(text("SELECT * FROM channel_event")).all())
