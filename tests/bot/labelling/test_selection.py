"""Which messages of the ledger are looked at, and why; nothing private, nothing twice."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.conversations.deletion import forget_citizen
from bot.conversations.speech import Line
from bot.conversations.turns import Conclusion
from bot.labelling.selection import selection_round
from bot.messages import BotMessage, Button
from bot.review.judgements import judge
from bot.storage.database import writing
from bot.storage.labelling_models import LabelItem, LabelReason
from bot.storage.models import Conversation, Inbound, Outbound
from bot.storage.officer_models import Rating
from tests.bot.officers.office import Office
from tests.bot.review.talks import talk

ASKS_WHICH = BotMessage("Ông/Bà hỏi thủ tục nào?", "question", buttons=(Button("Khai sinh", "choose_procedure"),))
ASKS_NAME = BotMessage("(1/9) Họ và tên của Ông/Bà?", "question")


def said(office: Office, text: str, answer: BotMessage = ASKS_WHICH, conversation: str | None = None, **nlu: object) -> str:
    """A citizen's message, how it was understood and what was answered."""
    office.clock.move(minutes=1)
    conversation = conversation or office.citizen()
    office.writes(conversation, text)
    understood = {"intent": "ask_fee", "confidence": 0.95, "clauses": []} | nlu
    office.turn(Conclusion("answered", "bot", lines=(Line(answer),), nlu=understood))
    return conversation


def chosen(office: Office) -> dict[str, set[str]]:
    """The texts that are looked at, each with its reasons, after a round a while later."""
    while selection_round(office.sessions, office.clock() + timedelta(minutes=16)):
        pass
    with office.sessions() as session:
        rows = session.execute(select(LabelItem.text, LabelReason.reason).join(LabelReason))
        found: dict[str, set[str]] = {}
        for text, reason in rows:
            found.setdefault(text, set()).add(reason)
    return found


def test_a_message_is_looked_at_for_each_of_its_reasons(office: Office) -> None:
    plain = BotMessage("Lệ phí 8.000 đồng.", procedure_code="1.001193")
    said(office, "rõ ràng", plain)
    said(office, "hơi mờ", plain, confidence=0.5)
    said(office, "mệnh đề mờ", plain, clauses=[{"text": "x", "intent": "ask_fee", "confidence": 0.4}])
    said(office, "không hiểu", BotMessage("Tôi chưa rõ", "question", buttons=(Button("Gặp cán bộ", "talk_to_officer"),)),
         intent="nlu_fallback", confidence=0.1)  # fmt: skip
    said(office, "hỏi lại", ASKS_WHICH, ranking=[["ask_fee", 0.9], ["ask_form", 0.05]])
    assert chosen(office) == {
        "hơi mờ": {"low_confidence"},
        "mệnh đề mờ": {"low_confidence"},
        "không hiểu": {"fallback", "asked_back"},
        "hỏi lại": {"asked_back"},
    }
    with office.sessions() as session:
        item = session.scalars(select(LabelItem).where(LabelItem.text == "hơi mờ")).one()
        assert (item.procedure_code, item.intent, item.confidence) == ("1.001193", "ask_fee", 0.5)
        ranked = session.scalars(select(LabelItem.ranking).where(LabelItem.text == "hỏi lại")).one()
        assert ranked == [["ask_fee", 0.9], ["ask_form", 0.05]]
    assert chosen(office) == chosen(office), "a further round adds nothing"


def test_numbers_presses_and_answers_to_a_form_are_no_matter_for_trainers(office: Office) -> None:
    said(office, "số em 0912345678 ạ, tra giúp", confidence=0.4)
    said(office, "0912345678", confidence=0.4)
    conversation = said(office, "nộp khai sinh", ASKS_NAME)
    said(office, "Hoàng Bí Mật", ASKS_NAME, conversation, confidence=0.2)
    assert chosen(office) == {"số em ⟦phone:x1⟧ ạ, tra giúp": {"asked_back", "low_confidence"}}


def test_a_message_is_left_for_now_while_it_is_young_or_its_turn_is_open(office: Office) -> None:
    said(office, "câu thứ nhất", confidence=0.5)
    office.writes(office.citizen(), "chưa trả lời")
    said_later = office.clock() + timedelta(minutes=5)
    assert selection_round(office.sessions, said_later) == 0
    assert set(chosen(office)) == {"câu thứ nhất"}
    office.turn(Conclusion("answered", "bot", lines=(Line(ASKS_WHICH),), nlu={"intent": "nlu_fallback", "confidence": 0.1}))
    assert set(chosen(office)) == {"câu thứ nhất", "chưa trả lời"}


def test_an_answer_judged_wrong_and_a_poor_rating_bring_their_messages_later(office: Office) -> None:
    conversation = talk(office, "câu tưởng đã hiểu", "trả lời sai")
    handed = office.citizen()
    handoff = office.asks_for_person(handed)
    assert chosen(office) == {}
    with writing(office.sessions) as session:
        answer = session.scalars(select(Outbound).where(Outbound.conversation_id == conversation)).all()[-1]
        judge(session, conversation, answer.id, "lan", "Lan", "wrong", office.clock(), fault="misunderstood")
        session.add(
            Rating(handoff_id=handoff, conversation_id=handed, asked_at=office.clock(), score="poor", rated_at=office.clock())
        )
    assert chosen(office) == {"câu tưởng đã hiểu": {"judged_wrong"}, "cho gặp cán bộ": {"rated_poor"}}


def test_a_forgotten_citizen_is_not_taken_in_and_what_is_older_than_eight_weeks_neither(office: Office) -> None:
    said(office, "quá cũ", confidence=0.5)
    office.clock.move(days=60)
    conversation = said(office, "đã quên", confidence=0.5)
    said(office, "còn đó", confidence=0.5)
    with writing(office.sessions) as session:
        forget_citizen(session, session.get_one(Conversation, conversation), office.clock())
    assert set(chosen(office)) == {"còn đó"}


@pytest.mark.parametrize("most", [1, 1000], ids=["one at a time", "all at once"])
def test_a_round_cut_into_pieces_finds_the_same(office: Office, most: int) -> None:
    for number in range(3):
        said(office, f"câu {'abc'[number]}", confidence=0.5)
    while selection_round(office.sessions, office.clock() + timedelta(minutes=16), most):
        pass
    with office.sessions() as session:
        assert len(session.scalars(select(LabelItem.id)).all()) == 3
        assert len(session.scalars(select(Inbound.id)).all()) == 3
