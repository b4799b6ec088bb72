"""The worker's rounds for the search's index: one worker at a time, and a talk is read when it is over for the moment."""

from bot.review.index import lines_not_indexed
from connectors.gateway.review_rounds import ReviewRounds
from tests.bot.officers.conftest import database, database_url, office, teams
from tests.bot.officers.office import Office
from tests.bot.review.talks import talk

__all__ = ["database", "database_url", "office", "teams"]


def waiting_lines(office: Office) -> int:
    with office.sessions() as session:
        return lines_not_indexed(session)


def test_a_talk_is_read_once_the_citizen_is_silent(office: Office) -> None:
    rounds = ReviewRounds(office.sessions, clock=office.clock)
    talk(office, "câu thứ nhất")
    assert rounds.go_round() == 0
    office.clock.move(minutes=1)
    assert rounds.go_round() == 3, "greeting, question, answer"
    assert waiting_lines(office) == 0


def test_a_talk_that_knows_no_pause_is_read_nevertheless(office: Office) -> None:
    rounds = ReviewRounds(office.sessions, clock=office.clock)
    conversation = talk(office, "câu thứ nhất")
    for number in range(20):
        talk(office, f"câu {number}", conversation=conversation)
    assert rounds.go_round() == 43
    assert waiting_lines(office) == 0


def test_workers_take_turns(office: Office) -> None:
    first, second = (ReviewRounds(office.sessions, clock=office.clock) for _ in range(2))
    assert first.go_round() == 0
    talk(office, "câu thứ nhất")
    office.clock.move(minutes=1)
    assert first.go_round() == 3
    talk(office, "câu thứ hai")
    office.clock.move(seconds=31)
    assert second.go_round() == 3
    talk(office, "câu thứ ba")
    office.clock.move(seconds=5)
    assert first.go_round() == 0
    office.clock.move(minutes=1)
    assert first.go_round() == 3
