"""Exercises made of conversations, attempts, and teams' figures."""

from datetime import timedelta

import pytest

from bot.conversations.deletion import forget_citizen
from bot.conversations.transcript import read_transcript
from bot.messages import BotMessage
from bot.officers.speaking import officer_says
from bot.officers.taking import claim_conversation
from bot.practice.comparing import compare
from bot.practice.exercise import points_from
from bot.practice.record import (
    PracticeRefusedError,
    attempts_of,
    figures_by_team,
    make_exercise,
    own_exercises,
    record_attempt,
    remark_on,
)
from bot.storage.database import writing
from bot.storage.models import Conversation
from tests.bot.officers.office import HOA, LAN, Office
from tests.bot.review.talks import talk

CCCD = "024099001234"
POINTS = points_from("Lệ phí | 8.000\nNơi nộp | UBND phường")


def question_seq(office: Office, conversation: str) -> int:
    with office.sessions() as session:
        lines = read_transcript(session, conversation)
    return next(line.seq for line in lines if line.speaks == "citizen" and "lệ phí" in line.text)


@pytest.fixture
def conversation(office: Office) -> str:
    """A citizen asks, is handed over, asks again, and Lan answers twice."""
    found = talk(office, f"cccd của tôi {CCCD}", "Tôi chưa rõ")
    office.asks_for_person(found)
    claim_conversation(office.sessions, found, LAN, office.clock())
    office.writes(found, "vậy lệ phí bao nhiêu")
    for number, text in enumerate(("Chào Ông/Bà, lệ phí 8.000 đồng.", "Nộp tại UBND phường nhé.")):
        officer_says(office.sessions, office.private, found, LAN, BotMessage(text), f"k{number}", office.clock())
    return found


def make(office: Office, conversation: str, **more) -> int:
    with writing(office.sessions) as session:
        return make_exercise(
            session, conversation, question_seq(office, conversation), "Lệ phí", POINTS, HOA, office.clock(), **more
        )


def test_an_exercise_is_the_masked_talk_up_to_the_question_with_the_officers_words(office: Office, conversation: str) -> None:
    number = make(office, conversation)
    with office.sessions() as session:
        exercise = own_exercises(session, None)[f"own:{number}"]
    assert exercise.question == "vậy lệ phí bao nhiêu"
    assert exercise.reference == "Chào Ông/Bà, lệ phí 8.000 đồng.\n\nNộp tại UBND phường nhé."
    said = [line.text for line in exercise.before]
    assert "cccd của tôi *********234" in said
    assert CCCD not in exercise.model_dump_json()
    assert exercise.reference.splitlines()[0] not in said


def test_one_question_is_one_exercise_and_only_a_citizens_line_is_a_question(office: Office, conversation: str) -> None:
    make(office, conversation)
    with pytest.raises(PracticeRefusedError, match="already"):
        make(office, conversation)
    with pytest.raises(PracticeRefusedError, match="no_question"), writing(office.sessions) as session:
        make_exercise(session, conversation, 1, "x", POINTS, HOA, office.clock())
    with pytest.raises(PracticeRefusedError, match="no_question"), writing(office.sessions) as session:
        make_exercise(session, conversation, 10**9, "x", POINTS, HOA, office.clock())


def test_without_an_officers_answer_a_model_answer_is_needed(office: Office) -> None:
    asked = talk(office, "lệ phí khai sinh")
    with pytest.raises(PracticeRefusedError, match="no_answer"):
        make(office, asked)
    number = make(office, asked, reference=f"Chào bạn, số {CCCD}")
    with office.sessions() as session:
        assert CCCD not in own_exercises(session, None)[f"own:{number}"].reference


def test_other_teams_see_it_only_where_it_is_shared(office: Office, conversation: str) -> None:
    make(office, conversation)
    other = talk(office, "lệ phí kết hôn")
    make(office, other, reference="Chào bạn", shared=True)
    with office.sessions() as session:
        assert len(own_exercises(session, None)) == 2
        assert [one.question for one in own_exercises(session, {"so-tu-phap"}).values()] == ["lệ phí kết hôn"]
        assert len(own_exercises(session, {office.handoff(conversation).team})) == 2


def test_it_goes_with_the_citizens_data(office: Office, conversation: str) -> None:
    make(office, conversation, shared=True)
    with writing(office.sessions) as session:
        forget_citizen(session, session.get_one(Conversation, conversation), office.clock())
    with office.sessions() as session:
        assert own_exercises(session, None) == {}


def test_the_first_try_counts_in_the_teams_figures_and_a_remark_reaches_the_officer(office: Office, conversation: str) -> None:
    number = make(office, conversation)
    with office.sessions() as session:
        exercise = own_exercises(session, None)[f"own:{number}"]
    for answer in ("Chào bạn, lệ phí 8.000 đồng, số tôi 0912345678", exercise.reference):
        with writing(office.sessions) as session:
            attempt = record_attempt(session, exercise, LAN, "tthcc-tinh", answer, 40, compare(exercise, answer), office.clock())
    with writing(office.sessions) as session:
        remark_on(session, attempt, "Tốt", HOA, office.clock(), {"tthcc-tinh"})
    with pytest.raises(PracticeRefusedError), writing(office.sessions) as session:
        remark_on(session, attempt, "Không được", HOA, office.clock(), {"so-tu-phap"})
    since = office.clock() - timedelta(days=1)
    with office.sessions() as session:
        (figures,) = figures_by_team(session, since, None)
        mine = attempts_of(session, LAN.account)[exercise.key]
        assert figures_by_team(session, since, {"so-tu-phap"}) == []
    assert (figures.officers, figures.attempts, figures.share, figures.seconds) == (1, 2, 0.5, 40)
    assert figures.missed == (("Nơi nộp", 1),)
    assert mine[0].remark == "Tốt"
    assert "0912345678" not in mine[1].answer
