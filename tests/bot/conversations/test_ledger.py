"""Events in, turns claimed and concluded: the ledger without any process around it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.conversations.handoffs import UnknownHandoffError, close_handoff, open_handoffs
from bot.conversations.intake import CitizenEvent, Intake, UnknownButtonError, UnknownConversationError
from bot.conversations.outcomes import beat, forget_expired, last_beat, oldest_unanswered, overdue_inbound
from bot.conversations.plain_turns import TAKE
from bot.conversations.private_values import PrivateValues
from bot.conversations.speech import Line
from bot.conversations.transcript import read_states, read_transcript
from bot.conversations.turns import Claim, Conclusion, claim_next, conclude, put_off
from bot.messages import BotMessage, Button, HandoffRequest
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Inbound, Outbound
from tests.moving_clock import MovingClock

LEASE = timedelta(seconds=30)
GREETING = BotMessage("Kính chào", buttons=(Button("Lệ phí", intent="ask_fee"),))


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def intake(database: Database, clock: MovingClock) -> Intake:
    return Intake(database.sessions, PrivateValues(database.sessions, Fernet.generate_key().decode(), clock), clock)


def event(citizen: str, number: int | str, text: str = "xin chào") -> CitizenEvent:
    return CitizenEvent("webchat", "web", citizen, f"{citizen}:{number}", b"{}", text=text)


def claimed(database: Database, clock: MovingClock, worker: str = "w1") -> Claim:
    claim = claim_next(database.sessions, worker, clock(), LEASE)
    assert claim is not None
    return claim


def answer(text: str = "Trả lời", **more: object) -> Conclusion:
    return replace(Conclusion("answered", "bot", lines=(Line(BotMessage(text)),)), **more)  # type: ignore[arg-type]


def texts(database: Database, conversation: str) -> list[str]:
    with database.sessions() as session:
        return [line.text for line in read_transcript(session, conversation)]


def test_a_batch_is_stored_whole_or_not_at_all(database: Database, intake: Intake) -> None:
    first = intake.accept([event("a", 1, "một"), event("a", 2, "hai"), event("b", 1)])
    assert [one.seq for one in first] == [1, 2, 1]
    bad = CitizenEvent("webchat", "web", "a", "a:4", b"", button="unknown")
    with pytest.raises(UnknownButtonError):
        intake.accept([event("a", 3), bad])
    with database.sessions() as session:
        assert len(session.scalars(select(Inbound.id)).all()) == 3


def test_one_event_delivered_by_many_at_once_is_stored_once(intake: Intake) -> None:
    with ThreadPoolExecutor(8) as threads:
        told = [one for (one,) in threads.map(lambda _n: intake.accept([event("new citizen", 1)]), range(16))]
    assert [one.duplicate for one in told].count(False) == 1
    assert len({(one.conversation_id, one.seq) for one in told}) == 1


def test_a_conversation_that_must_exist_is_not_made(intake: Intake) -> None:
    with pytest.raises(UnknownConversationError):
        intake.accept([event("nobody", 1)], open_missing=False)


def test_a_typed_number_is_the_act_of_the_last_buttons(database: Database, intake: Intake) -> None:
    conversation, _ = intake.open_conversation("webchat", "web", GREETING)
    intake.accept([event(conversation, 1, "1"), event(conversation, 2, "le phi"), event(conversation, 3, "9")])
    with database.sessions() as session:
        rows = session.scalars(select(Inbound).order_by(Inbound.seq)).all()
    assert [row.act for row in rows] == [{"intent": "ask_fee", "entities": {}}] * 2 + [None]
    assert [row.text for row in rows] == ["1", "le phi", "9"]


def test_after_four_hours_of_silence_a_new_engine_session_begins(database: Database, intake: Intake, clock: MovingClock) -> None:
    conversation, _ = intake.open_conversation("webchat", "web", GREETING)
    sessions = []
    for number, minutes in enumerate((0, 240, 241)):
        clock.move(minutes=minutes)
        intake.accept([event(conversation, number, "1")])
        claim = claimed(database, clock)
        sessions.append((claim.engine_conversation, claim.act is not None))
        conclude(database.sessions, claim, answer(), clock())
    assert sessions == [(f"{conversation}.1", True), (f"{conversation}.1", True), (f"{conversation}.2", False)]


def test_what_the_bot_expects_decides_what_is_private(database: Database, intake: Intake, clock: MovingClock) -> None:
    intake.accept([event("a", 1, "mã của tôi K7P2")])
    conclude(database.sessions, claimed(database, clock), answer(expects="lookup_code"), clock())
    intake.accept([event("a", 2, "mã của tôi K7P2")])
    conversation = claimed(database, clock).conversation_id
    assert texts(database, conversation)[0] == "mã của tôi K7P2"
    assert "K7P2" not in texts(database, conversation)[2]


def test_one_worker_at_a_time_and_events_in_order(database: Database, intake: Intake, clock: MovingClock) -> None:
    intake.accept([event("a", 1, "một"), event("a", 2, "hai")])
    first = claimed(database, clock)
    assert (first.text, first.attempt) == ("một", 1)
    assert claim_next(database.sessions, "w2", clock(), LEASE) is None
    assert conclude(database.sessions, first, answer("T1"), clock()) == "written"
    second = claimed(database, clock, "w2")
    assert second.text == "hai"
    assert second.fence > first.fence


def test_fifty_workers_claim_and_one_wins(database: Database, intake: Intake, clock: MovingClock) -> None:
    intake.accept([event("a", 1)])
    with ThreadPoolExecutor(8) as threads:
        claims = list(threads.map(lambda n: claim_next(database.sessions, f"w{n}", clock(), LEASE), range(50)))
    assert len([claim for claim in claims if claim]) == 1


def test_a_worker_that_lost_its_lease_writes_nothing(database: Database, intake: Intake, clock: MovingClock) -> None:
    intake.accept([event("a", 1)])
    slow = claimed(database, clock, "slow")
    clock.move(seconds=30)
    quick = claimed(database, clock, "quick")
    assert quick.attempt == 2
    assert conclude(database.sessions, slow, answer("muộn"), clock()) == "lost"
    assert put_off(database.sessions, slow, clock()) is False
    assert conclude(database.sessions, quick, answer("kịp"), clock()) == "written"
    assert conclude(database.sessions, quick, answer("lần hai"), clock()) == "lost"
    assert texts(database, quick.conversation_id) == ["xin chào", "kịp"]


def test_a_worker_whose_lease_ran_out_unnoticed_may_still_write(database: Database, intake: Intake, clock: MovingClock) -> None:
    intake.accept([event("a", 1)])
    claim = claimed(database, clock)
    clock.move(minutes=5)
    assert conclude(database.sessions, claim, answer(), clock()) == "written"


def test_an_event_put_off_holds_back_those_behind_it(database: Database, intake: Intake, clock: MovingClock) -> None:
    intake.accept([event("a", 1, "một"), event("a", 2, "hai"), event("b", 1, "người khác")])
    assert put_off(database.sessions, claimed(database, clock), clock() + timedelta(seconds=5))
    assert claimed(database, clock).text == "người khác"
    assert claim_next(database.sessions, "w", clock(), LEASE) is None
    clock.move(seconds=5)
    assert (again := claimed(database, clock)).text == "một"
    assert again.attempt == 2


def test_a_handoff_changes_the_speaker_and_is_listed(database: Database, intake: Intake, clock: MovingClock) -> None:
    intake.accept([event("a", 1)])
    claim = claimed(database, clock)
    request = HandoffRequest("complaint", {"misses": 1})
    conclude(database.sessions, claim, replace(answer(), outcome="handed_over", handoff=request), clock())
    with database.sessions() as session:
        (waiting,) = open_handoffs(session)
        state = read_states(session, [claim.conversation_id])[claim.conversation_id]
    assert (waiting.reason, waiting.summary, waiting.opened_at) == ("complaint", {"misses": 1}, clock())
    assert (state.speaker, state.busy, state.last_seq) == ("waiting", False, 2)
    close_handoff(database.sessions, waiting.id, "returned_to_bot", now=clock())
    with database.sessions() as session:
        assert open_handoffs(session) == []
        assert session.get_one(Conversation, claim.conversation_id).speaker == "bot"
    for unknown in (waiting.id, 999):
        with pytest.raises(UnknownHandoffError):
            close_handoff(database.sessions, unknown)


def test_a_conversation_closed_during_a_turn_is_opened_again_by_the_same_event(
    database: Database, intake: Intake, clock: MovingClock
) -> None:
    intake.accept([event("a", 1)])
    claim = claimed(database, clock)
    with writing(database.sessions) as session:
        session.get_one(Conversation, claim.conversation_id).speaker = "closed"
    assert conclude(database.sessions, claim, answer("trước khi đóng"), clock()) == "left_for_later"
    again = claimed(database, clock)
    assert (again.speaker, again.rasa_session) == ("bot", 2)
    assert conclude(database.sessions, again, answer("sau khi mở"), clock()) == "written"
    assert texts(database, claim.conversation_id) == ["xin chào", "sau khi mở"]


def test_a_dropped_line_leaves_no_gap_in_the_numbers(database: Database, intake: Intake, clock: MovingClock) -> None:
    intake.accept([event("a", 1)])
    claim = claimed(database, clock)
    with writing(database.sessions) as session:
        session.get_one(Conversation, claim.conversation_id).speaker = "officer"
    assert conclude(database.sessions, claim, answer(), clock()) == "dropped"
    (next_one,) = intake.accept([event("a", 2)])
    assert next_one.seq == 2
    with database.sessions() as session:
        assert session.scalars(select(Outbound.state)).all() == ["dropped"]


def test_a_channel_with_a_sender_gets_pending_rows(database: Database, intake: Intake, clock: MovingClock) -> None:
    intake.accept([replace(event("a", 1), channel="zalo")])
    conclude(database.sessions, claimed(database, clock), answer(), clock())
    with database.sessions() as session:
        row = session.scalars(select(Outbound)).one()
    assert (row.state, row.sent_at) == ("pending", None)


def test_overdue_events_are_listed_and_old_bodies_forgotten(database: Database, intake: Intake, clock: MovingClock) -> None:
    intake.accept([event("a", 1)])
    received = clock()
    clock.move(seconds=90)
    with database.sessions() as session:
        (late,) = overdue_inbound(session, timedelta(seconds=60), clock())
        assert overdue_inbound(session, timedelta(seconds=91), clock()) == []
        assert (late.seq, late.received_at, oldest_unanswered(session)) == (1, received, received)
    conclude(database.sessions, claimed(database, clock), answer(), clock())
    with database.sessions() as session:
        assert overdue_inbound(session, timedelta(0), clock()) == []
        assert oldest_unanswered(session) is None
        assert session.scalars(select(Inbound.raw)).one() is not None
    clock.move(hours=24)
    beat(database.sessions, "w1", "worker", clock())
    assert forget_expired(database.sessions, clock()) == 1
    with database.sessions() as session:
        assert session.scalars(select(Inbound.raw)).one() is None
        assert last_beat(session, "worker") == clock()


def test_a_transcript_is_read_in_pieces_without_loss(database: Database, intake: Intake, clock: MovingClock) -> None:
    for number in range(7):
        intake.accept([event("a", number, f"câu {number} đây")])
        claim = claimed(database, clock)
        conclude(database.sessions, claim, answer(f"đáp {number} đây"), clock())
    seen: list[int] = []
    with database.sessions() as session:
        while lines := read_transcript(session, claim.conversation_id, seen[-1] if seen else 0, limit=3):
            seen += [line.seq for line in lines]
    assert seen == list(range(1, 15))


def test_a_claim_looks_at_the_first_message_alone_however_many_wait(database: Database, clock: MovingClock) -> None:
    if database.engine.dialect.name != "postgresql":
        pytest.skip("the plan is PostgreSQL's")
    with database.engine.begin() as connection:
        connection.exec_driver_sql(_MANY_CONVERSATIONS)
        connection.exec_driver_sql(_MANY_MESSAGES)
    with database.engine.connect() as connection:
        values = {"worker": "w", "now": clock(), "until": clock()}
        plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {TAKE}", values).scalar_one()
    scanned = [node["Actual Rows"] for node in nodes(plan[0]["Plan"]) if node.get("Relation Name") == "inbound"]
    assert scanned == [1]


_MANY_CONVERSATIONS = """
INSERT INTO conversation (id, channel, account, external_id, speaker, fence, last_seq, rasa_session, opened_at, send_fence)
SELECT 'c' || n, 'zalo', 'a', 'e' || n, 'bot', 0, 4, 1, '2020-01-01', 0 FROM generate_series(1, 500) AS n
"""
_MANY_MESSAGES = """
INSERT INTO inbound (conversation_id, channel, account, event_id, seq, text, received_at, order_at, due_at, attempts)
SELECT 'c' || (1 + mod(n, 500)), 'zalo', 'a', 'm' || n, n, 'a', '2020-01-01', '2020-01-01', '2020-01-01', 0
FROM generate_series(1, 2000) AS n
"""


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's nodes, from its root."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)
