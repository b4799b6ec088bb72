"""Whatever a platform sends gets into the ledger once, in the citizen's order, and nothing is refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select
from sqlalchemy.event import listen as listens_for
from sqlalchemy.event import remove

from bot.conversations.events import (
    AccountNotice,
    ContactChange,
    DeletionRequest,
    DeliveryReceipt,
    IgnoredEvent,
    IncomingAttachment,
    PlatformEcho,
    PlatformEvent,
    ThreadControl,
)
from bot.conversations.platform_changes import PlatformChanges
from bot.conversations.platform_intake import PlatformIntake
from bot.conversations.private_values import PrivateValues
from bot.conversations.speech import Line, write_lines
from bot.conversations.turns import Claim, Conclusion, claim_next, conclude
from bot.messages import BotMessage
from bot.storage.channel_models import Attachment, ChannelEvent, Delivery
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Inbound, Outbound, PrivateValue
from tests.bot.conversations.platform_messages import CITIZEN, echo, image, message, origin, seconds
from tests.moving_clock import MovingClock

LEASE = timedelta(seconds=30)


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def platform(database: Database, clock: MovingClock) -> PlatformIntake:
    private = PrivateValues(database.sessions, Fernet.generate_key().decode(), clock)
    changes = PlatformChanges(timedelta(minutes=30), lambda: BotMessage("Kính chào Ông/Bà"))
    return PlatformIntake(database.sessions, private, changes, {"zalo": seconds(0.6)}, clock)


def conversation(database: Database) -> Conversation:
    with database.sessions() as session:
        return session.scalars(select(Conversation)).one()


def texts(database: Database) -> list[str | None]:
    with database.sessions() as session:
        return list(session.scalars(select(Inbound.text).order_by(Inbound.seq)))


def take_turn(database: Database, clock: MovingClock) -> Claim | None:
    return claim_next(database.sessions, "w", clock(), LEASE)


def test_the_same_event_many_times_at_once_is_stored_once(database: Database, platform: PlatformIntake) -> None:
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: platform.take_in([message("m1")]), range(8)))
    assert sum(one.stored for one in taken) == 1
    assert texts(database) == ["xin chào"]


def test_all_events_of_a_request_are_stored_together(database: Database, platform: PlatformIntake) -> None:
    taken = platform.take_in([message(f"m{n}", f"câu {n}", citizen=f"u{n % 3}") for n in range(6)])
    assert (taken.stored, taken.duplicates) == (6, 0)
    assert sorted(text or "" for text in texts(database)) == [f"câu {n}" for n in range(6)]


def test_one_event_that_came_before_keeps_none_of_its_group_out(database: Database, platform: PlatformIntake) -> None:
    platform.take_in([message("m1", "câu 1"), IgnoredEvent(origin("i1", "widget"))])
    again = [message("m1", "câu 1"), message("m2", "câu 2"), IgnoredEvent(origin("i1", "widget")), message("m3", citizen="u2")]
    taken = platform.take_in(again)
    assert (taken.stored, taken.duplicates) == (2, 2)
    assert sorted(text or "" for text in texts(database)) == ["câu 1", "câu 2", "xin chào"]


def test_swapped_messages_are_answered_in_the_order_of_the_citizen(
    database: Database, platform: PlatformIntake, clock: MovingClock
) -> None:
    sent = clock()
    platform.take_in([message("m2", "lệ phí bao nhiêu", at=sent - seconds(1))])
    assert take_turn(database, clock) is None, "an earlier message may still be on its way"
    clock.now += seconds(0.3)
    platform.take_in([message("m1", "đăng ký khai sinh", at=sent - seconds(2))])
    clock.now += seconds(0.4)
    claim = take_turn(database, clock)
    assert claim is not None
    assert claim.text == "đăng ký khai sinh"


def test_a_message_that_comes_after_its_successor_was_answered_is_answered_and_marked_late(
    database: Database, platform: PlatformIntake, clock: MovingClock
) -> None:
    sent = clock()
    platform.take_in([message("m2", at=sent)])
    clock.now += seconds(1)
    first = take_turn(database, clock)
    assert first is not None
    conclude(database.sessions, first, Conclusion("answered", "bot"), clock())
    platform.take_in([message("m1", "muộn", at=sent - seconds(60))])
    clock.now += seconds(1)
    late = take_turn(database, clock)
    assert late is not None
    conclude(database.sessions, late, Conclusion("answered", "bot"), clock())
    with database.sessions() as session:
        row = session.scalars(select(Inbound).where(Inbound.event_id == "m1")).one()
    assert (row.outcome, row.outcome_detail) == ("answered", "late")


def test_a_message_that_comes_while_its_successor_is_being_answered_is_marked_late_too(
    database: Database, platform: PlatformIntake, clock: MovingClock
) -> None:
    sent = clock()
    platform.take_in([message("m2", at=sent)])
    clock.now += seconds(1)
    first = take_turn(database, clock)
    assert first is not None
    platform.take_in([message("m1", "muộn", at=sent - seconds(60))])
    conclude(database.sessions, first, Conclusion("answered", "bot"), clock())
    clock.now += seconds(1)
    late = take_turn(database, clock)
    assert late is not None
    conclude(database.sessions, late, Conclusion("answered", "bot"), clock())
    with database.sessions() as session:
        rows = session.scalars(select(Inbound).order_by(Inbound.event_id)).all()
    assert [(row.event_id, row.outcome_detail) for row in rows] == [("m1", "late"), ("m2", None)]


def test_a_message_is_not_late_because_an_empty_one_after_it_needed_no_answer(
    database: Database, platform: PlatformIntake, clock: MovingClock
) -> None:
    sent = clock()
    platform.take_in([message("m1", at=sent - seconds(2)), message("m2", "", at=sent - seconds(1))])
    clock.now += seconds(1)
    claim = take_turn(database, clock)
    assert claim is not None
    conclude(database.sessions, claim, Conclusion("answered", "bot"), clock())
    with database.sessions() as session:
        rows = session.scalars(select(Inbound).order_by(Inbound.event_id)).all()
    assert [(row.outcome, row.outcome_detail) for row in rows] == [("answered", None), ("ignored", "empty")]


def test_a_clock_ahead_of_ours_does_not_push_a_message_behind_later_ones(
    database: Database, platform: PlatformIntake, clock: MovingClock
) -> None:
    platform.take_in([message("m1", "một", at=clock() + timedelta(hours=3))])
    clock.now += seconds(5)
    platform.take_in([message("m2", "hai", at=clock())])
    clock.now += seconds(1)
    claim = take_turn(database, clock)
    assert claim is not None
    assert claim.text == "một"


def test_a_very_long_text_is_cut_and_an_empty_one_ignored_and_neither_is_refused(
    database: Database, platform: PlatformIntake
) -> None:
    platform.take_in([message("m1", "a" * 9_000), message("m2", " \u200b "), message("m3", None)])
    with database.sessions() as session:
        rows = session.scalars(select(Inbound).order_by(Inbound.seq)).all()
    assert (len(rows[0].text or ""), rows[0].circumstances) == (2_000, {"cut": True})
    assert [(row.outcome, row.outcome_detail) for row in rows[1:]] == [("ignored", "empty")] * 2


def test_a_strange_button_waits_for_a_kind_answer_and_does_nothing(database: Database, platform: PlatformIntake) -> None:
    platform.take_in([message("m1", "Nộp hồ sơ", button="not-ours")])
    with database.sessions() as session:
        row = session.scalars(select(Inbound)).one()
    assert (row.act, row.circumstances, row.outcome) == (None, {"stale_button": True}, None)


def test_private_numbers_never_lie_in_the_ledger_as_text(database: Database, platform: PlatformIntake) -> None:
    platform.take_in([message("m1", "số của tôi 0912345678"), message("m2", None, own_phone="84912345678")])
    assert "912345678" not in " ".join(text or "" for text in texts(database))
    assert conversation(database).verified_phone is not None


def test_an_attachment_is_noted_with_its_source_encrypted(database: Database, platform: PlatformIntake) -> None:
    platform.take_in([message("m1", "ảnh", attachments=(image(),))])
    with database.sessions() as session:
        (row,) = session.scalars(select(Attachment))
        (event,) = session.scalars(select(Inbound))
    assert (row.kind, row.state) == ("image", "announced")
    assert b"cdn.example" not in (row.source or b"")
    assert "cdn.example" not in str(event.circumstances)


def test_a_file_named_after_a_citizen_id_is_known_by_its_masked_name(database: Database, platform: PlatformIntake) -> None:
    paper = IncomingAttachment("file", source="f1", name="CCCD 024099001234.pdf")
    platform.take_in([message("m1", None, attachments=(paper,))])
    with database.sessions() as session:
        kept = f"{session.scalars(select(Attachment.name)).one()} {session.scalars(select(Inbound.circumstances)).one()}"
    assert "024099001234" not in kept
    assert "234.pdf" in kept


def test_an_officers_words_on_the_platform_silence_the_bot_until_they_have_been_silent_for_long(
    database: Database, platform: PlatformIntake, clock: MovingClock
) -> None:
    platform.take_in([message("m1")])
    platform.take_in([echo("e1", "Tôi là cán bộ, để tôi xem hồ sơ", by_person=True)])
    clock.now += seconds(1)
    claim = take_turn(database, clock)
    assert claim is not None
    assert claim.speaker == "officer"
    conclude(database.sessions, claim, Conclusion("waiting_for_officer", "officer"), clock())
    with database.sessions() as session:
        said = session.scalars(select(Outbound)).one()
    assert (said.author, said.message["text"], said.state) == ("officer", "Tôi là cán bộ, để tôi xem hồ sơ", "sent")
    clock.now += timedelta(minutes=31)
    platform.take_in([message("m2", "còn hỏi thêm")])
    clock.now += seconds(1)
    later = take_turn(database, clock)
    assert later is not None
    assert later.speaker == "bot"


def test_an_officer_hands_back_with_a_word(database: Database, platform: PlatformIntake) -> None:
    platform.take_in([message("m1"), echo("e1", "Xin chào", by_person=True)])
    assert conversation(database).speaker == "officer"
    platform.take_in([echo("e2", "#bot", by_person=True)])
    assert conversation(database).speaker == "bot"


def only_part(said: Outbound, shown: str, state: str, clock: MovingClock) -> Delivery:
    """The one part in which a message of ours goes out."""
    whole = {"outbound_id": said.id, "conversation_id": said.conversation_id, "part": 0, "call": {}}
    return Delivery(**whole, shown=shown, state=state, created_at=clock())


def test_our_own_message_come_back_is_no_officer(database: Database, platform: PlatformIntake, clock: MovingClock) -> None:
    platform.take_in([message("m1")])
    clock.now += seconds(1)
    claim = take_turn(database, clock)
    assert claim is not None
    conclude(database.sessions, claim, Conclusion("answered", "bot", lines=(Line(BotMessage("Lệ phí: 8.000 đồng")),)), clock())
    with writing(database.sessions) as session:
        outbound = session.scalars(select(Outbound)).one()
        outbound.state = "ambiguous"
        session.add(only_part(outbound, "Lệ phí: 8.000 đồng", "ambiguous", clock))
    platform.take_in([echo("e1", "Lệ phí:  8.000 đồng", message_id="zmsg-1")])
    assert conversation(database).speaker == "bot"
    with database.sessions() as session:
        delivery = session.scalars(select(Delivery)).one()
        outbound = session.scalars(select(Outbound)).one()
    assert (delivery.state, delivery.platform_message_id, outbound.state) == ("sent", "zmsg-1", "sent")


def test_thread_control_takes_and_gives_back(database: Database, platform: PlatformIntake) -> None:
    platform.take_in([message("m1"), ThreadControl(origin("t1", "take_thread_control"), CITIZEN, "person")])
    assert conversation(database).speaker == "officer"
    platform.take_in([ThreadControl(origin("t2", "pass_thread_control"), CITIZEN, "bot")])
    assert conversation(database).speaker == "bot"


def test_a_block_is_noted_and_a_new_message_lifts_it(database: Database, platform: PlatformIntake, clock: MovingClock) -> None:
    platform.take_in([message("m1")])
    clock.now += seconds(5)
    platform.take_in([ContactChange(origin("c1", "unfollow"), CITIZEN, "unreachable", "unfollow")])
    assert conversation(database).unavailable_reason == "unfollow"
    clock.now += seconds(5)
    platform.take_in([message("m2")])
    assert conversation(database).unavailable_reason is None


def test_who_follows_is_greeted_once(database: Database, platform: PlatformIntake) -> None:
    for number in (1, 2):
        platform.take_in([ContactChange(origin(f"f{number}", "follow"), CITIZEN, "reachable", acted=True)])
    with database.sessions() as session:
        assert [row.message["text"] for row in session.scalars(select(Outbound))] == ["Kính chào Ông/Bà"]


def test_a_citizen_who_withdraws_leaves_no_data_and_an_entry(
    database: Database, platform: PlatformIntake, clock: MovingClock
) -> None:
    platform.take_in([message("m1", "số của tôi 0912345678", attachments=(image(),), own_phone="84912345678")])
    clock.now += seconds(1)
    platform.take_in([DeletionRequest(origin("d1", "user_withdraw"), CITIZEN)])
    with database.sessions() as session:
        row = session.scalars(select(Inbound)).one()
        assert (row.text, row.raw, row.circumstances, row.outcome) == (None, None, None, "ignored")
        assert session.scalars(select(PrivateValue)).all() == []
        assert session.scalars(select(Attachment.source)).all() == [None]
        entry = session.scalars(select(ChannelEvent).where(ChannelEvent.name == "user_withdraw")).one()
        assert (entry.outcome, entry.detail) == ("applied", "forgotten")
    gone = conversation(database)
    assert CITIZEN not in gone.external_id
    assert gone.verified_phone is None
    platform.take_in([message("m2", "tôi quay lại")])
    with database.sessions() as session:
        assert len(session.scalars(select(Conversation)).all()) == 2


def test_who_withdraws_and_writes_again_in_the_same_moment_is_a_new_citizen(database: Database, platform: PlatformIntake) -> None:
    platform.take_in([message("m1", "chào")])
    forgotten = conversation(database).id
    platform.take_in([DeletionRequest(origin("d1", "user_withdraw"), CITIZEN), message("m2", "tôi quay lại")])
    with database.sessions() as session:
        written = session.scalars(select(Inbound).where(Inbound.text == "tôi quay lại")).one()
        assert written.conversation_id != forgotten
        assert session.get_one(Conversation, written.conversation_id).external_id == CITIZEN


def sent_to(database: Database, platform: PlatformIntake, clock: MovingClock, count: int, group: str) -> list[PlatformEvent]:
    """An answer to each of so many citizens is on its way; what the platform tells of them."""
    citizens = [f"{group}{n}" for n in range(count)]
    platform.take_in([message(f"m-{one}", citizen=one) for one in citizens])
    with writing(database.sessions) as session:
        for one in session.scalars(select(Conversation).where(Conversation.external_id.in_(citizens))).all():
            (said,) = write_lines(session, one, [Line(BotMessage("Lệ phí"))], key=f"k:{one.id}", now=clock())
            session.add(only_part(said, "Lệ phí", "sending", clock))
    return [event for one in citizens for event in told_of(one)]


def told_of(citizen: str) -> list[PlatformEvent]:
    """What a platform tells of a message of ours."""
    return [
        PlatformEcho(origin(f"e-{citizen}", "oa_send_text"), citizen, f"z-{citizen}", "Lệ phí", marks_people=True),
        DeliveryReceipt(origin(f"d-{citizen}", "user_received_message"), citizen, "delivered", (f"z-{citizen}",)),
        DeliveryReceipt(origin(f"s-{citizen}", "user_seen_message"), citizen, "read", (f"z-{citizen}",)),
    ]


def test_echoes_and_receipts_of_many_answers_settle_each_its_own_with_as_few_statements_as_of_one(
    database: Database, platform: PlatformIntake, clock: MovingClock
) -> None:
    one, many = sent_to(database, platform, clock, 1, "a"), sent_to(database, platform, clock, 12, "b")
    of_one = statements(database, lambda: platform.take_in(one))
    assert statements(database, lambda: platform.take_in(many)) == of_one
    with database.sessions() as session:
        found = session.execute(
            select(Delivery.platform_message_id, Delivery.delivered_at, Delivery.read_at, Conversation.external_id).join(
                Conversation, Conversation.id == Delivery.conversation_id
            )
        ).all()
    assert len(found) == 13
    assert all(told == f"z-{citizen}" and arrived and read for told, arrived, read, citizen in found)


def statements(database: Database, work: Callable[[], object]) -> int:
    """How many statements this takes."""
    told: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        told.append(statement)

    listens_for(database.engine, "before_cursor_execute", note)
    work()
    remove(database.engine, "before_cursor_execute", note)
    return len(told)


def test_a_receipt_that_comes_twice_in_a_group_is_applied_once(database: Database, platform: PlatformIntake) -> None:
    platform.take_in([message("m1")])
    twice = [DeliveryReceipt(origin("r1", "user_seen_message"), CITIZEN, "read", ("x",))] * 2
    taken = platform.take_in([*twice, message("m2")])
    assert (taken.stored, taken.duplicates) == (2, 1)
    assert platform.take_in(twice).stored == 0
    with database.sessions() as session:
        assert [row.event_id for row in session.scalars(select(ChannelEvent))] == ["r1"]


def test_receipts_and_notices_and_unknown_events_are_kept_by_name_and_start_no_turn(
    database: Database, platform: PlatformIntake, clock: MovingClock
) -> None:
    platform.take_in(
        [
            DeliveryReceipt(origin("r1", "user_seen_message"), CITIZEN, "read", ("x",)),
            AccountNotice(origin("n1", "change_template_status"), "REJECT"),
            IgnoredEvent(origin("i1", "widget_interaction")),
        ]
    )
    clock.now += seconds(2)
    assert take_turn(database, clock) is None
    with database.sessions() as session:
        found = {row.name: (row.outcome, row.detail) for row in session.scalars(select(ChannelEvent))}
    assert found == {
        "user_seen_message": ("ignored", "no_conversation"),
        "change_template_status": ("applied", "REJECT"),
        "widget_interaction": ("ignored", "not_used"),
    }
