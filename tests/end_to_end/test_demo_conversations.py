"""The made-up citizens of a local trial talk to the whole product."""

import pytest
from sqlalchemy import func, select

from bot.settings import Settings
from bot.storage.database import open_database
from bot.storage.models import Conversation, Handoff
from motcua.demo_conversations import DemoConversation, hold_demo_conversations
from tests.waiting import wait_for

pytestmark = pytest.mark.engine


def test_they_wait_on_the_officers_desk(product: Settings) -> None:
    conversations = [
        DemoConversation("zalo", ("mất căn cước làm lại hết bao nhiêu tiền", "cho tôi gặp cán bộ"), "Nguyễn Thị Hạnh"),
        DemoConversation("facebook", ("cho gặp người thật",), "Trần Văn Dũng"),
    ]
    database = open_database(product.database_url)
    with database.sessions() as session:
        before = session.scalar(select(func.max(Handoff.id))) or 0
    assert hold_demo_conversations(product, conversations, print) == 2
    waiting = select(Conversation.channel).join(Handoff, Handoff.conversation_id == Conversation.id).where(Handoff.id > before)

    def both_wait() -> bool:
        with database.sessions() as session:
            return sorted(session.scalars(waiting)) == ["facebook", "zalo"]

    # Another part of the answer before may have ended the wait for the last one.
    wait_for(both_wait, seconds=20, what="both to wait for an officer")
