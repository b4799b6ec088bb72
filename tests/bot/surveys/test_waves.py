"""Waves: who is in the frame, what may be asked for, when it begins and ends."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from bot.clock import VIETNAM_TIME
from bot.storage.database import Database, writing
from bot.storage.evidence_models import RegisteredDossier
from bot.storage.survey_models import SurveyLink, SurveySampled, SurveyWave
from bot.surveys.groups import CITY
from bot.surveys.inviting import close_what_is_over
from bot.surveys.sampling import allocate, draw, frame_hash
from bot.surveys.waves import SurveyRefusedError, begin_wave, close_wave, draw_wave, plan_wave, progress, read_frame
from tests.bot.surveys.closed import GROUPS, close_dossiers, dossier, order_for, started_wave
from tests.moving_clock import MovingClock


def test_the_frame_is_what_ended_in_these_days_in_vietnam(database: Database, clock: MovingClock) -> None:
    order = order_for(clock())
    first = datetime.combine(order.period_from, datetime.min.time(), VIETNAM_TIME)
    after = datetime.combine(order.period_to + timedelta(days=1), datetime.min.time(), VIETNAM_TIME)
    gone = dossier("gone", "p1", first)
    gone.missing_since = first
    with writing(database.sessions) as session:
        session.add_all(
            [
                dossier("first-second", "p1", first),
                dossier("last-second", "p9", after - timedelta(seconds=1)),
                dossier("before", "p1", first - timedelta(seconds=1)),
                dossier("after", "p1", after),
                dossier("goes-on", "p1", None),
                dossier("the-citys", None, first),
                gone,
            ]
        )
    with database.sessions() as session:
        frame = read_frame(session, GROUPS, order.period_from, order.period_to)
    assert frame == {"first-second": "g1", "last-second": CITY, "the-citys": CITY}


def test_the_kept_seed_and_frame_give_the_kept_sample(database: Database, clock: MovingClock) -> None:
    wave = started_wave(database, clock(), {"p1": 300, "p2": 90, "p3": 7, None: 40})
    with database.sessions() as session:
        kept = {(row.record_id, row.stratum) for row in session.scalars(select(SurveySampled))}
        frame = {row.record_id: GROUPS.of(row.place_id) for row in session.scalars(select(RegisteredDossier))}
    assert frame_hash(frame) == wave.frame_hash
    sizes = {"g1": 300, "g2": 90, "g3": 7, CITY: 40}
    again = draw(frame, allocate(sizes, 60, 1.0), wave.seed)
    assert kept == {(record, group) for group, records in again.items() for record in records}
    assert {one["group"]: one["drawn"] for one in wave.strata} == {"g1": 42, "g2": 30, "g3": 7, CITY: 30}


def test_a_dossier_is_asked_of_once(database: Database, clock: MovingClock) -> None:
    first = started_wave(database, clock(), {"p1": 100})
    with writing(database.sessions) as session:
        second = draw_wave(session, GROUPS, order_for(clock()), "lan", clock())
        twice = session.scalar(
            select(func.count()).select_from(
                select(SurveySampled.record_id).group_by(SurveySampled.record_id).having(func.count() > 1).subquery()
            )
        )
    assert second.frame_size == 100 - first.strata[0]["drawn"]
    assert twice == 0


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"wanted": 0}, "numbers"),
        ({"wanted": 10**9}, "numbers"),
        ({"expected_response": 0}, "numbers"),
        ({"spared_months": -1}, "numbers"),
        ({"closes_on": datetime(2020, 1, 1).date()}, "closes_on"),  # noqa: DTZ001
        ({"period_from": datetime(2020, 1, 1).date()}, "period"),  # noqa: DTZ001
        ({"period_to": datetime(2090, 1, 1).date()}, "period"),  # noqa: DTZ001
        ({}, "empty"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    database: Database, clock: MovingClock, changed: dict[str, object], key: str
) -> None:
    with database.sessions() as session, pytest.raises(SurveyRefusedError) as refused:
        plan_wave(session, GROUPS, order_for(clock(), **changed), clock().date())
    assert refused.value.key == key


def test_a_wave_begins_once_and_ends_once(database: Database, clock: MovingClock) -> None:
    wave = started_wave(database, clock(), {"p1": 40})
    with writing(database.sessions) as session, pytest.raises(SurveyRefusedError):
        begin_wave(session, wave.id, clock())
    with writing(database.sessions) as session:
        session.add(SurveyLink(token_sha256="x", wave_id=wave.id, stratum="g1"))
    with writing(database.sessions) as session:
        close_wave(session, wave.id, clock())
        assert session.scalar(select(func.count()).select_from(SurveyLink)) == 0
    with writing(database.sessions) as session, pytest.raises(SurveyRefusedError):
        close_wave(session, wave.id, clock())
    with writing(database.sessions) as session, pytest.raises(LookupError):
        begin_wave(session, 999, clock())


def test_a_wave_whose_last_day_is_over_is_closed_by_the_clock(database: Database, clock: MovingClock) -> None:
    wave = started_wave(database, clock(), {"p1": 40})
    assert close_what_is_over(database.sessions, clock() + timedelta(days=30)) == 0
    assert close_what_is_over(database.sessions, clock() + timedelta(days=31)) == 1
    with database.sessions() as session:
        assert session.get_one(SurveyWave, wave.id).state == "closed"


def test_progress_counts_by_group(database: Database, clock: MovingClock) -> None:
    wave = started_wave(database, clock(), {"p1": 40, "p2": 40})
    with writing(database.sessions) as session:
        some = update(SurveySampled).where(SurveySampled.record_id == "p1-00000")
        session.execute(some.values(state="refused", reason="declined"))
        found = {one.group: one for one in progress(session, wave)}
    drawn = {one["group"]: one["drawn"] for one in wave.strata}
    assert found["g1"].waiting + sum(found["g1"].refused.values()) == drawn["g1"]
    assert (found["g2"].waiting, found["g2"].invited, found["g2"].answered) == (drawn["g2"], 0, 0)


def test_dossiers_of_one_day_are_enough(database: Database, clock: MovingClock) -> None:
    day = order_for(clock()).period_from
    close_dossiers(database, {"p3": 3}, day)
    with database.sessions() as session:
        plan = plan_wave(session, GROUPS, order_for(clock(), period_to=day), clock().date())
    assert [(one.group, one.drawn, one.whole) for one in plan.strata] == [("g3", 3, True)]
