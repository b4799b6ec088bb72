"""What people switched off is not said; its words are, and a person is one press away."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.dialogue.respond import respond
from bot.dialogue.services import FormTurn, OpenDraft, Services
from bot.dialogue.switched import after
from bot.dialogue.turn import Clause, DialogueState, Reply, Turn
from bot.eforms.turns import Said
from bot.messages import BotMessage
from bot.switches.board import Active, AnnouncedOutage, Order, Target

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BIRTH = "1.001193"
MARRIAGE = "1.000894"


def order(scope: str, subject: str, facet: str = "", text: str | None = None) -> Order:
    target = Target(scope, subject, facet)  # type: ignore[arg-type]
    return Order(1, "off", target, "rà soát", "An", NOW, NOW, text_vi=text)


def outage(scope: str, channel: str | None = None, text: str | None = None, number: int = 7) -> AnnouncedOutage:
    return AnnouncedOutage(number, scope, channel, NOW, NOW + timedelta(hours=2), text, None, "An", NOW)  # type: ignore[arg-type]


class Forms:
    """One form, one open draft of it; notes what it was asked."""

    def __init__(self, code: str = BIRTH) -> None:
        self.code = code
        self.asked: list[str] = []

    def has_form(self, procedure_code: str) -> bool:
        return procedure_code == self.code

    def open(self, _conversation_id: str, _procedure_code: str, _case_id: str | None) -> FormTurn:
        self.asked.append("open")
        return FormTurn("d1", (BotMessage("Họ tên của trẻ?", kind="question"),), "asked")

    def take_up(self, _conversation_id: str, _draft_id: str) -> FormTurn:
        self.asked.append("take_up")
        return FormTurn("d1", (BotMessage("Họ tên của trẻ?", kind="question"),), "asked")

    def take(self, _conversation_id: str, _draft_id: str, _said: Said) -> FormTurn:
        self.asked.append("take")
        return FormTurn("d1", (BotMessage("Ngày sinh?", kind="question"),), "asked")

    def open_drafts(self, _conversation_id: str) -> tuple[OpenDraft, ...]:
        return (OpenDraft("d1", "Đăng ký khai sinh"),)

    def procedure_of(self, _conversation_id: str, draft_id: str) -> str | None:
        return self.code if draft_id == "d1" else None

    def drafts_elsewhere(self, _conversation_id: str) -> tuple[OpenDraft, ...] | None:
        return ()

    def hand_over(self, _conversation_id: str, _draft_id: str) -> FormTurn:
        self.asked.append("hand_over")
        return FormTurn("d1", (BotMessage("Đã chuyển", kind="status"),), "confirmed")


@pytest.fixture
def say_under(services: Services) -> Callable[..., Reply]:
    """One typed turn while this holds."""

    def turn(
        active: Active, text: str, intent: str, *clauses: tuple[str, str], state: DialogueState | None = None, **more: object
    ) -> Reply:
        parts = tuple(Clause(part, name, 0.9) for part, name in clauses) or (Clause(text, intent, 0.9),)
        made = Turn(text, intent, 0.9, parts, conversation_id="c1", channel=str(more.pop("channel", "")))
        return respond(made, state or DialogueState(), replace(services, switches=lambda: active, **more))  # type: ignore[arg-type]

    return turn


def spoken(reply: Reply) -> str:
    return "\n".join(message.text for message in reply.messages)


def offers_a_person(reply: Reply) -> bool:
    return any(button.intent == "talk_to_officer" for message in reply.messages for button in message.all_buttons)


def test_an_answer_that_is_off_is_replaced_and_the_others_stay(say_under: Callable[..., Reply]) -> None:
    active = Active((order("answer", BIRTH, "fee", "Mức phí khai sinh đang được rà soát."),))
    both = say_under(
        active,
        "đăng ký khai sinh hết bao nhiêu tiền, cần giấy tờ gì",
        "ask_fee",
        ("đăng ký khai sinh hết bao nhiêu tiền", "ask_fee"),
        ("cần giấy tờ gì", "ask_documents"),
    )
    assert "Mức phí khai sinh đang được rà soát." in spoken(both)
    facets = {message.facet for message in both.messages if message.procedure_code == BIRTH}
    assert "fee" not in facets
    assert "documents" in facets or both.state.pending is not None
    assert offers_a_person(both)
    other = say_under(active, "đăng ký kết hôn hết bao nhiêu tiền", "ask_fee")
    assert "rà soát" not in spoken(other)


def test_an_answer_that_is_off_is_not_told_in_passing_either(say_under: Callable[..., Reply]) -> None:
    named = "đăng ký kết hôn"
    before = say_under(Active(), named, "find_procedure")
    silent = say_under(
        Active(tuple(order("answer", MARRIAGE, facet) for facet in ("processing_time", "fee", "place"))), named, "find_procedure"
    )
    assert any(message.facet == "overview" for message in silent.messages)
    lost = set(spoken(before).splitlines()) - set(spoken(silent).splitlines())
    assert len(lost) >= 1, "the overview tells the place at least"


def test_no_answer_on_a_procedure_names_its_fee_where_that_is_off() -> None:
    told = BotMessage("1. Nộp phí 8.000 đồng tại quầy.", procedure_code=BIRTH, facet="steps")
    other = replace(told, procedure_code=MARRIAGE)
    reply = after(Reply((told, other), DialogueState()), Active((order("answer", BIRTH, "fee"),)))
    assert [message.text for message in reply.messages] == ["1. Nộp phí (mức phí đang được rà soát) tại quầy.", other.text]


@pytest.mark.parametrize(("intent", "text"), [("ask_documents", "khai sinh cần giấy tờ gì"), ("find_procedure", "khai sinh")])
def test_a_procedure_that_is_off_says_nothing_of_itself(say_under: Callable[..., Reply], intent: str, text: str) -> None:
    reply = say_under(Active((order("procedure", BIRTH),)), f"đăng ký {text}", intent)
    assert [message.procedure_code for message in reply.messages] == [None]
    assert "rà soát" in spoken(reply)
    assert offers_a_person(reply)
    called = say_under(Active((order("procedure", BIRTH),)), "vâng", "affirm", state=reply.state)
    assert called.handoff is not None, "who says yes to a person gets one"


def test_an_intent_that_is_off_is_left_out_and_the_rest_of_the_message_is_answered(say_under: Callable[..., Reply]) -> None:
    active = Active((order("intent", "ask_working_hours", text="Giờ làm việc đang được cập nhật."),))
    alone = say_under(active, "mấy giờ mở cửa", "ask_working_hours")
    assert spoken(alone) == "Giờ làm việc đang được cập nhật."
    assert offers_a_person(alone)
    both = say_under(
        active,
        "mấy giờ mở cửa, đăng ký kết hôn cần giấy tờ gì",
        "ask_working_hours",
        ("mấy giờ mở cửa", "ask_working_hours"),
        ("đăng ký kết hôn cần giấy tờ gì", "ask_documents"),
    )
    assert both.messages[0].text == "Giờ làm việc đang được cập nhật."
    assert any(message.procedure_code == MARRIAGE for message in both.messages[1:])


def test_looking_up_dossiers_that_is_off_stops_at_every_step(say_under: Callable[..., Reply]) -> None:
    active = Active((order("intent", "check_status", text="Tra cứu đang tạm dừng."),))
    asked = say_under(Active(), "hồ sơ của tôi đến đâu", "check_status")
    for text, intent, state in (
        ("hồ sơ của tôi đến đâu", "check_status", None),
        ("⟦dossier_code:ref1⟧", "inform", None),
        ("⟦dossier_code:ref1⟧ ⟦lookup_code:look1⟧", "nlu_fallback", asked.state),
        ("đây ạ", "inform", asked.state),
    ):
        reply = say_under(active, text, intent, state=state)
        assert spoken(reply) == "Tra cứu đang tạm dừng."
        assert offers_a_person(reply)


def test_a_person_is_reached_whatever_is_off(say_under: Callable[..., Reply]) -> None:
    active = Active((order("procedure", BIRTH), order("intent", "ask_fee"), order("channel", "zalo")))
    assert say_under(active, "cho tôi gặp cán bộ", "talk_to_officer").handoff is not None


@pytest.mark.parametrize("scope", ["procedure", "online_filing"])
def test_no_new_draft_of_what_is_off_and_open_ones_are_paused_with_a_word(
    say_under: Callable[..., Reply], services: Services, scope: str
) -> None:
    forms, active = Forms(), Active((order(scope, BIRTH, text="Tạm dừng khai trực tuyến."),))
    within = replace(services, switches=lambda: active, submissions=forms)
    for entities in (
        {"do": "open", "procedure_code": BIRTH},
        {"do": "resume", "draft": "d1"},
        {"do": "hand_over", "draft": "d1"},
    ):
        pressed = respond(Turn("", "eform", 1.0, entities=entities, is_act=True, conversation_id="c1"), DialogueState(), within)
        assert "Tạm dừng khai trực tuyến." in spoken(pressed)
        assert pressed.state.draft_id is None
    typed = say_under(active, "Nguyễn Văn An", "inform", state=DialogueState(draft_id="d1"), submissions=forms)
    assert "được giữ nguyên" in spoken(typed)
    assert typed.state.draft_id is None
    assert offers_a_person(typed)
    assert forms.asked == []


def test_a_question_in_the_middle_of_a_paused_draft_is_answered_too(say_under: Callable[..., Reply]) -> None:
    active = Active((order("online_filing", BIRTH),))
    state = DialogueState(draft_id="d1")
    reply = say_under(active, "đăng ký kết hôn cần giấy tờ gì", "ask_documents", state=state, submissions=Forms())
    assert "được giữ nguyên" in reply.messages[0].text
    assert any(message.procedure_code == MARRIAGE for message in reply.messages[1:])


def test_nothing_is_begun_or_taken_up_in_words_either(say_under: Callable[..., Reply]) -> None:
    forms, active = Forms(), Active((order("online_filing", BIRTH, text="Tạm dừng khai trực tuyến."),))
    state = DialogueState(procedure_code=BIRTH)
    begun = say_under(active, "khai luôn ở đây", "start_submission", state=state, submissions=forms)
    assert begun.state.draft_id is None
    assert "open" not in forms.asked
    taken_up = say_under(active, "khai tiếp", "start_submission", state=state, submissions=forms)
    assert taken_up.state.draft_id is None
    assert "Tạm dừng khai trực tuyến." in spoken(taken_up)


def test_drafts_of_other_procedures_go_on(say_under: Callable[..., Reply]) -> None:
    forms = Forms(MARRIAGE)
    active = Active((order("online_filing", BIRTH),))
    reply = say_under(active, "Nguyễn Văn An", "inform", state=DialogueState(draft_id="d1"), submissions=forms)
    assert forms.asked == ["take"]
    assert reply.state.draft_id == "d1"


def test_a_filing_that_is_off_is_not_offered(say_under: Callable[..., Reply]) -> None:
    def buttons(active: Active) -> list[str]:
        reply = say_under(active, "đăng ký khai sinh nộp trực tuyến thế nào", "start_submission", submissions=Forms())
        return [b.entities.get("do", "") for message in reply.messages for b in message.all_buttons]

    assert "open" not in buttons(Active((order("online_filing", BIRTH),)))


def test_an_outage_of_the_portal_comes_before_what_depends_on_it_alone(say_under: Callable[..., Reply]) -> None:
    active = Active(outages=(outage("portal"),))
    asked = say_under(active, "hồ sơ của tôi đến đâu", "check_status")
    assert "15:00 23/11/2026" in asked.messages[0].text
    shown = say_under(active, "⟦dossier_code:ref1⟧ ⟦lookup_code:look1⟧", "check_status", state=asked.state)
    assert "15:00 23/11/2026" in shown.messages[0].text
    assert "bảo trì" not in spoken(say_under(active, "đăng ký kết hôn cần giấy tờ gì", "ask_documents"))


def test_an_outage_of_a_channel_is_told_once_and_only_there(say_under: Callable[..., Reply]) -> None:
    active = Active(outages=(outage("channel", "zalo", "Zalo đang chậm."),))
    first = say_under(active, "đăng ký kết hôn cần giấy tờ gì", "ask_documents", channel="zalo")
    assert first.messages[0].text == "Zalo đang chậm."
    kept = DialogueState.from_slot(first.state.to_slot())
    second = say_under(active, "lệ phí bao nhiêu", "ask_fee", state=kept, channel="zalo")
    assert "Zalo đang chậm." not in spoken(second)
    elsewhere = say_under(active, "đăng ký kết hôn cần giấy tờ gì", "ask_documents", channel="webchat")
    assert "Zalo đang chậm." not in spoken(elsewhere)
