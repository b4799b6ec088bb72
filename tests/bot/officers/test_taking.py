"""One officer owns a conversation at a time, whoever tries, and nobody else speaks in it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.conversations.ownership import Officer
from bot.conversations.speech import Line, write_lines
from bot.conversations.turns import Conclusion, claim_next, conclude
from bot.messages import BotMessage
from bot.officers.speaking import KeyInUseError, officer_says
from bot.officers.taking import (
    LEASE,
    NotOwnerError,
    TakenError,
    UnknownConversationError,
    claim_conversation,
    close_conversation,
    forward_to_colleague,
    forward_to_team,
    hand_back,
    renew_leases,
    take_over,
    why_taken_over,
)
from bot.rights.consent import record_consent
from bot.storage.database import writing
from bot.storage.models import Conversation, Outbound
from bot.texts import say
from tests.bot.officers.office import HOA, LAN, Office


def says(office: Office, conversation: str, officer: Officer, text: str, key: str = "k1"):
    return officer_says(office.sessions, office.private, conversation, officer, BotMessage(text), key, office.clock())


def test_of_fifty_who_claim_at_once_one_wins_and_the_citizen_hears_of_one(office: Office) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)

    def attempt(number: int) -> str | None:
        try:
            claim_conversation(office.sessions, conversation, Officer(f"o{number}", f"Cán bộ {number}"), office.clock())
        except TakenError:
            return None
        return f"o{number}"

    with ThreadPoolExecutor(16) as threads:
        winners = [one for one in threads.map(attempt, range(50)) if one]
    assert len(winners) == 1
    with office.sessions() as session:
        assert session.get_one(Conversation, conversation).owner_account == winners[0]
    assert sum("đã tiếp nhận" in line for line in office.said(conversation)) == 1
    assert office.handoff(conversation).state == "taken"


def test_who_owns_it_may_claim_again_and_nothing_is_said_twice(office: Office) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    first = claim_conversation(office.sessions, conversation, LAN, office.clock())
    office.clock.move(minutes=1)
    again = claim_conversation(office.sessions, conversation, LAN, office.clock())
    assert again.handoff_id == first.handoff_id
    assert again.until == first.until + timedelta(minutes=1)
    assert sum("đã tiếp nhận" in line for line in office.said(conversation)) == 1


def test_an_officer_may_step_in_while_the_bot_speaks(office: Office) -> None:
    conversation = office.citizen()
    office.writes(conversation, "lệ phí bao nhiêu")
    office.turn()
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    assert office.speaker(conversation) == "officer"
    assert office.handoff(conversation).reason == "taken_over"


def test_a_conversation_that_is_not_there_cannot_be_claimed(office: Office) -> None:
    with pytest.raises(UnknownConversationError):
        claim_conversation(office.sessions, "nobody", LAN, office.clock())


def test_what_the_bot_has_not_sent_is_dropped_at_takeover_and_what_the_house_says_is_not(office: Office) -> None:
    conversation = office.citizen("zalo-citizen", "zalo")
    with writing(office.sessions) as session:
        row = session.get_one(Conversation, conversation)
        lines = [Line(BotMessage("Câu của bot")), Line(BotMessage("Câu của hệ thống"), "system")]
        write_lines(session, row, lines, key="x", now=office.clock())
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    with office.sessions() as session:
        rows = session.scalars(select(Outbound).order_by(Outbound.id)).all()
    assert [(row.author, row.state) for row in rows] == [("bot", "dropped"), ("system", "pending"), ("system", "pending")]


def test_a_turn_under_way_at_takeover_is_dropped(office: Office) -> None:
    conversation = office.citizen()
    office.writes(conversation, "lệ phí bao nhiêu")
    claim = claim_next(office.sessions, "w", office.clock(), timedelta(seconds=30))
    assert claim is not None
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    late = Conclusion("answered", "bot", lines=(Line(BotMessage("Muộn rồi")),))
    assert conclude(office.sessions, claim, late, office.clock()) == "dropped"
    assert "Muộn rồi" not in office.said(conversation)


def test_an_officer_speaks_only_while_they_own_it(office: Office) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    with pytest.raises(NotOwnerError):
        says(office, conversation, LAN, "Chào Ông/Bà")
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    with pytest.raises(NotOwnerError):
        says(office, conversation, HOA, "Tôi nói thay")
    sent = says(office, conversation, LAN, "Chào Ông/Bà")
    assert sent.state == "sent"
    assert office.said(conversation)[-1] == "Chào Ông/Bà"
    assert office.handoff(conversation).first_answer_at == office.clock()


def test_an_officer_whose_lease_ran_out_is_fenced_off_even_before_anybody_noticed(office: Office) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    office.clock.move(seconds=LEASE.total_seconds())
    with pytest.raises(NotOwnerError):
        says(office, conversation, LAN, "Muộn")
    assert renew_leases(office.sessions, LAN.account, office.clock()) == 0
    claim_conversation(office.sessions, conversation, HOA, office.clock())
    with pytest.raises(NotOwnerError):
        hand_back(office.sessions, conversation, LAN, office.clock())
    assert says(office, conversation, HOA, "Tôi tiếp tục").state == "sent"


def test_a_heartbeat_keeps_all_that_is_owned_and_nothing_else(office: Office) -> None:
    mine, other = office.citizen(), office.citizen()
    claim_conversation(office.sessions, mine, LAN, office.clock())
    claim_conversation(office.sessions, other, HOA, office.clock())
    for _ in range(5):
        office.clock.move(minutes=4)
        renew_leases(office.sessions, HOA.account, office.clock())
        assert renew_leases(office.sessions, LAN.account, office.clock()) == 1


def test_the_same_key_is_one_message_and_belongs_to_one_conversation(office: Office) -> None:
    one, two = office.citizen(), office.citizen()
    claim_conversation(office.sessions, one, LAN, office.clock())
    claim_conversation(office.sessions, two, LAN, office.clock())
    with ThreadPoolExecutor(4) as threads:
        sent = list(threads.map(lambda _n: says(office, one, LAN, "Một", key="same"), range(8)))
    assert len({each.outbound_id for each in sent}) == 1
    assert sorted(each.repeated for each in sent) == [False] + 7 * [True]
    with pytest.raises(KeyInUseError):
        says(office, two, LAN, "Một", key="same")
    assert office.said(one).count("Một") == 1


def test_personal_numbers_of_an_officers_message_lie_nowhere_in_clear_and_an_offices_number_is_readable(office: Office) -> None:
    conversation = office.citizen()
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    says(office, conversation, LAN, "Số căn cước 024099001234, gọi 0222 382 2345 hoặc 0987654321")
    with office.sessions() as session:
        stored = str([row.message for row in session.scalars(select(Outbound))])
    assert "024099001234" not in stored
    assert "0987654321" not in stored
    assert "0222 382 2345" in office.said(conversation)[-1]


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001])
def test_an_empty_or_huge_message_is_refused(office: Office, text: str) -> None:
    conversation = office.citizen()
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    with pytest.raises(ValueError, match="characters"):
        says(office, conversation, LAN, text)


def test_a_message_outside_the_platforms_window_is_told_to_be_dead(office: Office) -> None:
    conversation = office.citizen("zalo-citizen", "zalo")
    office.clock.move(days=8)
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    sent = says(office, conversation, LAN, "Chào Ông/Bà")
    assert (sent.state, sent.detail) == ("dead", "window_closed")


def test_handing_back_lets_the_bot_speak_and_say_that_it_is_one(office: Office) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    hand_back(office.sessions, conversation, LAN, office.clock())
    assert office.speaker(conversation) == "bot"
    assert "Tôi là trợ lý tự động" in office.said(conversation)[-1]
    assert office.handoff(conversation).outcome == "handed_back"
    office.writes(conversation, "lệ phí bao nhiêu")
    assert office.turn() == "written"
    assert office.said(conversation)[-1] == "Trả lời"


def test_a_forward_to_a_colleague_never_leaves_the_conversation_without_an_owner(office: Office) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    forward_to_colleague(office.sessions, conversation, LAN, HOA, office.clock(), note="Xem giúp hồ sơ đất")
    with pytest.raises(NotOwnerError):
        says(office, conversation, LAN, "Tôi vẫn nói")
    assert says(office, conversation, HOA, "Tôi nghe").state == "sent"
    assert "Trần Hoa" in office.said(conversation)[-2]


@pytest.mark.parametrize(("hour", "speaker"), [(9, "waiting"), (19, "bot")])
def test_a_forward_to_a_team_waits_in_its_queue_or_as_its_ticket(office: Office, hour: int, speaker: str) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    office.clock.move(hours=hour - 9)
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    team = office.teams.by_id["so-tu-phap"]
    forward_to_team(office.sessions, conversation, LAN, team, office.clock(), note="Không thuộc thẩm quyền")
    assert office.speaker(conversation) == speaker
    handoff = office.handoff(conversation)
    assert (handoff.team, handoff.state, handoff.ticket) == ("so-tu-phap", "waiting", speaker == "bot")
    assert team.name in office.said(conversation)[-1]


def test_a_closed_conversation_asks_how_it_was_and_only_thanks_do_not_open_it_again(office: Office) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    close_conversation(office.sessions, conversation, LAN, "solved", office.clock())
    assert office.said(conversation)[-2:] == [say("officer_closed"), say("rating_asked")]
    office.writes(conversation, "Dạ em cảm ơn ạ")
    office.turn()
    assert office.speaker(conversation) == "bot"
    with pytest.raises(ValueError, match="no outcome"):
        close_conversation(office.sessions, conversation, LAN, "nice", office.clock())  # type: ignore[arg-type]


def test_who_declined_surveys_is_not_asked_how_it_was(office: Office) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    with writing(office.sessions) as session:
        record_consent(session, conversation, "survey", False, "words", office.clock())
    close_conversation(office.sessions, conversation, LAN, "solved", office.clock())
    assert office.said(conversation)[-1] == say("officer_closed")


@pytest.mark.parametrize(("hours", "speaker"), [(23, "waiting"), (25, "bot")])
def test_who_writes_again_comes_to_the_same_team_soon_and_to_the_bot_later(office: Office, hours: int, speaker: str) -> None:
    office.member("so-tu-phap", "lan")
    conversation = office.citizen()
    first = office.asks_for_person(conversation, deciding_agency="so-tu-phap")
    claim_conversation(office.sessions, conversation, LAN, office.clock())
    close_conversation(office.sessions, conversation, LAN, "guided", office.clock(), asks_rating=False)
    office.clock.move(hours=hours)
    office.writes(conversation, "thế còn bản sao thì sao")
    office.turn()
    assert office.speaker(conversation) == speaker
    handoff = office.handoff(conversation)
    if speaker == "waiting":
        assert (handoff.follows_id, handoff.team, handoff.state) == (first, "so-tu-phap", "waiting")
        assert office.said(conversation)[-1] == say("taken_up_again")
    else:
        assert handoff.id == first
        assert office.said(conversation)[-1] == "Trả lời"


def test_of_supervisors_who_take_over_at_once_one_wins_and_the_colleague_reads_why(office: Office) -> None:
    conversation = office.citizen()
    office.asks_for_person(conversation)
    claim_conversation(office.sessions, conversation, LAN, office.clock())

    def attempt(number: int) -> str | None:
        supervisor = Officer(f"chi{number}", f"Phụ trách {number}")
        try:
            take_over(office.sessions, conversation, supervisor, "lan", "chờ quá lâu", office.clock())
        except TakenError:
            return None
        return supervisor.account

    with ThreadPoolExecutor(8) as pool:
        (winner,) = [account for account in pool.map(attempt, range(8)) if account]
    with office.sessions() as session:
        row = session.get_one(Conversation, conversation)
        assert (row.owner_account, row.owner_until) == (winner, office.clock() + LEASE)
        assert why_taken_over(session, conversation, "lan") == "chờ quá lâu"
        assert why_taken_over(session, conversation, winner) is None
    assert office.handoff(conversation).taken_by == winner
    with pytest.raises(NotOwnerError):
        says(office, conversation, LAN, "còn tôi đây")
    with pytest.raises(UnknownConversationError):
        take_over(office.sessions, "nowhere", HOA, "lan", "x", office.clock())
    for reason in ("  ", "x" * 501):
        with pytest.raises(ValueError, match="reason"):
            take_over(office.sessions, conversation, HOA, winner, reason, office.clock())
