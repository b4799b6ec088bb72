"""No path ends in silence: officers who disappear or say nothing, endless waits, closing time, and what the citizen chooses."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.messages import BotMessage
from bot.officers.speaking import officer_says
from bot.officers.taking import LEASE, claim_conversation, close_conversation, renew_leases
from bot.storage.models import Handoff
from bot.storage.officer_models import HandoffEvent, Rating
from bot.texts import say
from tests.bot.officers.office import LAN, MONDAY_NINE, Office


def hold(office: Office, minutes: int) -> None:
    """The officer's console stays open for so long."""
    for _ in range(minutes):
        office.clock.move(minutes=1)
        renew_leases(office.sessions, LAN.account, office.clock())


def says(office: Office, conversation: str, text: str) -> None:
    officer_says(office.sessions, office.private, conversation, LAN, BotMessage(text), text, office.clock())


def kinds(office: Office, conversation: str) -> list[str]:
    with office.sessions() as session:
        rows = session.scalars(select(HandoffEvent.kind).where(HandoffEvent.conversation_id == conversation))
        return list(rows)


def test_in_hours_the_citizen_hears_the_team_and_the_place_in_the_queue(office: Office) -> None:
    first, second = office.citizen(), office.citizen()
    office.asks_for_person(first)
    office.clock.move(minutes=1)
    office.asks_for_person(second)
    assert "vị trí 01" in office.said(first)[-1]
    assert "vị trí 02" in office.said(second)[-1]
    assert "thường phải chờ" not in office.said(second)[-1]
    assert office.speaker(second) == "waiting"
    assert office.handoff(second).answer_due_at == office.clock() + timedelta(minutes=30)


def test_the_expected_wait_is_said_once_it_was_measured_often_enough_at_this_hour(office: Office) -> None:
    for day in (0, 3, 4, 5, 6, 7, 10, 11):  # back from a Monday, without weekends
        office.clock.now = MONDAY_NINE - timedelta(days=day)
        conversation = office.citizen()
        office.asks_for_person(conversation)
        claim = office.clock() + timedelta(minutes=12)
        claim_conversation(office.sessions, conversation, LAN, claim)
    office.clock.now = MONDAY_NINE + timedelta(days=1)
    asking = office.citizen()
    office.asks_for_person(asking)
    assert "khoảng 15 phút" in office.said(asking)[-1]
    office.clock.move(hours=5)
    later = office.citizen()
    office.asks_for_person(later)
    assert "thường phải chờ" not in office.said(later)[-1]


def test_outside_hours_there_is_a_ticket_with_the_next_opening_and_the_bot_goes_on(office: Office) -> None:
    office.clock.move(days=4, hours=10)  # Friday, 19:00
    conversation = office.citizen()
    office.asks_for_person(conversation)
    handoff = office.handoff(conversation)
    told = office.said(conversation)[-1]
    assert handoff.number in told
    assert "7 giờ 30, thứ Hai ngày 30/11/2026" in told
    assert office.speaker(conversation) == "bot"
    assert say("button_return_to_bot") not in [title for title, _ in office.buttons(conversation)]
    office.writes(conversation, "lệ phí bao nhiêu")
    office.turn()
    assert office.said(conversation)[-1] == "Trả lời"
    assert handoff.answer_due_at is not None
    office.asks_for_person(conversation)
    assert office.handoff(conversation).number == handoff.number
    assert office.handoff(conversation).id == handoff.id


def test_a_complaint_stays_one_when_its_citizen_asks_for_a_person_again(office: Office) -> None:
    office.clock.move(hours=10)
    conversation = office.citizen()
    office.asks_for_person(conversation, reason="complaint")
    office.asks_for_person(conversation)
    assert office.handoff(conversation).reason == "complaint"


def test_a_ticket_is_taken_in_the_morning_and_becomes_a_talk_when_the_citizen_asks_again_in_hours(office: Office) -> None:
    office.clock.move(hours=10)
    conversation = office.citizen()
    office.asks_for_person(conversation)
    office.clock.move(hours=13)  # Tuesday, 8:00
    office.asks_for_person(conversation)
    assert office.speaker(conversation) == "waiting"
    assert office.handoff(conversation).ticket is False
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    assert office.speaker(conversation) == "officer"


def test_an_officer_who_disappears_gives_the_conversation_back_to_the_queue_with_an_apology(office: Office) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    says(office, conversation, "Chào Ông/Bà")
    office.writes(conversation, "vâng, tôi hỏi về đất")
    office.turn()
    office.clock.move(seconds=LEASE.total_seconds())
    assert office.rounds.make(office.clock())["released"] == 1
    assert office.speaker(conversation) == "waiting"
    assert office.said(conversation)[-1].startswith(say("sorry_for_waiting"))
    assert office.rounds.make(office.clock())["released"] == 0


def test_a_lapsed_lease_with_nobody_waiting_says_nothing_until_the_citizen_writes(office: Office) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    says(office, conversation, "Ông/Bà gửi thêm giấy tờ nhé")
    office.clock.move(minutes=6)
    office.rounds.make(office.clock())
    office.clock.move(minutes=60)
    office.rounds.make(office.clock())
    assert office.said(conversation)[-1] == "Ông/Bà gửi thêm giấy tờ nhé"
    office.writes(conversation, "đây ạ")
    office.turn()
    assert office.said(conversation)[-1] == say("waiting_already")


