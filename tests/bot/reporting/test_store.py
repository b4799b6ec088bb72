"""Reports in the ledger: made when due, once, and again only where something differs."""

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.reporting.delivery import (
    GIVES_UP_AFTER,
    DestinationAwayError,
    DestinationRefusedError,
    pause_after,
    send_due,
    try_again,
)
from bot.reporting.desk import ReportDesk
from bot.reporting.figures import figures_hash
from bot.reporting.period import day_of, read_period
from bot.reporting.store import PeriodNotOverError, keep
from bot.reporting.view import ReportView
from bot.storage.database import Database, writing
from bot.storage.evidence_models import RegisterRun
from bot.storage.models import Inbound
from bot.storage.report_models import Report, ReportDelivery
from tests.bot.reporting.dossiers import DATA, dossier, register, vn
from tests.moving_clock import MovingClock

MORNING = vn("2026-11-27 06:00")
DAY = read_period("daily", "2026-11-26")


def desk(database: Database, *destinations: str) -> ReportDesk:
    return ReportDesk(database.sessions, DATA, destinations)


def ids(database: Database) -> list[str]:
    with database.sessions() as session:
        return list(session.scalars(select(Report.id).order_by(Report.id)))


def deliveries(database: Database) -> list[ReportDelivery]:
    with database.sessions() as session:
        return list(session.scalars(select(ReportDelivery).order_by(ReportDelivery.id)))


def test_yesterday_and_the_last_month_are_made_in_the_morning_and_only_once(database: Database) -> None:
    register(database, dossier("a"))
    assert {one.id for one in desk(database).make_due(MORNING)} == {"daily-2026-11-26-r1", "monthly-2026-10-r1"}
    assert desk(database).make_due(MORNING + timedelta(hours=5)) == []
    assert ids(database) == ["daily-2026-11-26-r1", "monthly-2026-10-r1"]


def test_days_that_were_missed_are_made_up_for_at_most_a_month_back(database: Database) -> None:
    register(database, dossier("a"))
    desk(database).make(day_of(date(2026, 11, 20)), by="system", now=MORNING)
    made = {one.id for one in desk(database).make_due(MORNING)}
    assert {f"daily-2026-11-{n}-r1" for n in range(21, 27)} <= made
    assert "daily-2026-11-19-r1" not in made
    long_after = {one.id for one in desk(database).make_due(vn("2027-03-01 06:00")) if one.id.startswith("daily")}
    assert len(long_after) == 31
    assert "daily-2027-02-28-r1" in long_after


