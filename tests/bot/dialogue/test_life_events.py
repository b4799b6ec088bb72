"""Theo việc trong đời: the menu, situations told in people's words, and where they are not meant."""

from dataclasses import replace

import pytest

from bot.catalogue.schema import LifeEvent
from bot.dialogue.life_events import MENU_PAGE, MENU_PAGES
from bot.dialogue.respond import respond
from bot.dialogue.services import Services
from bot.dialogue.turn import DialogueState, Turn
from bot.messages import BotMessage, Button
from connectors.channel import Outgoing
from connectors.facebook import capabilities as facebook
from connectors.rendering.layout import lay_out
from connectors.telegram.render import CAPABILITIES as TELEGRAM
from connectors.zalo.capabilities import ZALO
from tests.bot.dialogue.conftest import Conversation

BIRTH, DEATH, CARD_AGAIN = "1.001193", "1.000656", "1.014064"


def pressed(button: Button, state: DialogueState, services: Services, channel: str) -> tuple[BotMessage, DialogueState]:
    turn = Turn("", button.intent or "", 1.0, entities=button.entities, is_act=True, channel=channel, conversation_id="c1")
    reply = respond(turn, state, services)
    return reply.messages[0], reply.state


def opened(event: str, page: str = "1") -> Button:
    return Button("x", "find_procedure", {"do": "life_event", "value": event, "field": page})


def all_pages(first: Button, services: Services, channel: str) -> list[BotMessage]:
    """The pages behind a button, each reached by the last button of the page before it."""
    message, state = pressed(first, DialogueState(), services, channel)
    pages = [message]
    while message.buttons[-1].title in ("Xem việc khác", "Xem tiếp"):
        message, state = pressed(message.buttons[-1], state, services, channel)
        pages.append(message)
        assert len(pages) < 10
    return pages


@pytest.mark.parametrize(
    ("text", "intent", "first"),
    [
        ("tôi mới sinh con cần làm gì", "ask_steps", "1. Liên thông 3 việc"),
        ("vk em ms đẻ, cần những giấy tờ j", "ask_documents", "1. Liên thông 3 việc"),
        ("bị móc túi mất hết giấy tờ rồi ad ơi", "inform", "1. Cấp lại căn cước"),
        ("sang nam cuoi vo thi lam thu tuc gi", "ask_steps", "1. Xác nhận hôn nhân"),
        ("cong ty cho nghi viec roi gio lam sao", "nlu_fallback", "1. Trợ cấp thất nghiệp"),
    ],
)
def test_a_situation_in_peoples_words_gives_its_procedures(talk: Conversation, text: str, intent: str, first: str) -> None:
    said = talk.hears(text, intent)
    assert first in said[-1].text
    assert said[-1].buttons


def test_a_death_is_met_with_condolence_and_leads_to_the_registration(talk: Conversation) -> None:
    said = talk.hears("ba tôi mất rồi", "inform")
    assert said[0].text.startswith("Xin chia buồn cùng Ông/Bà và gia đình.")
    answer = talk.presses("Đăng ký khai tử")
    assert answer[0].procedure_code == DEATH


def test_a_procedure_of_the_list_is_chosen_by_words_and_by_number_in_words(talk: Conversation) -> None:
    talk.hears("tôi mới sinh con cần làm gì", "ask_steps")
    assert talk.hears("cái thứ hai", "inform")[0].procedure_code == BIRTH
    talk.hears("em mới sinh con cần làm gì", "ask_steps")
    assert talk.hears("nhận cha", "inform")[0].procedure_code is not None


@pytest.mark.parametrize(
    ("text", "intent", "code"),
    [
        ("mới sinh con làm khai sinh cần giấy tờ gì", "ask_documents", BIRTH),
        ("mẹ em mất căn cước làm lại thế nào", "ask_steps", CARD_AGAIN),
        ("đăng ký khai tử cho bố cần gì", "ask_documents", DEATH),
    ],
)
def test_a_named_procedure_is_answered_and_no_menu_comes(talk: Conversation, text: str, intent: str, code: str) -> None:
    said = talk.hears(text, intent)
    assert {message.procedure_code for message in said} == {code}


