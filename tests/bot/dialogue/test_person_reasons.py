"""Every typed reason for a person is really reached, and its summary tells the officer what was tried."""

from dataclasses import replace

import pytest

from bot.dialogue.respond import respond
from bot.dialogue.turn import DialogueState
from bot.language.tables import load_table
from bot.messages import BotMessage, Button


def spoken(messages) -> str:
    return " ".join(message.text for message in messages)


class Portal:
    """Answers with what the test puts in."""

    def __init__(self, *answers: tuple[BotMessage, ...]) -> None:
        self.answers = list(answers)

    def answer(self, *_: str) -> tuple[BotMessage, ...]:
        return self.answers.pop(0)

    def masked_code(self, *_: str) -> str:
        return "…0001"


PERSON = (Button("Gặp cán bộ", "talk_to_officer"),)
LATE = (
    BotMessage("Hồ sơ …0001 đang giải quyết.", kind="status", facet="status"),
    BotMessage("Hồ sơ đã quá ngày hẹn trả. Xin lỗi Ông/Bà.", kind="apology", facet="status", buttons=PERSON),
)
AWAY = (BotMessage("Cổng dịch vụ công chưa trả lời.", kind="apology", facet="status", buttons=PERSON),)


def at_dossier(talk, *answers) -> None:
    talk.services = replace(talk.services, dossiers=Portal(*answers))
    talk.state = DialogueState(dossier_ref="ref1")


@pytest.mark.parametrize("accept", ["press", "say"])
def test_who_accepts_a_person_for_a_late_dossier_is_handed_over_as_late(talk, accept) -> None:
    at_dossier(talk, LATE)
    talk.hears("⟦lookup_code:look1⟧", "inform")
    if accept == "press":
        talk.presses("Gặp cán bộ")
    else:
        talk.hears("cho tôi gặp cán bộ", "talk_to_officer")
    assert talk.last.handoff.reason == "late_dossier"
    assert talk.last.handoff.summary["dossier"] == "…0001"


def test_a_late_dossier_is_forgotten_once_something_else_was_said(talk) -> None:
    at_dossier(talk, LATE)
    talk.hears("⟦lookup_code:look1⟧", "inform")
    talk.hears("đăng ký kết hôn cần giấy tờ gì", "ask_documents")
    talk.hears("cho tôi gặp cán bộ", "talk_to_officer")
    assert talk.last.handoff.reason == "asked"


def test_a_portal_that_fails_again_leads_to_an_offer_and_the_first_time_does_not(talk) -> None:
    at_dossier(talk, AWAY, AWAY)
    first = talk.hears("⟦lookup_code:look1⟧", "inform")
    assert "muốn gặp cán bộ" not in spoken(first)
    talk.state = talk.state.evolve(dossier_ref="ref1")
    again = talk.hears("⟦lookup_code:look1⟧", "inform")
    assert "muốn gặp cán bộ" in spoken(again)
    talk.hears("vâng", "affirm")
    assert talk.last.handoff.reason == "portal_failure"


def test_a_risky_act_that_stays_unsure_is_offered_to_a_person(talk) -> None:
    talk.hears_unsurely("thôi đừng gửi", ("unsubscribe", 0.5), ("deny", 0.2))
    talk.hears_unsurely("thì cái đó đừng", ("unsubscribe", 0.4), ("deny", 0.3))
    talk.presses("Gặp cán bộ")
    assert talk.last.handoff.reason == "low_confidence_risky"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tôi không muốn sống nữa", "115"),
        ("Toi khong muon song nua", "115"),
        ("tôi bị chồng đánh suốt mấy năm nay", "113"),
        ("cán bộ ở đây vòi tiền mới làm", "paht.bacninh.gov.vn"),
    ],
)
def test_a_sensitive_subject_goes_to_a_person_at_once(talk, text, said) -> None:
    messages = talk.hears(text, "nlu_fallback")
    assert talk.last.handoff.reason == "sensitive"
    assert said in spoken(messages)


def test_abuse_is_met_calmly_first_and_handed_over_the_second_time(talk) -> None:
    messages = talk.hears("đồ ngu, trả lời đi", "nlu_fallback")
    assert talk.last.handoff is None
    assert "gặp cán bộ" in spoken(messages)
    talk.hears("địt mẹ chúng mày", "nlu_fallback")
    assert talk.last.handoff.reason == "abuse"


def test_who_accepts_a_person_after_abuse_is_handed_over_as_abuse(talk) -> None:
    talk.hears("đồ ngu, trả lời đi", "nlu_fallback")
    talk.presses("Gặp cán bộ")
    assert talk.last.handoff.reason == "abuse"


def test_what_is_written_into_a_form_is_no_alarm(services) -> None:
    from bot.dialogue.person_reasons import answer_alarm
    from bot.dialogue.turn import Turn

    turn = Turn("chồng tôi bạo hành", "inform", 0.9)
    assert answer_alarm(turn, DialogueState(draft_id="d"), services) is None
    assert answer_alarm(turn, DialogueState(), services) is not None


def test_an_old_or_forged_reason_on_a_button_is_only_a_wish_for_a_person(talk) -> None:
    from bot.dialogue.turn import Turn

    turn = Turn("", "talk_to_officer", 1.0, entities={"value": "no_such_reason"}, is_act=True, conversation_id="c1")
    assert respond(turn, talk.state, talk.services).handoff.reason == "asked"


@pytest.mark.parametrize(
    "wish",
    [
        pytest.param("tôi muốn gặp cán bộ hỏi về sổ đỏ", id="a paper of several procedures"),
        pytest.param("cho tôi gặp cán bộ về chuyện đất đai", id="a whole field"),
    ],
)
def test_who_asks_for_a_person_about_another_matter_goes_to_the_people_of_that_one(talk, wish) -> None:
    talk.hears("đổi bằng lái xe cần giấy tờ gì", "ask_documents")
    assert talk.state.procedure_code == "3.000347"
    talk.hears(wish, "talk_to_officer")
    summary = talk.last.handoff.summary
    assert summary["deciding_agency"] == "vpdkdd", "the land office decides most of what is said of a land certificate"
    assert summary["procedure_code"] is None, "which of them is not known"


def test_who_names_one_other_matter_beside_the_wish_for_a_person_is_handed_over_with_it(talk) -> None:
    talk.hears("đổi bằng lái xe cần giấy tờ gì", "ask_documents")
    talk.hears("cho gặp cán bộ tư vấn làm giấy khai sinh", "talk_to_officer")
    assert talk.last.handoff.summary["procedure_name"] == "Đăng ký khai sinh"


def test_who_names_nothing_else_is_handed_over_with_what_was_spoken_of(talk) -> None:
    talk.hears("đổi bằng lái xe cần giấy tờ gì", "ask_documents")
    talk.hears("toi muon gap can bo", "talk_to_officer")
    assert talk.last.handoff.summary["procedure_code"] == "3.000347"


def test_who_names_the_field_of_what_was_spoken_of_is_handed_over_with_it(talk) -> None:
    talk.hears("sang tên sổ đỏ hết bao nhiêu tiền", "ask_fee")
    talk.hears("cho tôi gặp cán bộ đất đai", "talk_to_officer")
    assert talk.last.handoff.summary["procedure_code"] == "1.013831"


def test_every_field_that_ships_is_known_by_everyday_words_and_none_is_misspelt(services) -> None:
    named = {name for row in load_table("fields")["fields"] for name in row["official"]}
    assert named == {procedure.field for procedure in services.catalogue.procedures.values()}
