"""Who is asked whether a talk was good, when, and what a press leaves."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.conversations.deletion import TABLES
from bot.messages import BotMessage, Button
from bot.rights.consent import record_consent
from bot.storage.database import Database, writing
from bot.storage.eform_models import EFormDraft
from bot.storage.models import ButtonToken, Conversation, Handoff, Inbound, Outbound
from bot.storage.officer_models import Rating
from bot.storage.survey_models import ConversationRating
from bot.surveys.talk_ratings import (
    TalkRatingRules,
    ask_when_idle,
    idle_talks,
    pressed,
    record_talk_rating,
    talk_rating_answer,
)
from tests.moving_clock import MovingClock

RULES = TalkRatingRules()


def talk(database: Database, now: datetime, name: str = "c1", *, channel: str = "zalo", answer: BotMessage | None = None) -> None:
    """A citizen asked something 12 minutes ago and got an answer."""
    at = now - timedelta(minutes=12)
    with writing(database.sessions) as session:
        session.add(
            Conversation(
                id=name,
                channel=channel,
                account="oa",
                external_id=name,
                opened_at=at,
                last_inbound_at=at,
                acted_at=at,
                last_seq=2,
            )
        )
        session.flush()
        asked = Inbound(
            conversation_id=name, channel=channel, account="oa", event_id=f"e-{name}", seq=1, received_at=at, text="phí?",
            nlu={"intent": "ask_fee"}, outcome="answered", finished_at=at,
        )  # fmt: skip
        session.add(asked)
        session.flush()
        message = answer or BotMessage("Miễn phí.", procedure_code="1.001193")
        session.add(
            Outbound(
                conversation_id=name, inbound_id=asked.id, seq=2, author="bot", message=message.to_json(), state="sent",
                idempotency_key=f"k-{name}", created_at=at, sent_at=at,
            )
        )  # fmt: skip


def ask(database: Database, now: datetime, rules: TalkRatingRules = RULES) -> bool:
    with writing(database.sessions) as session:
        return any([ask_when_idle(session, one, rules, now) for one in idle_talks(session, rules, now)])  # noqa: C419


def ratings(database: Database) -> list[ConversationRating]:
    with database.sessions() as session:
        return list(session.scalars(select(ConversationRating).order_by(ConversationRating.id)))


def buttons(database: Database) -> dict[str, str]:
    with database.sessions() as session:
        return {row.title: row.act["entities"]["value"] for row in session.scalars(select(ButtonToken))}


def press(database: Database, value: str, name: str = "c1") -> None:
    with writing(database.sessions) as session:
        record_talk_rating(session, session.get_one(Conversation, name), value, datetime.now().astimezone())


def test_after_ten_silent_minutes_it_is_asked_once_with_what_the_talk_was_about(database: Database, clock: MovingClock) -> None:
    talk(database, clock())
    assert not ask(database, clock() - timedelta(minutes=3))
    assert ask(database, clock())
    assert not ask(database, clock() + timedelta(minutes=5))
    [one] = ratings(database)
    assert (one.intent, one.procedure_code, one.channel, one.occasion) == ("ask_fee", "1.001193", "zalo", "idle")
    assert list(buttons(database)) == ["👍 Có", "👎 Chưa"]


def test_one_press_for_good_two_for_poor_and_the_last_one_counts(database: Database, clock: MovingClock) -> None:
    talk(database, clock())
    ask(database, clock())
    good, poor = buttons(database).values()
    press(database, good)
    assert (ratings(database)[0].score, ratings(database)[0].reason) == ("good", None)
    press(database, poor)
    why = talk_rating_answer(poor)
    assert [one.title for one in why.buttons] == [
        "Không hiểu câu hỏi", "Trả lời sai, thiếu", "Dài, khó đọc", "Muốn gặp cán bộ", "Lý do khác",
    ]  # fmt: skip
    press(database, why.buttons[1].entities["value"])
    assert (ratings(database)[0].score, ratings(database)[0].reason) == ("poor", "wrong")
    thanks = talk_rating_answer(why.buttons[1].entities["value"])
    assert [one.intent for one in thanks.buttons] == ["talk_to_officer"]
    assert not talk_rating_answer(good).buttons


def test_buttons_fit_every_platform(database: Database, clock: MovingClock) -> None:
    talk(database, clock())
    ask(database, clock())
    poor = buttons(database)["👎 Chưa"]
    titles = [*buttons(database), *(one.title for one in talk_rating_answer(poor).buttons)]
    assert max(map(len, titles)) <= 20


@pytest.mark.parametrize("value", ["", "x", "1:", "1:great", ":good", "9" * 40 + ":good", "1:good:x", "-1:good", "１:good"])
def test_what_is_no_button_of_ours_changes_nothing(database: Database, clock: MovingClock, value: str) -> None:
    talk(database, clock())
    ask(database, clock())
    press(database, value)
    assert ratings(database)[0].score is None
    assert pressed(value) is None
    assert talk_rating_answer(value).text


def test_a_button_of_another_conversation_changes_nothing(database: Database, clock: MovingClock) -> None:
    talk(database, clock())
    ask(database, clock())
    good = buttons(database)["👍 Có"]
    clock.move(minutes=1)
    talk(database, clock(), "c2")
    ask(database, clock())
    press(database, good, "c2")
    assert [one.score for one in ratings(database)] == [None, None]


def add(row: Any) -> Any:
    return lambda session, _now: session.add(row)


def officer_rating(session: Any, now: datetime) -> None:
    handoff = Handoff(
        conversation_id="c1",
        reason="asked",
        summary={},
        state="closed",
        opened_at=now - timedelta(days=2),
        ended_at=now - timedelta(days=2),
    )
    session.add(handoff)
    session.flush()
    session.add(Rating(handoff_id=handoff.id, conversation_id="c1", asked_at=now - timedelta(days=2)))


def change_talk(**values: Any) -> Any:
    def change(session: Any, _now: datetime) -> None:
        for name, value in values.items():
            setattr(session.get_one(Conversation, "c1"), name, value)

    return change


def last_line(author: str, message: BotMessage) -> Any:
    def write(session: Any, now: datetime) -> None:
        session.add(
            Outbound(
                conversation_id="c1", seq=3, author=author, message=message.to_json(), state="sent", idempotency_key="last",
                created_at=now,
            )
        )  # fmt: skip

    return write


def in_a_form(session: Any, now: datetime) -> None:
    session.add(
        EFormDraft(
            id="d", conversation_id="c1", procedure_code="1.001193", stage="filling", revision=0, content=b"x",
            opened_at=now, touched_at=now - timedelta(hours=1), expires_at=now + timedelta(days=30),
        )
    )  # fmt: skip


def new_message(session: Any, now: datetime) -> None:
    session.add(
        Inbound(
            conversation_id="c1",
            channel="zalo",
            account="oa",
            event_id="new",
            seq=3,
            text="và",
            received_at=now - timedelta(minutes=11),
        )
    )


@pytest.mark.parametrize(
    "circumstance",
    [
        officer_rating,
        in_a_form,
        new_message,
        lambda session, now: record_consent(session, "c1", "survey", False, "button", now),
        lambda session, now: session.add(
            Handoff(conversation_id="c1", reason="asked", summary={}, state="waiting", opened_at=now)
        ),
        change_talk(speaker="officer"),
        change_talk(speaker="waiting"),
        change_talk(speaker="closed"),
        change_talk(speaker="something-new"),
        change_talk(expects="lookup_code"),
        change_talk(unavailable_reason="blocked"),
        last_line("bot", BotMessage("Trường hợp nào?", kind="question", buttons=(Button("A", "x"),))),
        last_line("officer", BotMessage("Chào bạn")),
    ],
)
def test_who_is_not_asked(database: Database, clock: MovingClock, circumstance: Any) -> None:
    talk(database, clock())
    with writing(database.sessions) as session:
        circumstance(session, clock())
    assert not ask(database, clock())
    assert ratings(database) == []


def test_who_only_greeted_or_left_long_ago_or_is_out_of_the_window_is_not_asked(database: Database, clock: MovingClock) -> None:
    talk(database, clock(), answer=BotMessage("Chào Ông/Bà", kind="notice"))
    talk(database, clock(), "c3")
    with writing(database.sessions) as session:
        session.scalars(select(Inbound).where(Inbound.conversation_id == "c3")).one().nlu = {"intent": "greet"}
    assert not ask(database, clock())
    talk(database, clock() - timedelta(minutes=60), "c2")
    assert not ask(database, clock())
    assert not ask(database, clock(), TalkRatingRules(days=0))


def test_after_the_days_it_is_asked_again(database: Database, clock: MovingClock) -> None:
    talk(database, clock())
    assert ask(database, clock())
    clock.move(days=31)
    with writing(database.sessions) as session:
        at = clock() - timedelta(minutes=12)
        session.get_one(Conversation, "c1").acted_at = at
        session.add(
            Inbound(
                conversation_id="c1",
                channel="zalo",
                account="oa",
                event_id="n",
                seq=9,
                text="x",
                received_at=at,
                outcome="answered",
            )
        )
        answer = BotMessage("Đây ạ").to_json()
        session.add(
            Outbound(conversation_id="c1", seq=10, author="bot", message=answer, state="sent", idempotency_key="n", created_at=at)
        )
    assert ask(database, clock())


def test_a_forgotten_talk_leaves_its_score_and_no_tie(database: Database, clock: MovingClock) -> None:
    talk(database, clock())
    ask(database, clock())
    press(database, buttons(database)["👍 Có"])
    clear = TABLES["conversation_rating"].clear
    assert clear is not None
    with writing(database.sessions) as session:
        clear(session, "c1", clock())
    [one] = ratings(database)
    assert (one.conversation_id, one.score) == (None, "good")
