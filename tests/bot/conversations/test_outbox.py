"""What was said reaches the platform in order, each part called once, and nothing is said that may not be said any more."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.conversations.outbox import Outbox
from bot.conversations.platform_parts import MessageToRender, PartEnd, PartToSend, PlatformCall
from bot.conversations.rate_slots import RatePace
from bot.conversations.speech import Line, write_lines
from bot.messages import BotMessage
from bot.storage.channel_models import ChannelAccount, Delivery
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Outbound
from tests.moving_clock import MovingClock

FAST = RatePace(1000.0, 1000)


def render(wanted: MessageToRender) -> Sequence[PlatformCall]:
    """Each line of the text is a part."""
    return [PlatformCall("send", {"text": line, "mode": wanted.mode}, line) for line in wanted.message.text.splitlines()]


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database.sessions, render, {"zalo": FAST, "facebook": FAST}, "s1")


def talk(
    database: Database, clock: MovingClock, *texts: str, citizen: str = "u1", channel: str = "zalo", author: str = "bot"
) -> str:
    """A citizen who acted just now, and what is said to them."""
    with writing(database.sessions) as session:
        one = session.get(Conversation, citizen)
        if one is None:
            one = Conversation(
                id=citizen, channel=channel, account="oa", external_id=citizen, opened_at=clock(), acted_at=clock()
            )
            session.add(one)
            session.flush()
        lines = [Line(BotMessage(text), author) for text in texts]  # type: ignore[arg-type]
        write_lines(session, one, lines, key=f"{citizen}:{one.last_seq}", now=clock())
    return citizen


def send_all(outbox: Outbox, clock: MovingClock) -> list[str]:
    """Sends whatever is due now; the texts in the order of the calls."""
    said = []
    while (part := outbox.next_part(clock())) is not None:
        said.append(str(part.call.body["text"]))
        outbox.end_part(part, PartEnd("sent", message_id=f"p{part.delivery_id}"), clock())
    return said


def next_part(outbox: Outbox, clock: MovingClock) -> PartToSend:
    part = outbox.next_part(clock())
    assert part is not None
    return part


def states(database: Database) -> list[tuple[str, str | None]]:
    with database.sessions() as session:
        return [(row.state, row.detail) for row in session.scalars(select(Outbound).order_by(Outbound.id))]


def change(database: Database, citizen: str = "u1", **values: object) -> None:
    with writing(database.sessions) as session:
        one = session.get_one(Conversation, citizen)
        for name, value in values.items():
            setattr(one, name, value)


def test_parts_and_messages_of_a_citizen_go_out_in_order(database: Database, outbox: Outbox, clock: MovingClock) -> None:
    talk(database, clock, "một\nhai", "ba")
    assert send_all(outbox, clock) == ["một", "hai", "ba"]
    assert states(database) == [("sent", None)] * 2


def test_nobody_else_takes_a_citizen_whose_message_is_under_way(database: Database, outbox: Outbox, clock: MovingClock) -> None:
    talk(database, clock, "một", "hai")
    talk(database, clock, "khác", citizen="u2")
    first = next_part(outbox, clock)
    assert next_part(outbox, clock).conversation_id != first.conversation_id
    assert outbox.next_part(clock()) is None


def test_parts_of_several_citizens_are_claimed_and_ended_together_each_once_and_in_order(
    database: Database, outbox: Outbox, clock: MovingClock
) -> None:
    for number in range(4):
        talk(database, clock, f"một {number}", f"hai {number}", citizen=f"u{number}")
    said = []
    while parts := outbox.next_parts(clock(), 3):
        assert len({part.conversation_id for part in parts}) == len(parts) <= 3
        said += [(part.conversation_id, str(part.call.body["text"])) for part in parts]
        written = outbox.end_parts([(part, PartEnd("sent", message_id=f"p{part.delivery_id}")) for part in parts], clock())
        assert [(one.held, one.more) for one in written] == [(True, part.call.body["text"][:3] == "một") for part in parts]
    assert sorted(said) == sorted((f"u{n}", f"{word} {n}") for n in range(4) for word in ("một", "hai"))
    assert all(said.index((f"u{n}", f"một {n}")) < said.index((f"u{n}", f"hai {n}")) for n in range(4))
    assert states(database) == [("sent", None)] * 8


def test_a_sender_that_dies_with_several_calls_leaves_each_ambiguous_and_none_is_sent_again(
    database: Database, outbox: Outbox, clock: MovingClock
) -> None:
    for number in range(3):
        talk(database, clock, "một", citizen=f"u{number}")
    assert len(outbox.next_parts(clock(), 16)) == 3
    clock.move(seconds=61)
    assert outbox.next_parts(clock(), 16) == []
    assert states(database) == [("ambiguous", "sender_lost")] * 3


def test_an_end_that_comes_too_late_spoils_none_that_is_written_with_it(
    database: Database, outbox: Outbox, clock: MovingClock
) -> None:
    talk(database, clock, "một", "hai")
    slow = next_part(outbox, clock)
    clock.move(seconds=61)
    talk(database, clock, "ba", citizen="u2")
    (taken_over, other) = sorted(outbox.next_parts(clock(), 16), key=lambda part: part.conversation_id)
    late, *ended = outbox.end_parts(
        [(slow, PartEnd("dead", error="late")), (taken_over, PartEnd("sent")), (other, PartEnd("sent"))], clock()
    )
    assert not late.held
    assert [one.held for one in ended] == [True, True]
    assert states(database) == [("ambiguous", "sender_lost"), ("sent", None), ("sent", None)]


def test_a_sender_that_dies_in_a_call_leaves_an_ambiguous_part_that_is_not_sent_again(
    database: Database, outbox: Outbox, clock: MovingClock
) -> None:
    talk(database, clock, "một\nhai", "ba")
    next_part(outbox, clock)
    clock.move(seconds=61)
    assert send_all(outbox, clock) == ["hai", "ba"]
    assert states(database) == [("ambiguous", "sender_lost"), ("sent", None)]


def test_what_a_dead_sender_called_has_arrived_where_the_platform_repeated_it_to_us(
    database: Database, outbox: Outbox, clock: MovingClock
) -> None:
    talk(database, clock, "một", "hai")
    part = next_part(outbox, clock)
    with writing(database.sessions) as session:
        session.get_one(Delivery, part.delivery_id).platform_message_id = "told by the echo"
    clock.move(seconds=61)
    assert send_all(outbox, clock) == ["hai"]
    assert states(database) == [("sent", None), ("sent", None)]


def test_a_sender_that_was_thought_dead_may_still_say_that_its_part_arrived(
    database: Database, outbox: Outbox, clock: MovingClock
) -> None:
    talk(database, clock, "một")
    slow = next_part(outbox, clock)
    clock.move(seconds=61)
    assert send_all(outbox, clock) == []
    assert states(database) == [("ambiguous", "sender_lost")]
    assert not outbox.end_part(slow, PartEnd("sent", message_id="late"), clock())
    with database.sessions() as session:
        assert session.scalars(select(Delivery.state)).all() == ["sent"]
    assert states(database) == [("sent", None)], "the message is not in doubt any more"


def test_a_temporary_error_waits_and_keeps_the_order(database: Database, outbox: Outbox, clock: MovingClock) -> None:
    talk(database, clock, "một", "hai")
    part = next_part(outbox, clock)
    outbox.end_part(part, PartEnd("pending", error="busy", not_before=clock() + timedelta(seconds=30)), clock())
    assert outbox.next_part(clock()) is None
    clock.move(seconds=31)
    assert send_all(outbox, clock) == ["một", "hai"]


def test_a_pause_of_the_account_holds_everyone_on_it(database: Database, outbox: Outbox, clock: MovingClock) -> None:
    talk(database, clock, "một")
    talk(database, clock, "hai", citizen="u2")
    part = next_part(outbox, clock)
    until = clock() + timedelta(seconds=10)
    outbox.end_part(part, PartEnd("pending", error="429", not_before=until, pause_account_until=until), clock())
    assert outbox.next_part(clock()) is None
    clock.move(seconds=11)
    assert sorted(send_all(outbox, clock)) == ["hai", "một"]


def test_an_account_that_needs_a_person_keeps_its_queue_and_goes_on_by_itself_once_mended(
    database: Database, outbox: Outbox, clock: MovingClock
) -> None:
    talk(database, clock, "một")
    outbox.end_part(next_part(outbox, clock), PartEnd("pending", error="token", account_needs="token_revoked"), clock())
    with database.sessions() as session:
        account = session.get_one(ChannelAccount, ("zalo", "oa"))
        assert (account.state, account.reason) == ("needs_attention", "token_revoked")
    assert outbox.next_part(clock()) is None
    clock.move(minutes=6)
    assert send_all(outbox, clock) == ["một"]
    with database.sessions() as session:
        assert session.get_one(ChannelAccount, ("zalo", "oa")).state == "ok"


def test_a_citizen_who_blocked_us_costs_one_attempt(database: Database, outbox: Outbox, clock: MovingClock) -> None:
    talk(database, clock, "một", "hai")
    outbox.end_part(next_part(outbox, clock), PartEnd("dead", error="blocked", contact_unavailable="blocked"), clock())
    assert send_all(outbox, clock) == []
    assert states(database) == [("dead", "blocked"), ("dead", "unavailable")]


def test_the_bots_words_are_dropped_once_an_officer_took_over_and_the_officers_go_out(
    database: Database, outbox: Outbox, clock: MovingClock
) -> None:
    talk(database, clock, "của bot\nphần hai")
    part = next_part(outbox, clock)
    outbox.end_part(part, PartEnd("sent"), clock())
    change(database, speaker="officer")
    talk(database, clock, "của cán bộ", author="officer")
    assert send_all(outbox, clock) == ["của cán bộ"]
    assert states(database) == [("dropped", "speaker_changed"), ("sent", None)]


def test_a_speaker_that_nobody_knows_keeps_the_bot_silent(database: Database, outbox: Outbox, clock: MovingClock) -> None:
    talk(database, clock, "của bot")
    change(database, speaker="robot-9000")
    assert send_all(outbox, clock) == []


@pytest.mark.parametrize(
    ("channel", "hours", "author", "sent"),
    [
        ("zalo", 47, "bot", "free"),
        ("zalo", 49, "bot", "from_quota"),
        ("zalo", 24 * 8, "officer", None),
        ("facebook", 23, "bot", "free"),
        ("facebook", 25, "bot", None),
        ("facebook", 25, "officer", "human_agent"),
        ("facebook", 24 * 8, "officer", None),
    ],
)
def test_the_windows_of_the_platforms_hold_when_written_and_when_sent(
    database: Database, outbox: Outbox, clock: MovingClock, channel: str, hours: int, author: str, sent: str | None
) -> None:
    talk(database, clock, channel=channel)
    clock.move(hours=hours)
    talk(database, clock, "tin", channel=channel, author=author)
    part = outbox.next_part(clock())
    assert (part.mode if part else None) == sent
    if sent is None:
        assert states(database) == [("dead", "window_closed")]


def test_a_message_whose_window_closed_while_it_waited_is_dead_with_the_reason(
    database: Database, outbox: Outbox, clock: MovingClock
) -> None:
    talk(database, clock, channel="facebook")
    clock.move(hours=23, minutes=59)
    talk(database, clock, "tin", channel="facebook")
    clock.move(minutes=2)
    assert send_all(outbox, clock) == []
    assert states(database) == [("dead", "window_closed")]


def test_a_used_up_quota_waits_for_its_reset(database: Database, outbox: Outbox, clock: MovingClock) -> None:
    talk(database, clock)
    with writing(database.sessions) as session:
        session.add(ChannelAccount(channel="zalo", account="oa", state="ok", quota_left=0))
    clock.move(hours=50)
    talk(database, clock, "tin")
    assert outbox.next_part(clock()) is None
    with writing(database.sessions) as session:
        session.get_one(ChannelAccount, ("zalo", "oa")).quota_left = 5
    clock.move(hours=2)
    assert send_all(outbox, clock) == ["tin"]


def test_the_rate_limit_is_shared_by_all_senders(database: Database, clock: MovingClock) -> None:
    slow = {"zalo": RatePace(1.0, 2)}
    senders = [Outbox(database.sessions, render, slow, f"s{n}") for n in range(2)]
    for number in range(5):
        talk(database, clock, "tin", citizen=f"u{number}")
    waits = [part.wait for n in range(5) if (part := senders[n % 2].next_part(clock())) is not None]
    assert waits == [0.0, 0.0, 1.0, 2.0], "two at once, then one a second; the fifth comes again later"


def test_slots_of_parts_that_are_claimed_together_follow_each_other(database: Database, clock: MovingClock) -> None:
    outbox = Outbox(database.sessions, render, {"zalo": RatePace(1.0, 2)}, "s1")
    for number in range(6):
        talk(database, clock, "tin", citizen=f"u{number}")
    assert [part.wait for part in outbox.next_parts(clock(), 16)] == [0.0, 0.0, 1.0, 2.0], "the others come again later"
    assert outbox.next_parts(clock(), 16) == []
    clock.move(seconds=4)
    assert len(outbox.next_parts(clock(), 16)) == 2


def test_a_placeholder_leaves_the_house_masked(database: Database, outbox: Outbox, clock: MovingClock) -> None:
    talk(database, clock, "số ⟦phone:abcdef⟧ của Ông/Bà")
    assert "⟦" not in next_part(outbox, clock).call.shown


def test_on_a_channel_that_is_off_the_assistants_answers_wait_and_other_words_go_out(
    database: Database, clock: MovingClock
) -> None:
    silent = {"zalo"}
    outbox = Outbox(database.sessions, render, {"zalo": FAST, "facebook": FAST}, "s1", silent=lambda channel: channel in silent)
    talk(database, clock, "câu trả lời")
    talk(database, clock, "kênh tạm ngừng", author="system")
    talk(database, clock, "chào ông, tôi là cán bộ", author="officer")
    talk(database, clock, "ở kênh khác", citizen="u2", channel="facebook")
    assert sorted(send_all(outbox, clock)) == ["chào ông, tôi là cán bộ", "kênh tạm ngừng", "ở kênh khác"]
    silent.clear()
    assert send_all(outbox, clock) == ["câu trả lời"]


def test_an_answer_that_was_held_back_for_a_day_is_not_sent_any_more(database: Database, clock: MovingClock) -> None:
    outbox = Outbox(database.sessions, render, {"zalo": FAST}, "s1", silent=lambda _channel: True)
    talk(database, clock, "câu trả lời")
    assert send_all(outbox, clock) == []
    clock.move(hours=24, minutes=1)
    assert send_all(outbox, clock) == []
    assert states(database) == [("dead", "too_old")]