@pytest.mark.parametrize("answered_before", [True, False])
def test_an_officer_who_is_silent_loses_the_conversation_and_the_supervisors_are_called(
    office: Office, caplog: pytest.LogCaptureFixture, answered_before: bool
) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    if answered_before:
        says(office, conversation, "Chào Ông/Bà")
        office.writes(conversation, "vâng")
        office.turn()
    hold(office, 9)
    assert office.rounds.make(office.clock())["silent_officers"] == 0
    hold(office, 1)
    assert office.rounds.make(office.clock())["silent_officers"] == 1
    assert office.speaker(conversation) == "waiting"
    assert say("waits_for_colleague") in office.said(conversation)[-1]
    assert "officer_silent" in kinds(office, conversation)
    assert "alarm.officer_silent" in [record.message for record in caplog.records]


def test_an_officer_who_answered_is_not_silent_while_the_citizen_thinks(office: Office) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    says(office, conversation, "Chào Ông/Bà")
    hold(office, 30)
    assert office.rounds.make(office.clock())["silent_officers"] == 0


def test_after_hours_a_silent_officers_conversation_becomes_a_ticket_and_the_bot_speaks(office: Office) -> None:
    office.clock.move(hours=7, minutes=55)  # 16:55
    conversation = office.citizen()
    office.asks_for_person(conversation)
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    hold(office, 12)
    office.rounds.make(office.clock())
    assert office.speaker(conversation) == "bot"
    assert office.handoff(conversation).ticket is True
    assert "thứ Ba ngày 24/11/2026" in office.said(conversation)[-1]


def test_who_waits_too_long_hears_an_apology_once_and_may_choose(office: Office) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    office.clock.move(minutes=14)
    assert office.rounds.make(office.clock())["told_long_wait"] == 0
    office.clock.move(minutes=1)
    assert office.rounds.make(office.clock())["told_long_wait"] == 1
    assert office.rounds.make(office.clock())["told_long_wait"] == 0
    assert [title for title, _ in office.buttons(conversation)] == ["Chờ tiếp", "Để lại phiếu", "Tiếp tục với trợ lý tự động"]


@pytest.mark.parametrize(
    ("choice", "speaker", "state", "ticket", "said"),
    [
        ("Chờ tiếp", "waiting", "waiting", False, "waits_on"),
        ("Để lại phiếu", "bot", "waiting", True, "ticket_left"),
        ("Tiếp tục với trợ lý tự động", "bot", "withdrawn", False, "returned_to_bot"),
    ],
)
def test_each_choice_does_what_it_says(office: Office, choice, speaker, state, ticket, said) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    office.clock.move(minutes=15)
    office.rounds.make(office.clock())
    office.presses(conversation, choice)
    handoff = office.handoff(conversation)
    assert (office.speaker(conversation), handoff.state, handoff.ticket) == (speaker, state, ticket)
    assert office.said(conversation)[-1] == say(said)
    office.clock.move(minutes=14)
    assert office.rounds.make(office.clock())["told_long_wait"] == 0
    office.clock.move(minutes=1)
    assert office.rounds.make(office.clock())["told_long_wait"] == (1 if choice == "Chờ tiếp" else 0)


def test_a_choice_pressed_after_an_officer_came_changes_nothing(office: Office) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    office.clock.move(minutes=15)
    office.rounds.make(office.clock())
    act = dict(office.buttons(conversation))["Để lại phiếu"]
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    office.writes(conversation, act=act)
    office.turn()
    assert office.speaker(conversation) == "officer"
    assert office.handoff(conversation).ticket is False


def test_closing_time_turns_the_queue_into_tickets(office: Office) -> None:
    office.clock.move(hours=7, minutes=55)
    conversation = office.citizen()
    office.asks_for_person(conversation)
    office.clock.move(minutes=5)
    assert office.rounds.make(office.clock())["made_tickets"] == 1
    assert office.speaker(conversation) == "bot"
    assert office.handoff(conversation).number in office.said(conversation)[-1]


def test_a_citizen_who_talks_with_an_officer_is_asked_before_they_leave(office: Office) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    office.writes(conversation, "không cần")
    office.turn()
    assert office.speaker(conversation) == "officer"
    office.writes(conversation, "tôi muốn quay lại với trợ lý")
    office.turn()
    assert "Nguyễn Thị Lan đang hỗ trợ" in office.said(conversation)[-1]
    assert office.speaker(conversation) == "officer"
    office.presses(conversation, "Tiếp tục với trợ lý tự động")
    assert office.speaker(conversation) == "bot"
    assert office.handoff(conversation).outcome == "citizen_returned"


def test_a_poor_rating_asks_why_and_a_foreign_button_rates_nothing(office: Office) -> None:
    conversation, other = office.citizen(), office.citizen()
    handoff = office.asks_for_person(conversation)
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    close_conversation(office.sessions, conversation, LAN, "solved", office.clock())
    office.presses(conversation, "Chưa hài lòng")
    office.presses(conversation, "Phải chờ lâu")
    for value in (f"{handoff}:good", "x:good", f"{handoff}:", "9" * 40 + ":good"):
        office.writes(other, act={"intent": "rate_officer", "entities": {"value": value}})
        office.turn()
    with office.sessions() as session:
        rating = session.get_one(Rating, handoff)
        assert (rating.score, rating.reason) == ("poor", "slow")
        assert session.scalars(select(Handoff.state)).all() == ["closed"]
    assert office.said(conversation)[-1] == say("rating_thanks")


def test_overdue_first_answers_are_counted_in_working_time(office: Office) -> None:
    office.clock.move(hours=7, minutes=45)  # 16:45, due on the next morning
    conversation = office.citizen()
    office.asks_for_person(conversation)
    office.clock.move(hours=12)
    assert office.rounds.count_overdue(office.clock()) == 0
    office.clock.move(hours=4)
    assert office.rounds.count_overdue(office.clock()) == 1
