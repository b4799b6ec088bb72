"""Minutes by minute, hours, days: what was up is told from what was measured, and nothing else."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.storage.database import Database, writing
from bot.storage.switch_models import Outage
from bot.storage.sync_models import ServiceHour, ServiceProbe
from bot.sync_monitor.state_page import days_drawing, percent, read_state, state_json
from bot.sync_monitor.uptime import Look, Minutes, State, days_of, note_looks, office_minutes, state_now

# 23:30 in Vietnam on the 26th: the day changes within the hour that follows.
NIGHT = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)


def look_every_minute(database: Database, states: str, began: datetime, *, office: bool = False) -> None:
    names: dict[str, State] = {"u": "up", "d": "down", "?": "unknown", "s": "starting"}
    for number, state in enumerate(states):
        if state != " ":
            at = began + timedelta(minutes=number, seconds=17)
            note_looks(database.sessions, [Look("portal", names[state])], at, office_open=office)


def test_days_are_vietnams_and_add_up_from_minutes(database: Database) -> None:
    look_every_minute(database, "u" * 30 + "dd?" + " " * 10 + "u", NIGHT)
    with database.sessions() as session:
        days = days_of(session, date(2026, 11, 26), date(2026, 11, 27))["portal"]
        minutes = session.scalars(select(ServiceProbe)).all()
    assert days == {date(2026, 11, 26): Minutes(up=30), date(2026, 11, 27): Minutes(up=1, down=2, unknown=1)}
    assert len(minutes) == 34
    assert days[date(2026, 11, 27)].availability == pytest.approx(1 / 3), "what was not measured is neither up nor down"


def test_two_looks_in_one_minute_count_once(database: Database) -> None:
    for state in ("up", "down"):
        at = NIGHT + timedelta(seconds=5 if state == "up" else 58)
        note_looks(database.sessions, [Look("portal", state), Look("portal", "down")], at, office_open=True)  # type: ignore[arg-type]
    with database.sessions() as session:
        (hour,) = session.scalars(select(ServiceHour)).all()
    assert (hour.up, hour.down, hour.office_up, hour.office_down) == (1, 0, 1, 0)


def test_the_newest_look_of_a_minute_tells_what_is_now(database: Database) -> None:
    for second, state in enumerate(("starting", "starting", "up")):
        at = NIGHT + timedelta(seconds=second)
        note_looks(database.sessions, [Look("assistant", state)], at, office_open=True)  # type: ignore[arg-type]
    with database.sessions() as session:
        assert state_now(session, NIGHT)["assistant"].state == "up"


def test_office_minutes_are_kept_apart(database: Database) -> None:
    look_every_minute(database, "uud", NIGHT, office=False)
    look_every_minute(database, "ud", NIGHT + timedelta(hours=2), office=True)
    with database.sessions() as session:
        assert office_minutes(session, date(2026, 11, 26), date(2026, 11, 27)) == {"portal": Minutes(up=1, down=1)}


def test_an_old_look_says_nothing_about_now(database: Database) -> None:
    look_every_minute(database, "u", NIGHT)
    with database.sessions() as session:
        assert state_now(session, NIGHT + timedelta(minutes=2))["portal"].state == "up"
        late = state_now(session, NIGHT + timedelta(minutes=10))["portal"]
    assert (late.state, late.at) == ("unknown", NIGHT)


@pytest.mark.parametrize(
    ("share", "said"),
    [(None, "chưa đo được"), (1.0, "100 %"), (0.99999, "99,99 %"), (0.995, "99,5 %"), (0.0, "0 %"), (0.123456, "12,34 %")],
)
def test_a_minute_down_never_reads_as_everything(share: float | None, said: str) -> None:
    assert percent(share, "vi") == said


def test_a_day_in_one_word() -> None:
    said = [Minutes().verdict, Minutes(up=9).verdict, Minutes(up=9, down=1).verdict, Minutes(up=1, down=9).verdict]
    assert said == ["unknown", "up", "partly", "down"]
    assert Minutes(unknown=5).verdict == "unknown"


def test_the_drawing_says_every_day_in_words() -> None:
    days = [(date(2026, 11, 1), Minutes(up=5)), (date(2026, 11, 2), Minutes(up=5, down=3)), (date(2026, 11, 3), Minutes())]
    drawn = days_drawing(days, 'Cổng "<b>', "vi")
    assert re.findall(r"<title>(.*?)</title>", drawn) == [
        "01/11/2026: hoạt động",
        "02/11/2026: có lúc gián đoạn (3 phút gián đoạn)",
        "03/11/2026: không đo",
    ]
    assert "<b>" not in drawn


def outage(hours_from: int, hours_to: int, **changes: object) -> Outage:
    values = {"scope": "portal", "announced_by": "an", "announced_at": NIGHT - timedelta(days=9)}
    span = {"starts_at": NIGHT + timedelta(hours=hours_from), "ends_at": NIGHT + timedelta(hours=hours_to)}
    return Outage(**{**values, **span, **changes})


def test_outages_are_told_by_when_they_are(database: Database) -> None:
    look_every_minute(database, "u", NIGHT)
    with writing(database.sessions) as session:
        withdrawn = outage(5, 6, withdrawn_at=NIGHT, withdrawn_by="an")
        session.add_all([outage(-1, 1), outage(24, 26), outage(48, 50), outage(-30, -20), withdrawn])
    with database.sessions() as session:
        state = read_state(session, NIGHT)
    assert state.overall == "planned"
    told = state_json(state)
    assert [one["when"] for one in told["outages"]] == ["present", "planned", "planned", "past"]
    assert told["outages"][1]["from"] < told["outages"][2]["from"], "the next first"
    assert told["parts"][0]["days"] == [{"day": "2026-11-26", "up": 1, "down": 0, "unknown": 0}]


@pytest.mark.parametrize(
    ("states", "overall"), [("", "unknown"), ("u", "up"), ("d", "down"), ("?", "unknown"), ("s", "starting")]
)
def test_the_whole_in_one_word(database: Database, states: str, overall: str) -> None:
    look_every_minute(database, states, NIGHT)
    with database.sessions() as session:
        assert read_state(session, NIGHT).overall == overall


@pytest.mark.parametrize(("share", "said"), [(0.0, "0 %"), (3 / 11_460, "0,03 %"), (1 / 1_000_000, "0,01 %"), (0.05, "5 %")])
def test_the_share_of_faults_never_reads_as_less_than_it_is(share: float, said: str) -> None:
    assert percent(share, "vi", fault=True) == said
