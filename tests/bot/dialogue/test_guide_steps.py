"""Guides in the talk: the steps, the page, the platforms' limits, and the offer at the step where people get stuck."""

from dataclasses import replace

import pytest

from bot.dialogue.guide_steps import LONGEST_MESSAGE, with_guide_offer
from bot.dialogue.services import Services
from bot.dialogue.turn import DialogueState, Pending, Reply
from bot.eforms.asking import button
from bot.guides.book import load_guides
from bot.messages import BotMessage, Button
from bot.settings import PROJECT_ROOT
from connectors.channel import Capabilities, Outgoing
from connectors.facebook import capabilities as facebook
from connectors.rendering.layout import lay_out
from connectors.telegram.render import CAPABILITIES as TELEGRAM
from connectors.zalo.capabilities import ZALO
from tests.bot.dialogue.conftest import Conversation

ADDRESS = "https://motcua.example.gov.vn"
BOOK = load_guides(PROJECT_ROOT / "data" / "guides")


@pytest.fixture
def guided(services: Services) -> Services:
    return replace(services, guides=BOOK, address=ADDRESS)


@pytest.fixture
def talk(guided: Services) -> Conversation:
    return Conversation(guided)


@pytest.mark.parametrize(
    ("intent", "guide"), [("ask_login_account", "dang-nhap-vneid"), ("ask_payment", "thanh-toan-truc-tuyen")]
)
def test_a_question_on_log_in_or_payment_gets_the_steps_and_the_page(talk: Conversation, intent: str, guide: str) -> None:
    said = talk.hears("làm thế nào vậy", intent)
    whole = "\n".join(message.text for message in said)
    for number, step in enumerate(BOOK.guides[guide].steps, start=1):
        assert f"{number}. {step.text.vi}" in whole
    assert [b.url for b in said[-1].buttons if b.url] == [f"{ADDRESS}/huong-dan/{guide}"]
    assert "Gặp cán bộ" in talk.buttons()


@pytest.mark.parametrize(
    ("text", "intent", "first"),
    [
        ("huong dan chup anh giay to", "ask_steps", "Chụp ảnh giấy tờ cho rõ"),
        ("hd cách nộp hồ sơ online", "ask_steps", "Nộp hồ sơ trực tuyến"),
        ("không đăng nhập được vneid", "technical_problem", "Đăng nhập Cổng"),
        ("cách theo dõi hồ sơ", "ask_steps", "Theo dõi hồ sơ đã nộp"),
    ],
)
def test_a_guide_is_asked_for_in_words(talk: Conversation, text: str, intent: str, first: str) -> None:
    assert talk.hears(text, intent)[0].text.startswith(first)


def test_how_to_submit_the_present_procedure_is_answered_for_it(talk: Conversation) -> None:
    talk.hears("đăng ký khai sinh cần giấy tờ gì", "ask_documents")
    said = talk.hears("cách nộp hồ sơ online", "ask_online_level")
    assert {message.procedure_code for message in said if message.procedure_code} == {"1.001193"}


def test_help_leads_to_the_list_and_the_list_to_a_guide(talk: Conversation) -> None:
    talk.hears("bot giúp được gì", "ask_capabilities")
    talk.presses("Hướng dẫn có hình")
    assert talk.buttons() == [guide.title.short for guide in BOOK.guides.values()]
    assert talk.presses("Cách chụp giấy tờ")[0].text.startswith("Chụp ảnh giấy tờ cho rõ")


def test_without_an_https_address_the_page_is_named_in_words(services: Services) -> None:
    talk = Conversation(replace(services, guides=BOOK, address="http://127.0.0.1:8080"))
    said = talk.hears("làm sao đăng nhập", "ask_login_account")
    assert "http://127.0.0.1:8080/huong-dan/dang-nhap-vneid" in said[-1].text
    assert not [b for b in said[-1].buttons if b.url]


def test_without_guides_the_short_answer_stands(services: Services) -> None:
    said = Conversation(services).hears("làm sao đăng nhập", "ask_login_account")
    assert len(said) == 1
    assert "VNeID" in said[0].text


PLATFORMS = [
    ("zalo", ZALO, ZALO.buttons, ZALO.button_title),
    ("facebook", facebook.CAPABILITIES, facebook.QUICK_REPLIES, facebook.TITLE),
    ("telegram", TELEGRAM, TELEGRAM.buttons, TELEGRAM.button_title),
]


@pytest.mark.parametrize(("channel", "capabilities", "native", "title"), PLATFORMS)
def test_every_guide_fits_on_the_platform(
    guided: Services, channel: str, capabilities: Capabilities, native: int, title: int
) -> None:
    from bot.dialogue.guide_steps import guide_messages

    for guide in BOOK.guides.values():
        for message in guide_messages(guide, channel, guided):
            assert len(message.text) <= LONGEST_MESSAGE
            tokens = {place: f"t{place}" for place, one in enumerate(message.buttons) if one.intent}
            layout = lay_out(Outgoing(message, tokens=tokens), capabilities, native=native, title_limit=title)
            assert len(layout.texts) == 1, (guide.id, channel)
            assert len(layout.buttons) == len(message.buttons), (guide.id, channel)


def test_a_form_handed_to_the_portal_offers_log_in_and_payment(guided: Services) -> None:
    handed = BotMessage("Còn một bước.", buttons=(button("Liên kết mới", "hand_over", draft="d1"),))
    reply = with_guide_offer(Reply((handed,), DialogueState()), guided)
    assert [b.title for b in reply.messages[0].buttons] == ["Liên kết mới", "Cách đăng nhập", "Cách thanh toán"]


def test_who_is_waited_for_at_the_login_is_offered_its_guide(guided: Services) -> None:
    asked = BotMessage("Xin đăng nhập.", kind="question", buttons=(Button("Gặp cán bộ", "talk_to_officer"),))
    reply = with_guide_offer(Reply((asked,), DialogueState(pending=Pending("login"))), guided)
    assert [b.title for b in reply.messages[0].buttons] == ["Cách đăng nhập", "Gặp cán bộ"]


def test_a_full_row_of_buttons_is_left_as_it_is(guided: Services) -> None:
    full = BotMessage("x", buttons=tuple(Button(str(n), "check_status", {"do": "login"}) for n in range(5)))
    assert with_guide_offer(Reply((full,), DialogueState()), guided).messages[0].buttons == full.buttons


def test_a_guide_that_is_gone_leads_to_the_list(talk: Conversation) -> None:
    talk.last = Reply(
        (BotMessage("x", buttons=(Button("Cũ", "ask_capabilities", {"do": "guide", "value": "../x"}),)),), talk.state
    )
    talk.presses("Cũ")
    assert "Cách đăng nhập" in talk.buttons()
