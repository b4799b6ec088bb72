"""Judging answers: one judgement that counts per colleague and answer, the history kept, and what trainers get."""

import threading

import pytest
from sqlalchemy import select

from bot.conversations.speech import Line, write_lines
from bot.messages import BotMessage
from bot.review.judgements import JudgementRefusedError, judge, judged_wrong, judgements_of, take_back
from bot.storage.database import writing
from bot.storage.models import Conversation, Outbound
from tests.bot.officers.office import Office
from tests.bot.review.talks import talk


def answers(office: Office, conversation: str) -> list[int]:
    with office.sessions() as session:
        rows = select(Outbound.id).where(Outbound.conversation_id == conversation, Outbound.author == "bot")
        return list(session.scalars(rows.order_by(Outbound.id)))


def judged(office: Office, conversation: str, outbound: int, verdict: str, account: str = "lan", **more) -> int:
    with writing(office.sessions) as session:
        return judge(session, conversation, outbound, account, account.title(), verdict, office.clock(), **more).id  # type: ignore[arg-type]


def test_a_colleague_changes_their_mind_and_the_first_judgement_is_kept(office: Office) -> None:
    conversation = talk(office, "phí?")
    answer = answers(office, conversation)[-1]
    judged(office, conversation, answer, "wrong", fault="outdated", note="Phí đã đổi", right_answer="Miễn phí")
    office.clock.move(minutes=1)
    judged(office, conversation, answer, "right")
    judged(office, conversation, answer, "wrong", account="hoa", fault="unclear")
    with office.sessions() as session:
        now = judgements_of(session, conversation)[answer]
        assert [(one.account, one.verdict, one.fault) for one in now] == [("lan", "right", None), ("hoa", "wrong", "unclear")]
        first, *_ = judgements_of(session, conversation, history=True)[answer]
        assert (first.verdict, first.note, first.right_answer) == ("wrong", "Phí đã đổi", "Miễn phí")
        assert first.replaced_at == office.clock()
    with writing(office.sessions) as session:
        assert take_back(session, conversation, answer, "hoa", office.clock())
        assert not take_back(session, conversation, answer, "hoa", office.clock())
    with office.sessions() as session:
        assert judged_wrong(session) == []


def test_trainers_get_the_question_the_answer_and_what_is_wrong_with_masked_numbers(office: Office) -> None:
    conversation = talk(office, "số tôi 024099001234, phí khai sinh?", "Phí 5.000 đồng", confidence=0.4, procedure="1.001193")
    judged(
        office,
        conversation,
        answers(office, conversation)[-1],
        "wrong",
        fault="wrong_facts",
        note="gọi 0912345678",
        right_answer="Miễn",
    )
    other = talk(office, "khác", procedure="1.000656")
    office.clock.move(hours=1)
    second = judged(office, other, answers(office, other)[-1], "wrong", fault="outdated")
    with office.sessions() as session:
        one, two = judged_wrong(session)
        assert (one.answer, one.intent, one.confidence, one.procedure_code) == ("Phí 5.000 đồng", "ask_fee", 0.4, "1.001193")
        assert "phí khai sinh" in one.question
        assert one.judgement.right_answer == "Miễn"
        assert "024099001234" not in str(one)
        assert "0912345678" not in str(one)
        assert [w.judgement_id for w in judged_wrong(session, after_id=one.judgement_id)] == [two.judgement_id] == [second]
        assert judged_wrong(session, since=office.clock()) == [two]
        assert judged_wrong(session, faults=["outdated"]) == [two]
        assert judged_wrong(session, procedure_code="1.001193", limit=5) == [one]


def test_only_the_bots_own_answers_of_this_conversation_are_judged(office: Office) -> None:
    conversation, other = talk(office, "a"), talk(office, "b")
    with writing(office.sessions) as session:
        row = session.get_one(Conversation, conversation)
        (officers,) = write_lines(session, row, [Line(BotMessage("x"), "officer", "lan", "Lan")], key="o", now=office.clock())
    answer = answers(office, conversation)[-1]
    for place, outbound in ((conversation, officers.id), (other, answer), (conversation, 10**9), ("nowhere", answer)):
        with pytest.raises(JudgementRefusedError, match="no_answer"):
            judged(office, place, outbound, "right")
    with pytest.raises(JudgementRefusedError, match="fault_missing"):
        judged(office, conversation, answer, "wrong")


def test_two_posts_at_once_leave_one_judgement_that_counts(office: Office) -> None:
    conversation = talk(office, "a")
    answer = answers(office, conversation)[-1]
    posts = [threading.Thread(target=judged, args=(office, conversation, answer, "right")) for _ in range(6)]
    for post in posts:
        post.start()
    for post in posts:
        post.join()
    with office.sessions() as session:
        assert len(judgements_of(session, conversation)[answer]) == 1
        assert len(judgements_of(session, conversation, history=True)[answer]) == 6
