"""The question after thanks and after silence, and the press, as the worker carries them out."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.conversations.speech import Line
from bot.conversations.turns import Claim, Conclusion
from bot.messages import BotMessage, Button
from bot.outreach.quiet_hours import QuietHours
from bot.storage.database import Database, writing
from bot.storage.models import ButtonToken, Conversation, Inbound, Outbound
from bot.storage.survey_models import ConversationRating
from bot.surveys.talk_ratings import TalkRatingRules
from bot.switches import store
from bot.switches.board import Target
from bot.switches.watch import SwitchWatch
from connectors.gateway import turn_rules
from connectors.gateway.engine_answer import EngineAnswer
from connectors.gateway.engine_client import EngineTurn
from connectors.gateway.talk_ratings import FarewellRatings, IdleRatings
from connectors.gateway.worker import Worker
from tests.bot.surveys.test_talk_ratings import talk
from tests.databases import database, database_url
from tests.moving_clock import MovingClock

__all__ = ["database", "database_url"]

RULES = TalkRatingRules()
NEVER_QUIET = QuietHours.parse("")


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock(datetime(2026, 11, 23, 3, 0, tzinfo=UTC))


def claim(text: str | None = "cảm ơn", act: dict[str, object] | None = None) -> Claim:
    return Claim("c1", "w", 1, "bot", 1, "zalo", 1, 3, text, act, 1, False)


def thanked(**more: object) -> Conclusion:
    values: dict[str, object] = {"lines": (Line(BotMessage("Không có gì ạ")),), "nlu": {"intent": "thank"}} | more
    return Conclusion("answered", "bot", **values)  # type: ignore[arg-type]


def test_after_thanks_it_is_asked_in_the_transaction_of_the_answer(database: Database, clock: MovingClock) -> None:
    talk(database, clock())
    conclusion = FarewellRatings(database.sessions, RULES, clock)(claim(), thanked())
    assert [one.title for one in conclusion.lines[-1].message.buttons] == ["👍 Có", "👎 Chưa"]
    assert conclusion.lines[-1].author == "system"
    assert conclusion.also is not None
    with database.sessions() as session:
        assert session.scalars(select(ConversationRating)).all() == []
    with writing(database.sessions) as session:
        conclusion.also(session, session.get_one(Conversation, "c1"), clock() + timedelta(seconds=3))
    with database.sessions() as session:
        one = session.scalars(select(ConversationRating)).one()
        assert one.occasion == "goodbye"
        value = conclusion.lines[-1].message.buttons[0].entities["value"]
        assert value == f"{int(one.asked_at.timestamp())}:good"
    assert FarewellRatings(database.sessions, RULES, clock)(claim(), thanked()) == thanked()


@pytest.mark.parametrize(
    "conclusion",
    [
        thanked(nlu={"intent": "ask_fee"}),
        thanked(nlu=None),
        thanked(lines=()),
        thanked(lines=(Line(BotMessage("Tiếp tục tờ khai?", kind="question", buttons=(Button("Có", "eform"),))),)),
        thanked(expects="lookup_code"),
        Conclusion("failed_and_told", "bot", lines=(Line(BotMessage("Xin lỗi")),), nlu={"intent": "thank"}),
    ],
)
def test_other_turns_stay_as_they_are(database: Database, clock: MovingClock, conclusion: Conclusion) -> None:
    talk(database, clock())
    assert FarewellRatings(database.sessions, RULES, clock)(claim(), conclusion) == conclusion


def test_thanks_without_an_answer_before_are_only_thanks(database: Database, clock: MovingClock) -> None:
    talk(database, clock(), answer=BotMessage("Chào", kind="notice"))
    assert FarewellRatings(database.sessions, RULES, clock)(claim(), thanked()) == thanked()


def test_a_press_is_a_step_of_its_own_also_while_a_person_has_the_talk() -> None:
    act: dict[str, object] = {"intent": "rate_talk", "entities": {"value": "1:good"}}
    assert turn_rules.next_step(claim(None, act)) == "rate_talk"
    with_officer = Claim("c1", "w", 1, "officer", 1, "zalo", 1, 3, None, act, 1, False)
    assert turn_rules.next_step(with_officer) == "rate_talk"


def test_after_silence_it_is_asked_but_not_in_quiet_hours_nor_on_a_channel_that_is_off(
    database: Database, clock: MovingClock
) -> None:
    talk(database, clock())
    night = IdleRatings(database.sessions, RULES, QuietHours.parse("00:00-23:59"), SwitchWatch(database.sessions, clock))
    assert night.go_round(clock()) == 0
    store.switch_off(database.sessions, Target("channel", "zalo"), reason="thử", by="lan", now=clock())
    assert IdleRatings(database.sessions, RULES, NEVER_QUIET, SwitchWatch(database.sessions, clock)).go_round(clock()) == 0
    store.switch_on(database.sessions, Target("channel", "zalo"), reason="thử", by="lan", now=clock())
    day = IdleRatings(database.sessions, RULES, NEVER_QUIET, SwitchWatch(database.sessions, clock))
    assert day.go_round(clock()) == 1
    assert day.go_round(clock()) == 0
    with database.sessions() as session:
        line = session.scalars(select(Outbound).order_by(Outbound.seq.desc()).limit(1)).one()
        assert (line.author, line.message["text"]) == ("system", "Cuộc trò chuyện này có giúp được Ông/Bà không?")
        assert len(session.scalars(select(ButtonToken)).all()) == 2


class Thanked:
    """An engine that answers everything with thanks."""

    def turn(self, turn: EngineTurn) -> EngineAnswer:  # noqa: ARG002 (interface)
        return EngineAnswer((BotMessage("Cảm ơn Ông/Bà."),), None, None, {"intent": "thank"})


def says(database: Database, now: datetime, *, seq: int, text: str | None = None, act: dict[str, object] | None = None) -> None:
    with writing(database.sessions) as session:
        talk_now = session.get_one(Conversation, "c1")
        talk_now.last_seq, talk_now.last_inbound_at, talk_now.acted_at = seq, now, now
        session.add(
            Inbound(
                conversation_id="c1",
                channel="zalo",
                account="oa",
                event_id=f"m{seq}",
                seq=seq,
                text=text,
                act=act,
                received_at=now,
            )
        )


def test_the_worker_asks_after_thanks_and_keeps_the_press(database: Database, clock: MovingClock) -> None:
    talk(database, clock())
    worker = Worker(database.sessions, Thanked(), clock=clock, farewell=FarewellRatings(database.sessions, RULES, clock))
    says(database, clock(), seq=3, text="cảm ơn nhé")
    assert worker.run_once()
    with database.sessions() as session:
        good = session.scalars(select(ButtonToken).where(ButtonToken.title == "👍 Có")).one()
    clock.move(minutes=1)
    says(database, clock(), seq=6, act=good.act)
    assert worker.run_once()
    with database.sessions() as session:
        assert session.scalars(select(ConversationRating)).one().score == "good"
        last = session.scalars(select(Outbound).order_by(Outbound.seq.desc()).limit(1)).one()
        assert last.message["text"] == "Cảm ơn Ông/Bà đã cho biết."
        assert session.scalars(select(Inbound).where(Inbound.seq == 6)).one().outcome == "answered"
