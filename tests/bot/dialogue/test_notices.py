"""Following a dossier in the talk: proofs, consent, what is followed, and the end of it in one word."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from bot.dialogue.services import Services, WatchedDossier, WatchStep
from bot.dialogue.turn import Clause, Turn
from bot.messages import BotMessage, Button
from tests.bot.dialogue.conftest import Conversation


@dataclass
class Followed:
    """Dossier ``ref1`` opens with ``look1``; the rest as a test sets it."""

    offered: bool = True
    on: dict[str, str] = field(default_factory=dict)
    last_notice: str | None = None
    ended: bool = False
    agreed_text: str = "text_1"
    begun: list[tuple[str, str]] = field(default_factory=list)

    def may_offer(self, dossier_ref: str, proof_ref: str, _conversation_id: str) -> bool:
        return self.offered and not self.ended and (dossier_ref, proof_ref) == ("ref1", "look1") and "w-ref1" not in self.on

    def prepare(self, dossier_ref: str, proof_ref: str, _conversation_id: str, _address: str | None = None) -> WatchStep:
        if (dossier_ref, proof_ref) != ("ref1", "look1"):
            return WatchStep("refused", (BotMessage("Không tìm thấy.", kind="question", expects="lookup_code"),))
        if f"w-{dossier_ref}" in self.on:
            return WatchStep("done", (BotMessage("Đang được báo rồi."),))
        buttons = (Button("Đồng ý", "affirm"), Button("Không, cảm ơn", "deny"))
        return WatchStep("ask", (BotMessage("Ông/Bà đồng ý chứ?", kind="question", buttons=buttons),), "text_1")

    def begin(
        self,
        dossier_ref: str,
        proof_ref: str,
        _conversation_id: str,
        consent: str,
        _address: str | None = None,
        how: str = "words",
    ) -> WatchStep:
        self.how = how
        if consent != self.agreed_text:
            message = BotMessage("Ông/Bà cũng đồng ý thế này chứ?", kind="question")
            return WatchStep("ask", (message,), self.agreed_text)
        self.begun.append((dossier_ref, proof_ref))
        self.on[f"w-{dossier_ref}"] = "***0001"
        return WatchStep("done", (BotMessage("Đã ghi nhận."),))

    def watched(self, _conversation_id: str) -> tuple[WatchedDossier, ...]:
        return tuple(WatchedDossier(one, shown) for one, shown in self.on.items())

    def stop(self, _conversation_id: str, watch_ids: Sequence[str]) -> tuple[WatchedDossier, ...]:
        return tuple(WatchedDossier(one, self.on.pop(one)) for one in watch_ids if one in self.on)

    def of_last_message(self, _conversation_id: str) -> str | None:
        return self.last_notice


@pytest.fixture
def followed() -> Followed:
    return Followed()


@pytest.fixture
def talk(services: Services, followed: Followed) -> Conversation:
    return Conversation(replace(services, notices=followed))


def says(talk: Conversation, text: str, intent: str = "nlu_fallback", confidence: float = 0.9) -> str:
    clauses = (Clause(text, intent, confidence),)
    messages = talk._take(Turn(text, intent, confidence, clauses, conversation_id="c1"))
    return "\n".join(message.text for message in messages)


def test_as_the_first_message_proofs_are_asked_for_then_consent_then_it_is_begun(talk: Conversation, followed: Followed) -> None:
    assert "mã hồ sơ" in says(talk, "báo cho tôi khi hồ sơ có thay đổi", "subscribe_updates")
    says(talk, "⟦dossier_code:ref1⟧", "inform")
    assert "đồng ý" in says(talk, "⟦lookup_code:look1⟧", "inform")
    assert followed.begun == []
    assert says(talk, "vâng đồng ý") == "Đã ghi nhận."
    assert followed.begun == [("ref1", "look1")]


def test_after_a_shown_status_one_press_leads_to_the_consent(talk: Conversation, followed: Followed) -> None:
    says(talk, "tra cứu ⟦dossier_code:ref1⟧ ⟦lookup_code:look1⟧", "check_status")
    talk.presses("Báo khi có thay đổi")
    talk.presses("Đồng ý")
    assert followed.begun == [("ref1", "look1")]
    says(talk, "tra cứu ⟦dossier_code:ref1⟧ ⟦lookup_code:look1⟧", "check_status")
    assert "Báo khi có thay đổi" not in talk.buttons()


def test_after_a_shown_status_the_words_are_enough(talk: Conversation) -> None:
    says(talk, "tra cứu ⟦dossier_code:ref1⟧ ⟦lookup_code:look1⟧", "check_status")
    assert "đồng ý" in says(talk, "có gì mới báo em với", "subscribe_updates", 0.5)
    assert says(talk, "ok", "affirm") == "Đã ghi nhận."


@pytest.mark.parametrize(("text", "intent"), [("không", "deny"), ("thôi khỏi", "deny"), ("không cần đâu ạ", "nlu_fallback")])
def test_without_consent_nothing_is_begun(talk: Conversation, followed: Followed, text: str, intent: str) -> None:
    says(talk, "báo khi ⟦dossier_code:ref1⟧ ⟦lookup_code:look1⟧ xong", "subscribe_updates")
    assert "không thay đổi gì" in says(talk, text, intent)
    assert followed.begun == []
    says(talk, "vâng", "affirm")
    assert followed.begun == []


def test_where_another_consent_is_needed_by_now_it_is_asked_for(talk: Conversation, followed: Followed) -> None:
    says(talk, "báo khi ⟦dossier_code:ref1⟧ ⟦lookup_code:look1⟧ xong", "subscribe_updates")
    followed.agreed_text = "text_2"
    assert "cũng đồng ý" in says(talk, "vâng", "affirm")
    assert followed.begun == []
    assert says(talk, "vâng", "affirm") == "Đã ghi nhận."


def test_a_button_under_the_apology_of_a_portal_that_is_away_needs_no_new_proofs(talk: Conversation, followed: Followed) -> None:
    talk.state = talk.state.evolve(dossier_ref="ref1", proof_ref="look1")
    turn = Turn("", "subscribe_updates", 1.0, is_act=True, conversation_id="c1")
    assert talk._take(turn)[0].text == "Ông/Bà đồng ý chứ?"
    assert followed.begun == []


def test_a_question_beside_the_consent_is_answered_and_agrees_to_nothing(talk: Conversation, followed: Followed) -> None:
    says(talk, "báo khi ⟦dossier_code:ref1⟧ ⟦lookup_code:look1⟧ xong", "subscribe_updates")
    assert "Tờ khai đăng ký khai sinh" in says(talk, "đăng ký khai sinh cần giấy tờ gì", "ask_documents")
    assert followed.begun == []


def test_wrong_proofs_are_answered_as_for_the_status_and_may_be_sent_again(talk: Conversation) -> None:
    assert says(talk, "báo khi ⟦dossier_code:ref1⟧ ⟦lookup_code:wrong⟧ xong", "subscribe_updates") == "Không tìm thấy."
    assert "đồng ý" in says(talk, "⟦lookup_code:look1⟧", "inform")


def test_a_portal_that_tells_nothing_is_said_so(talk: Conversation, followed: Followed) -> None:
    followed.offered = False
    assert "chưa báo được" in says(talk, "báo cho tôi khi xong", "subscribe_updates")
    assert "Tra cứu hồ sơ" in talk.buttons()
    says(talk, "tra cứu ⟦dossier_code:ref1⟧ ⟦lookup_code:look1⟧", "check_status")
    assert "Báo khi có thay đổi" not in talk.buttons()


def test_a_status_asked_for_later_is_a_status_again(talk: Conversation) -> None:
    says(talk, "báo khi ⟦dossier_code:ref1⟧ ⟦lookup_code:look1⟧ xong", "subscribe_updates")
    says(talk, "vâng", "affirm")
    assert "đang được xử lý" in says(talk, "tra cứu ⟦dossier_code:ref1⟧ ⟦lookup_code:look1⟧", "check_status")


@pytest.mark.parametrize(
    "text",
    [
        "huỷ",
        "Hủy",
        "dừng thông báo",
        "dừng",
        "thôi",
        "stop",
        "STOP",
        "ngừng báo",
        "ngung bao",
        "thôi ạ",
        "dừng lại đi em",
        "huỷ nhé",
    ],
)
def test_one_word_in_answer_to_a_notice_ends_it(talk: Conversation, followed: Followed, text: str) -> None:
    followed.on = {"w1": "***0001", "w2": "***0002"}
    followed.last_notice = "w2"
    said = says(talk, text, "deny", 0.4)
    assert "ngừng thông báo về hồ sơ ***0002" in said
    assert "vẫn nhận thông báo của hồ sơ ***0001" in said
    assert list(followed.on) == ["w1"]


@pytest.mark.parametrize("text", ["đúng", "dùng", "đừng", "huỷ hồ sơ khai sinh thế nào", "thôi để tôi hỏi chuyện khác"])
def test_other_words_after_a_notice_end_nothing(talk: Conversation, followed: Followed, text: str) -> None:
    followed.on, followed.last_notice = {"w1": "***0001"}, "w1"
    says(talk, text)
    assert "w1" in followed.on


def test_a_lone_word_that_answers_no_notice_means_what_it_meant(talk: Conversation, followed: Followed) -> None:
    followed.on = {"w1": "***0001"}
    says(talk, "thôi", "deny", 0.6)
    assert "w1" in followed.on


def test_the_words_whole_end_it_anywhere(talk: Conversation, followed: Followed) -> None:
    followed.on = {"w1": "***0001"}
    assert "***0001" in says(talk, "ngừng báo", "nlu_fallback", 0.2)
    followed.on = {"w1": "***0001"}
    assert "***0001" in says(talk, "tắt hết tin giùm tôi", "unsubscribe", 0.8)
    assert followed.on == {}
    assert "không có gì phải ngừng" in says(talk, "dừng thông báo")


def test_an_unsure_wish_is_confirmed_first(talk: Conversation, followed: Followed) -> None:
    followed.on = {"w1": "***0001"}
    says(talk, "đừng gửi mấy cái này", "unsubscribe", 0.5)
    assert "w1" in followed.on
    says(talk, "đúng", "affirm")
    assert followed.on == {}


def test_of_several_the_citizen_chooses_one_or_all(talk: Conversation, followed: Followed) -> None:
    followed.on = {"w1": "***0001", "w2": "***0002", "w3": "***0003"}
    says(talk, "huỷ nhận thông báo", "unsubscribe")
    assert talk.buttons() == ["Hồ sơ ***0001", "Hồ sơ ***0002", "Hồ sơ ***0003", "Tất cả"]
    says(talk, "số 2", "inform")
    assert list(followed.on) == ["w1", "w3"]
    says(talk, "huỷ nhận thông báo", "unsubscribe")
    talk.presses("Hồ sơ ***0003")
    assert list(followed.on) == ["w1"]
    followed.on = {"w1": "***0001", "w2": "***0002"}
    says(talk, "huỷ nhận thông báo", "unsubscribe")
    says(talk, "tất cả", "inform")
    assert followed.on == {}


def test_the_buttons_of_notices_end_one_or_all_and_an_old_one_says_so(talk: Conversation, followed: Followed) -> None:
    followed.on = {"w1": "***0001", "w2": "***0002"}

    def press(refs: str) -> str:
        turn = Turn("", "unsubscribe", 1.0, entities={"refs": refs}, is_act=True, conversation_id="c1")
        return "\n".join(message.text for message in talk._take(turn))

    assert "***0001" in press("w1")
    assert "đã ngừng từ trước" in press("w1")
    assert list(followed.on) == ["w2"]
    talk.presses("Ngừng tất cả")
    assert followed.on == {}
    assert "không có gì phải ngừng" in press("w2")


@pytest.mark.parametrize("text", ["tôi đang theo dõi hồ sơ nào?", "toi dang theo doi ho so nao", "danh sách hồ sơ đang theo dõi"])
def test_what_is_followed_is_listed_masked(talk: Conversation, followed: Followed, text: str) -> None:
    assert "chưa nhận thông báo của hồ sơ nào" in says(talk, text)
    followed.on = {"w1": "***0001", "w2": "***0002"}
    assert "***0001, ***0002" in says(talk, text)


def test_an_open_form_stays_open_when_a_notice_between_is_answered(talk: Conversation, followed: Followed) -> None:
    followed.on, followed.last_notice = {"w1": "***0001"}, "w1"
    talk.state = talk.state.evolve(draft_id="d1")
    says(talk, "dừng thông báo")
    assert followed.on == {}
    assert talk.state.draft_id == "d1"