def test_a_day_waits_until_noon_for_the_portals_list_to_be_read_after_it(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def read(at: str, *, complete: bool = True) -> None:
        with writing(database.sessions) as session:
            session.add(RegisterRun(kind="changes", started_at=vn(at), finished_at=vn(at), complete=complete))

    read("2026-11-26 23:59")
    read("2026-11-27 00:30", complete=False)
    assert [one.id for one in desk(database).make_due(MORNING)] == ["monthly-2026-10-r1"]
    read("2026-11-27 07:00")
    assert [one.id for one in desk(database).make_due(MORNING + timedelta(hours=1))] == ["daily-2026-11-26-r1"]
    assert desk(database).make_due(vn("2026-11-28 06:00")) == []
    assert [one.id for one in desk(database).make_due(vn("2026-11-28 12:00"))] == ["daily-2026-11-27-r1"]
    assert "report.list_not_read" in caplog.text


def test_nothing_is_reported_before_the_portals_list_was_read_whole_once(database: Database) -> None:
    afternoon = vn("2026-11-27 15:00")
    assert desk(database).make_due(afternoon) == []
    with writing(database.sessions) as session:
        session.add(RegisterRun(kind="whole", started_at=vn("2026-11-27 14:59"), complete=False))
    register(database, dossier("the first of many"))
    assert desk(database).make_due(afternoon) == []
    with writing(database.sessions) as session:
        session.query(RegisterRun).one().complete = True
    assert len(desk(database).make_due(afternoon)) == 2


def test_before_the_month_its_days_are_made_again_where_dossiers_came_late(database: Database) -> None:
    register(database, dossier("a"))
    desk(database).make_due(MORNING)
    register(database, dossier("late"))
    made = {one.id: one for one in desk(database).make_due(vn("2026-12-01 06:00"))}
    assert "daily-2026-11-26-r2" in made
    assert "monthly-2026-11-r1" in made
    assert "daily-2026-11-27-r2" not in made
    with database.sessions() as session:
        again = session.get_one(Report, "daily-2026-11-26-r2")
        assert {"unit": "total", "name": "", "figure": "received", "before": 1, "after": 2} in again.changes
        assert session.get_one(Report, "daily-2026-11-26-r1").figures["total"]["received"] == 1
        assert figures_hash(again.figures) == again.sha256


def test_a_day_that_is_not_over_is_not_reported(database: Database) -> None:
    for now in (vn("2026-11-26 23:59:59"), vn("2026-11-26 08:00")):
        with pytest.raises(PeriodNotOverError):
            desk(database).make(DAY, by="lan", now=now)
    assert desk(database).make(DAY, by="lan", now=vn("2026-11-27 00:00")).fresh


def test_two_workers_at_once_make_one_report(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.reporting import store

    real, raced = store.newest_revision, []

    def late(session: object, period: object) -> object:
        if not raced:
            raced.append(True)
            return None
        return real(session, period)  # type: ignore[arg-type]

    first = desk(database, "folder").make(DAY, by="system", now=MORNING)
    with database.sessions() as session:
        made = store.Made(session.get_one(Report, first.id).figures, [])
    monkeypatch.setattr(store, "newest_revision", late)
    again = keep(database.sessions, DAY, made, ["folder"], by="system", now=MORNING)
    assert (again.id, again.fresh) == (first.id, False)
    assert len(deliveries(database)) == 1


def test_a_broken_indicator_file_stops_no_worker_and_loses_no_day(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(DATA / "reporting", tmp_path / "reporting")
    shutil.copytree(DATA / "catalogue", tmp_path / "catalogue", ignore=shutil.ignore_patterns("procedures", "aliases", "eforms"))
    broken = tmp_path / "reporting" / "indicators.yml"
    text = broken.read_text(encoding="utf-8")
    broken.write_text(text.replace("formula: on_time", "formula: x"), encoding="utf-8")
    register(database, dossier("a"))
    hub = ReportDesk(database.sessions, tmp_path, ())
    assert hub.make_due(MORNING) == []
    assert "alarm.report_indicators" in caplog.text
    broken.write_text(text, encoding="utf-8")
    assert len(hub.make_due(MORNING + timedelta(days=1))) == 2


class Destination:
    """Takes reports, or fails as told."""

    def __init__(self, *faults: Exception | None) -> None:
        self.faults, self.got = list(faults), list[str]()

    def __call__(self, view: ReportView) -> None:
        self.got.append(view.id)
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault


def test_a_destination_that_is_away_gets_its_report_later_and_the_delay_shows(database: Database) -> None:
    clock = MovingClock(MORNING)
    desk(database, "folder", "webhook").make(DAY, by="system", now=clock())
    away, works = Destination(DestinationAwayError("http_503"), DestinationAwayError("out_of_time")), Destination()
    senders = {"webhook": away, "folder": works}
    assert send_due(database.sessions, senders, clock) == 1
    folder, webhook = deliveries(database)
    assert (folder.state, webhook.state, webhook.error, webhook.attempts) == ("sent", "waiting", "http_503", 1)
    assert webhook.next_try_at == clock() + timedelta(minutes=1)
    assert send_due(database.sessions, senders, clock) == 0
    clock.move(minutes=1)
    send_due(database.sessions, senders, clock)
    assert deliveries(database)[1].next_try_at == clock() + timedelta(minutes=2)
    clock.move(minutes=2)
    assert send_due(database.sessions, senders, clock) == 1
    webhook = deliveries(database)[1]
    assert (webhook.state, webhook.error, webhook.attempts, webhook.sent_at) == ("sent", None, 3, clock())
    assert works.got == ["daily-2026-11-26-r1"]


def test_pauses_grow_to_six_hours() -> None:
    assert [pause_after(n) for n in (1, 2, 3, 9, 10, 1_000_000)] == [
        timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=256), *[timedelta(hours=6)] * 2
    ]  # fmt: skip


def test_what_is_refused_or_away_for_a_week_is_marked_and_can_be_sent_by_hand(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    clock = MovingClock(MORNING)
    desk(database, "mail", "webhook").make(DAY, by="system", now=clock())
    senders = {
        "mail": Destination(DestinationRefusedError("smtp_550")),
        "webhook": Destination(*[DestinationAwayError("x")] * 99),
    }
    send_due(database.sessions, senders, clock)
    assert [one.state for one in deliveries(database)] == ["failed", "waiting"]
    assert "alarm.report_not_delivered" in caplog.text
    clock.now += GIVES_UP_AFTER
    send_due(database.sessions, senders, clock)
    assert [one.state for one in deliveries(database)] == ["failed", "failed"]
    with writing(database.sessions) as session:
        assert try_again(session, deliveries(database)[0].id, clock()) is not None
    assert send_due(database.sessions, senders, clock) == 1
    with writing(database.sessions) as session:
        assert try_again(session, deliveries(database)[0].id, clock()) is None
        assert try_again(session, 99, clock()) is None


def test_while_one_worker_sends_no_other_does_and_a_fallen_one_is_taken_over(database: Database) -> None:
    clock = MovingClock(MORNING)
    desk(database, "webhook").make(DAY, by="system", now=clock())
    other = Destination()

    def slow(_view: ReportView) -> None:
        # While this one is at it, another worker looks.
        assert send_due(database.sessions, {"webhook": other}, clock) == 0
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send_due(database.sessions, {"webhook": slow}, clock)
    assert other.got == []
    clock.move(minutes=10)
    assert send_due(database.sessions, {"webhook": other}, clock) == 1


def test_a_report_waits_for_a_destination_that_is_not_set_up(database: Database) -> None:
    clock = MovingClock(MORNING)
    desk(database, "mail").make(DAY, by="system", now=clock())
    assert send_due(database.sessions, {"folder": Destination()}, clock) == 0
    assert send_due(database.sessions, {}, clock) == 0
    assert deliveries(database)[0].state == "waiting"


def test_the_assistants_own_figures_are_counted_and_hold_no_words(database: Database) -> None:
    from tests.bot.reporting.talks import talk

    talk(database, vn("2026-11-26 08:00"), answered_after=4, handed_over=True, rating="good", procedure="1.001193")
    talk(database, vn("2026-11-26 23:59:59"), answered_after=10)
    talk(database, vn("2026-11-27 00:00"), answered_after=99)
    desk(database).make(DAY, by="system", now=vn("2026-11-27 06:00"))
    with database.sessions() as session:
        figures = session.get_one(Report, "daily-2026-11-26-r1").figures
        assert session.scalars(select(Inbound.text)).first() == "bí mật của tôi"
    told = figures["assistant"]
    assert (told["messages"], told["sessions"]) == (2, 2)
    assert told["by_outcome"] == {"answered": 1, "handed_over": 1}
    assert told["by_intent"] == {"ask_fee": 2}
    assert told["by_procedure"] == {"": 1, "1.001193": 1}
    assert told["handoffs_by_team"] == {"tthcc-tinh": 1}
    assert told["answer_seconds"] == {"of": 2, "median": 4, "p90": 10}
    assert (told["handoffs_opened"], told["handoffs_answered"], told["rated_good"]) == (1, 1, 1)
    assert told["handoff_answer_seconds"]["median"] == 120
    assert "bí mật" not in str(figures)


def test_moments_are_kept_with_their_zone(database: Database) -> None:
    desk(database).make(DAY, by="system", now=MORNING)
    with database.sessions() as session:
        made_at: datetime = session.get_one(Report, "daily-2026-11-26-r1").made_at
    assert made_at == MORNING
