"""The made-up citizens of a local trial."""

from bot.language.masking import find_private
from bot.settings import Settings
from motcua.demo_conversations import DemoConversation, hold_demo_conversations, read_demo_conversations
from motcua.stack import free_ports


def test_the_shipped_conversations_come_through_every_channel_and_several_ask_for_a_person() -> None:
    conversations = read_demo_conversations()
    assert {one.channel for one in conversations} == {"webchat", "zalo", "facebook"}
    assert all(one.says and (one.name or one.channel == "webchat") for one in conversations)
    assert sum(any("gặp" in text for text in one.says) for one in conversations) >= 4
    numbers = [span.value for one in conversations for text in one.says for span in find_private(text)]
    assert numbers == ["0912345678"]  # one that an officer sees masked


def test_a_channel_that_does_not_answer_is_told_and_the_others_go_on() -> None:
    ports = free_ports(2)
    settings = Settings(
        engine_secret="x", ledger_key="x", web_session_secret="x", gateway_port=ports[0], zalo_sim_control_port=ports[1]
    )
    told: list[str] = []
    conversations = [DemoConversation("webchat", ("xin chào",)), DemoConversation("zalo", ("xin chào",), "Lan")]
    assert hold_demo_conversations(settings, conversations, told.append) == 0
    assert sorted(told) == [
        "  ! cuộc trò chuyện mẫu (webchat): ChatError",
        "  ! cuộc trò chuyện mẫu (zalo): ConnectError",
    ]
