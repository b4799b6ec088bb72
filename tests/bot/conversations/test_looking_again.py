"""What a worker learns at a claim and at a conclusion of whether it is worth to look again."""

from datetime import datetime, timedelta

from bot.conversations.speech import Line
from bot.conversations.turns import Claim, Conclusion, claim_next, conclude
from bot.messages import BotMessage
from bot.storage.database import on_postgres
from tests.bot.officers.conftest import database, database_url, office, teams
from tests.bot.officers.office import Office

__all__ = ["database", "database_url", "office", "teams"]

ANSWER = Conclusion("answered", "bot", lines=(Line(BotMessage("Trả lời")),))


def claimed(office: Office) -> Claim:
    claim = claim_next(office.sessions, "worker", office.clock(), timedelta(seconds=30))
    assert claim is not None
    return claim


def test_a_claim_says_whether_others_wait(office: Office) -> None:
    first, second = office.citizen(), office.citizen()
    office.writes(first, "một")
    office.writes(second, "hai")
    office.writes(second, "ba")
    office.clock.move(seconds=1)
    assert claimed(office).others_wait
    last = claimed(office)
    assert last.conversation_id == second
    assert last.others_wait is not on_postgres(office.sessions), "only PostgreSQL is asked; what is held by somebody is no work"


def test_the_end_of_a_turn_tells_of_the_conversations_next_message(office: Office) -> None:
    conversation = office.citizen()
    office.writes(conversation, "một")
    office.writes(conversation, "hai")
    office.clock.move(seconds=1)
    told: list[datetime] = []
    assert conclude(office.sessions, claimed(office), ANSWER, office.clock(), told.append) == "written"
    assert len(told) == 1
    assert told[0] <= office.clock()
    told.clear()
    last = claimed(office)
    assert conclude(office.sessions, last, ANSWER, office.clock(), told.append) == "written"
    assert not (told and on_postgres(office.sessions))


def test_a_turn_that_lost_its_conversation_looks_again(office: Office) -> None:
    conversation = office.citizen()
    office.writes(conversation, "một")
    office.clock.move(seconds=1)
    slow = claimed(office)
    office.clock.move(minutes=1)
    claimed(office)
    told: list[datetime] = []
    assert conclude(office.sessions, slow, ANSWER, office.clock(), told.append) == "lost"
    assert told