def test_papers_of_the_father_that_are_lost_are_no_death(talk: Conversation) -> None:
    for text in ("căn cước của bố em mất rồi", "bố em mất bằng lái", "mẹ tôi bị mất sổ đỏ"):
        assert all("chia buồn" not in message.text for message in talk.hears(text, "inform")), text


def test_what_only_one_procedure_can_answer_is_not_answered_for_all(talk: Conversation) -> None:
    assert "1. " not in talk.hears("mua nhà thì lệ phí bao nhiêu", "ask_fee")[0].text


def test_which_permits_are_needed_is_told_and_what_else_was_asked_of_the_chosen_one(talk: Conversation) -> None:
    listed = talk.hears("mo quan ban do an thi phai xin giay phep gi, mat bao lau", "ask_processing_time")
    assert "An toàn thực phẩm" in listed[0].text
    chosen = talk.presses("An toàn thực phẩm")
    assert (chosen[0].procedure_code, chosen[0].facet) == ("1.013855", "processing_time")


def test_within_a_procedure_the_situation_is_a_case_of_it(talk: Conversation) -> None:
    talk.hears("đăng ký khai sinh cần giấy tờ gì", "ask_documents")
    talk.hears("con em mới sinh tuần trước", "inform")
    assert talk.state.procedure_code == BIRTH


def test_two_situations_in_one_message_are_asked_about(talk: Conversation) -> None:
    said = talk.hears("em mua đất rồi xây nhà thì phải làm những gì", "ask_steps")
    assert talk.buttons() == ["Mua bán nhà đất", "Xây nhà"]
    assert said[0].kind == "question"
    assert "1. Chứng thực hợp đồng" in talk.presses("Mua bán nhà đất")[0].text


def test_the_menu_is_opened_by_words_and_a_situation_by_its_name(talk: Conversation) -> None:
    talk.hears("xem theo việc trong đời", "find_procedure")
    assert "Kết hôn" in talk.buttons()
    assert "1. Xác nhận hôn nhân" in talk.hears("kết hôn", "find_procedure")[0].text


def test_greeting_and_help_lead_to_the_menu(talk: Conversation) -> None:
    talk.hears("xin chào", "greet")
    assert talk.last is not None
    assert [button.title for button in talk.last.offered] == ["Theo việc trong đời"]
    talk.hears("bot giúp được gì", "ask_capabilities")
    assert "Theo việc trong đời" in talk.buttons()


@pytest.mark.parametrize("channel", ["zalo", "facebook", "telegram", "web"])
def test_the_pages_of_the_menu_hold_every_situation_once(services: Services, channel: str) -> None:
    pages = all_pages(Button("x", "find_procedure", {"do": "life_events"}), services, channel)
    names = [button.title for page in pages for button in page.buttons if button.title != "Xem việc khác"]
    assert names == [event.name for event in services.catalogue.life_events]
    assert all(len(page.buttons) <= MENU_PAGES.get(channel, MENU_PAGE) + 1 for page in pages)


@pytest.mark.parametrize("channel", ["zalo", "facebook", "telegram", "web"])
def test_the_pages_of_a_situation_hold_every_procedure_once(services: Services, channel: str) -> None:
    for event in services.catalogue.life_events:
        pages = all_pages(opened(event.id), services, channel)
        codes = [b.entities["procedure_code"] for page in pages for b in page.buttons if b.intent == "choose_procedure"]
        assert codes == list(event.procedures)
        if event.care:
            assert [event.care.vi in page.text for page in pages] == [True] + [False] * (len(pages) - 1)


def every_page(services: Services, channel: str) -> list[BotMessage]:
    pages = all_pages(Button("x", "find_procedure", {"do": "life_events"}), services, channel)
    return pages + [page for event in services.catalogue.life_events for page in all_pages(opened(event.id), services, channel)]


