"""Invitations: each dossier once, whatever falls in between, and nothing that joins dossier and link."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.portal.errors import CircuitOpen, ContractChanged, Declined, NotOffered, OutcomeUnknown, PortalError
from bot.storage.database import Database, writing
from bot.storage.survey_models import SurveyAnswer, SurveyLink, SurveySampled, SurveyWave
from bot.surveys.inviting import Invitations
from bot.surveys.links import digest, take_answers
from bot.surveys.waves import close_wave
from tests.bot.surveys.closed import started_wave
from tests.bot.surveys.conftest import RememberingPortal
from tests.moving_clock import MovingClock

GOOD = {"satisfied": ["satisfied"], "on_time": ["on_time"]}


def links_in(database: Database) -> set[str]:
    with database.sessions() as session:
        return set(session.scalars(select(SurveyLink.token_sha256)))


def states(database: Database) -> dict[str, int]:
    with database.sessions() as session:
        counted = select(SurveySampled.state, func.count()).group_by(SurveySampled.state)
        return {row[0]: row[1] for row in session.execute(counted)}


def test_everybody_is_invited_and_every_link_works(database: Database, clock: MovingClock, portal: RememberingPortal) -> None:
    wave = started_wave(database, clock(), {"p1": 500, "p2": 40}, wanted=400)
    inviting = Invitations(database.sessions, portal, "https://bot.example/")
    drawn = sum(one["drawn"] for one in wave.strata)
    assert inviting.go_on(clock()) == drawn
    assert links_in(database) == {digest(token) for token in portal.tokens().values()}
    assert len(portal.links) == drawn
    assert all(link.startswith("https://bot.example/khao-sat/") for link in portal.links.values())
    with database.sessions() as session:
        assert session.get_one(SurveyWave, wave.id).state == "open"
    assert inviting.go_on(clock()) == 0


def test_a_call_is_for_one_group_alone_and_of_like_size(
    database: Database, clock: MovingClock, portal: RememberingPortal
) -> None:
    started_wave(database, clock(), {"p1": 500, "p2": 40}, wanted=400)
    Invitations(database.sessions, portal, "https://x").go_on(clock())
    assert all(len({record[:2] for record in call}) == 1 for call in portal.calls)
    sizes = sorted(len(call) for call in portal.calls if call[0].startswith("p1"))
    assert sizes[-1] - sizes[0] <= 1
    assert all(list(call) != sorted(call) for call in portal.calls)


def test_whom_the_portal_refuses_has_no_link(database: Database, clock: MovingClock, portal: RememberingPortal) -> None:
    started_wave(database, clock(), {"p1": 30})
    portal.refused = {"p1-00003": "declined", "p1-00004": "asked_lately"}
    Invitations(database.sessions, portal, "https://x").go_on(clock())
    assert states(database) == {"accepted": 28, "refused": 2}
    assert len(links_in(database)) == 28
    with database.sessions() as session:
        assert session.scalar(select(SurveySampled.reason).where(SurveySampled.record_id == "p1-00004")) == "asked_lately"


@pytest.mark.parametrize("error", [OutcomeUnknown("lost"), ContractChanged("results")])
def test_a_lost_answer_is_repeated_word_for_word(
    database: Database, clock: MovingClock, portal: RememberingPortal, error: PortalError
) -> None:
    started_wave(database, clock(), {"p1": 30})
    inviting = Invitations(database.sessions, portal, "https://x")
    portal.lost = [error]
    assert inviting.go_on(clock()) == 0
    assert states(database) == {"waiting": 30}
    assert inviting.go_on(clock()) == 30
    assert portal.keys[0] == portal.keys[1]
    assert links_in(database) == {digest(token) for token in portal.tokens().values()}


def test_after_a_crash_nobody_is_invited_twice_and_what_went_out_still_works(
    database: Database, clock: MovingClock, portal: RememberingPortal
) -> None:
    started_wave(database, clock(), {"p1": 30})
    portal.lost = [OutcomeUnknown("the process falls here")]
    Invitations(database.sessions, portal, "https://x").go_on(clock())
    before = portal.tokens()
    assert Invitations(database.sessions, portal, "https://x").go_on(clock()) == 30  # another process
    assert portal.tokens() == before
    assert states(database) == {"accepted": 30}
    for token in before.values():
        take_answers(database.sessions, token, GOOD, "", clock())
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(SurveyAnswer)) == 30


@pytest.mark.parametrize("error", [CircuitOpen(9), Declined("malformed-request"), NotOffered("invite_to_survey")])
def test_where_nothing_was_sent_no_link_is_left(
    database: Database, clock: MovingClock, portal: RememberingPortal, error: PortalError
) -> None:
    started_wave(database, clock(), {"p1": 30})
    inviting = Invitations(database.sessions, portal, "https://x")
    portal.error = error
    assert inviting.go_on(clock()) == 0
    assert links_in(database) == set()
    portal.error = None
    assert inviting.go_on(clock()) == 30


def test_a_closed_wave_invites_nobody_any_more(database: Database, clock: MovingClock, portal: RememberingPortal) -> None:
    wave = started_wave(database, clock(), {"p1": 30})
    inviting = Invitations(database.sessions, portal, "https://x")
    portal.lost = [OutcomeUnknown("lost")]
    inviting.go_on(clock())
    with writing(database.sessions) as session:
        close_wave(session, wave.id, clock())
    assert inviting.go_on(clock()) == 0
    assert len(portal.calls) == 1
    assert links_in(database) == set()


def test_a_wave_that_is_over_is_closed_instead_of_invited(
    database: Database, clock: MovingClock, portal: RememberingPortal
) -> None:
    started_wave(database, clock(), {"p1": 30})
    assert Invitations(database.sessions, portal, "https://x").go_on(clock() + timedelta(days=60)) == 0
    assert portal.calls == []
