"""Papers that an e-form asked for reach the dialogue as an act that names them."""

from datetime import timedelta

from cryptography.fernet import Fernet

from bot.conversations.platform_changes import PlatformChanges
from bot.conversations.platform_intake import PlatformIntake
from bot.conversations.private_values import PrivateValues
from bot.conversations.turns import Claim
from bot.messages import BotMessage
from bot.storage.database import Database
from connectors.gateway.attachments.notices import AttachmentNotices
from connectors.gateway.engine_client import EngineClient
from connectors.gateway.worker import Worker
from tests.bot.conversations.platform_messages import image, message
from tests.connectors.fake_engine import SECRET, FakeEngine


class Desk:
    """Has taken in two papers of every message."""

    def look_at(self, _claim: Claim) -> AttachmentNotices:
        return AttachmentNotices((BotMessage("Đã nhận 2 tệp."),), "attachments:received", ("7", "8"))


def test_the_engine_hears_which_papers_came_and_the_citizen_that_they_did(database: Database, engine: FakeEngine) -> None:
    private = PrivateValues(database.sessions, Fernet.generate_key().decode())
    PlatformIntake(database.sessions, private, PlatformChanges(timedelta(minutes=30))).take_in(
        [message("m1", "giấy của tôi đây", attachments=(image(),))]
    )
    client = EngineClient(f"http://127.0.0.1:{engine.port}", SECRET, seconds=3)
    assert Worker(database.sessions, client, attachments=Desk()).run_once()
    client.close()
    (asked,) = engine.turns
    assert asked["act"] == {"intent": "eform", "entities": {"do": "upload", "refs": "7,8"}}
    assert asked["text"] is None