@pytest.mark.parametrize(
    ("channel", "capabilities", "native", "title"),
    [
        ("zalo", ZALO, ZALO.buttons, ZALO.button_title),
        ("facebook", facebook.CAPABILITIES, facebook.QUICK_REPLIES, facebook.TITLE),
        ("telegram", TELEGRAM, TELEGRAM.buttons, TELEGRAM.button_title),
    ],
)
def test_every_choice_is_a_whole_button_on_the_platform(
    services: Services, channel: str, capabilities: object, native: int, title: int
) -> None:
    for message in every_page(services, channel):
        tokens = {place: f"t{place}" for place in range(len(message.buttons))}
        layout = lay_out(Outgoing(message, tokens=tokens), capabilities, native=native, title_limit=title)  # type: ignore[arg-type]
        assert [button.title for button in layout.buttons] == [button.title for button in message.buttons]
        assert len(layout.texts) == 1
        assert len(message.text) <= 1500


@pytest.mark.parametrize(
    "entities",
    [
        {"do": "life_event"},
        {"do": "life_event", "value": "không-có"},
        {"do": "life_event", "value": "../../etc/passwd"},
        {"do": "life_events", "value": "99"},
        {"do": "life_events", "value": "-1"},
        {"do": "life_events", "value": "²"},
        {"do": "life_event", "value": "sinh-con", "field": "9" * 500},
    ],
)
def test_a_button_that_is_not_ours_any_more_opens_the_menu_or_the_first_page(
    services: Services, entities: dict[str, str]
) -> None:
    message, _ = pressed(Button("x", "find_procedure", entities), DialogueState(), services, "zalo")
    assert message.buttons
    assert "Sinh con" in [button.title for button in message.buttons] or "1. Liên thông" in message.text


def test_openings_are_counted_without_the_person(services: Services) -> None:
    counted: list[tuple[str, str, str]] = []
    counting = replace(services, count=lambda what, item, channel: counted.append((what, item, channel)))
    for page in all_pages(opened("mat-giay-to"), counting, "zalo"):
        assert page.text
    pressed(Button("x", "find_procedure", {"do": "life_events"}), DialogueState(), counting, "zalo")
    assert counted == [("event", "mat-giay-to", "zalo"), ("menu", "life_events", "zalo")]


def test_every_shipped_situation_is_whole(services: Services) -> None:
    assert len(services.catalogue.life_events) == 11
    for event in services.catalogue.life_events:
        assert event.name_en, event.id
        assert event.told, event.id
        assert set(event.notes) == set(event.procedures)
        assert len(event.name) <= 20
        for note in event.notes.values():
            assert note.vi != note.en


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"told": ("mới sinh con",)}, "marks"),
        ({"told": ("moi <khong_co>",)}, "unknown group"),
        ({"told": ("moi (sinh",)}, "cannot be read"),
        ({"told": ("moi.*sinh",)}, "cannot be read"),
        ({"told": ("(a+)+$",)}, "cannot be read"),
        ({"unless": (" ".join(["a"] * 40),)}, "cannot be read"),
        ({"procedures": (BIRTH, BIRTH)}, "twice"),
        ({"notes": {DEATH: {"short": "a", "vi": "b", "en": "c"}}}, "differ"),
        ({"notes": {BIRTH: {"short": "một tiêu đề dài hơn hai mươi", "vi": "b", "en": "c"}}}, "at most 20"),
        ({"notes": {BIRTH: {"short": "a", "vi": "b"}}}, "en"),
        ({"care": {"vi": "Xin chia buồn."}}, "en"),
        ({"name_en": " "}, "blank"),
    ],
)
def test_a_fault_in_the_file_is_named(change: dict[str, object], words: str) -> None:
    whole: dict[str, object] = {"id": "a", "name": "A", "cues": ("a b", "c d", "e f"), "procedures": (BIRTH,)}
    with pytest.raises(ValueError, match=words):
        LifeEvent.model_validate(whole | change)


def test_no_message_makes_the_reading_slow_or_fail(services: Services) -> None:
    for text in ("con " * 5000, "mat " * 3000, "", "   ", "⟦dossier_code:3f9a2c⟧ mất", "\u0000\uffff", "(" * 900):
        services.told_events.find(text)
