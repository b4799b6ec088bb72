"""Orders and announcements are kept, noticed within seconds by every process, and never changed afterwards."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import sessionmaker

from bot.storage.database import Database, writing
from bot.switches.board import Target
from bot.switches.store import (
    SwitchRefusedError,
    all_outages,
    announce_outage,
    history,
    switch_off,
    switch_on,
    withdraw_outage,
)
from bot.switches.watch import SwitchWatch
from tests.moving_clock import MovingClock

FEE = Target("answer", "1.001193", "fee")
ZALO = Target("channel", "zalo")


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


class Seconds:
    """A monotonic clock that tests move."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def watch(database: Database, clock: MovingClock, seconds: Seconds) -> SwitchWatch:
    return SwitchWatch(database.sessions, clock, monotonic=seconds)


@pytest.fixture
def off(database: Database, clock: MovingClock) -> Callable[..., int]:
    def order(target: Target, **more: object) -> int:
        values = {"reason": "sai mức phí", "by": "Trần Thị Bình", "now": clock()} | more
        return switch_off(database.sessions, target, **values)  # type: ignore[arg-type]

    return order


def test_what_is_switched_off_is_noticed_after_a_second_and_not_asked_for_more_often(
    watch: SwitchWatch, off: Callable[..., int], seconds: Seconds
) -> None:
    assert watch().off("answer", "1.001193", "fee") is None
    number = off(FEE)
    seconds.now += 0.5
    assert watch().offs == ()
    seconds.now += 0.6
    found = watch().answer_off("1.001193", "fee")
    assert found is not None
    assert (found.number, found.ordered_by, found.reason) == (number, "Trần Thị Bình", "sai mức phí")
    assert watch().answer_off("1.001193", "documents") is None
    assert watch().answer_off("1.000894", "fee") is None


def test_switching_on_takes_every_standing_order_back(
    database: Database, clock: MovingClock, watch: SwitchWatch, off: Callable[..., int], seconds: Seconds
) -> None:
    off(FEE, text_vi="Lời một")
    off(FEE, text_vi="Lời hai")
    found = watch().answer_off("1.001193", "fee")
    assert found is not None
    assert found.text_vi == "Lời hai"
    switch_on(database.sessions, FEE, reason="đã sửa", by="Lê Văn An", now=clock())
    seconds.now += 1
    assert watch().offs == ()
    with pytest.raises(SwitchRefusedError) as refused:
        switch_on(database.sessions, FEE, reason="lần nữa", by="Lê Văn An", now=clock())
    assert refused.value.key == "switch_refused_not_off"


def test_an_order_begins_and_ends_by_itself(watch: SwitchWatch, off: Callable[..., int], clock: MovingClock) -> None:
    off(ZALO, from_at=clock() + timedelta(hours=1), until_at=clock() + timedelta(hours=2))
    assert watch().off("channel", "zalo") is None
    clock.move(hours=1)
    assert watch().off("channel", "zalo") is not None
    clock.move(minutes=59)
    assert watch().off("channel", "zalo") is not None
    clock.move(minutes=1)
    assert watch().off("channel", "zalo") is None


def test_an_outage_lasts_as_announced_and_can_be_withdrawn(
    database: Database, clock: MovingClock, watch: SwitchWatch, seconds: Seconds
) -> None:
    begins = clock() + timedelta(minutes=10)
    number = announce_outage(
        database.sessions, "portal", starts_at=begins, ends_at=begins + timedelta(hours=1), by="An", now=clock()
    )
    assert watch().outages_of(portal=True) == ()
    clock.move(minutes=10)
    assert [one.number for one in watch().outages_of(portal=True)] == [number]
    assert watch().outages_of(channel="zalo") == ()
    withdraw_outage(database.sessions, number, by="Bình", now=clock())
    seconds.now += 1
    assert watch().outages_of(portal=True) == ()
    with database.sessions() as session:
        assert [one.withdrawn_by for one in all_outages(session, clock() - timedelta(days=1))] == ["Bình"]
    with pytest.raises(SwitchRefusedError):
        withdraw_outage(database.sessions, number, by="Bình", now=clock())


@pytest.mark.parametrize(
    ("target", "more", "key"),
    [
        (Target("intent", "talk_to_officer"), {}, "switch_refused_person"),
        (Target("intent", "complaint"), {}, "switch_refused_person"),
        (Target("answer", "1.001193"), {}, "switch_refused_target"),
        (Target("procedure", "1.001193", "fee"), {}, "switch_refused_target"),
        (Target("procedure", " "), {}, "switch_refused_target"),
        (Target("procedure", "x" * 81), {}, "switch_refused_target"),
        (FEE, {"reason": " "}, "switch_refused_words"),
        (FEE, {"by": ""}, "switch_refused_words"),
        (FEE, {"reason": "x" * 401}, "switch_refused_long"),
        (FEE, {"text_vi": "x" * 1001}, "switch_refused_long"),
        (FEE, {"until_at": MovingClock()()}, "switch_refused_end"),
        (FEE, {"from_at": MovingClock()() + timedelta(2), "until_at": MovingClock()() + timedelta(1)}, "switch_refused_end"),
    ],
)
def test_a_senseless_order_is_refused_and_nothing_is_kept(
    database: Database, off: Callable[..., int], target: Target, more: dict[str, object], key: str
) -> None:
    with pytest.raises(SwitchRefusedError) as refused:
        off(target, **more)
    assert refused.value.key == key
    with database.sessions() as session:
        assert history(session) == []


@pytest.mark.parametrize("statement", ["UPDATE kill_switch SET reason = 'x'", "DELETE FROM kill_switch"])
def test_the_history_cannot_be_changed_even_by_hand(database: Database, off: Callable[..., int], statement: str) -> None:
    off(FEE)
    with pytest.raises(DBAPIError, match="append-only"), writing(database.sessions) as session:
        session.execute(text(statement))
    with database.sessions() as session:
        assert [one.reason for one in history(session)] == ["sai mức phí"]


def test_orders_given_at_once_are_all_noticed(database: Database, off: Callable[..., int], watch: SwitchWatch) -> None:
    assert watch().offs == ()
    with ThreadPoolExecutor(8) as people:
        numbers = list(people.map(lambda index: off(Target("procedure", f"1.{index:06d}")), range(24)))
    assert len(set(numbers)) == 24
    later = SwitchWatch(database.sessions, MovingClock())
    assert len(later().offs) == 24


def test_while_the_ledger_is_away_the_last_orders_stay_in_force(
    database: Database, off: Callable[..., int], clock: MovingClock, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    off(FEE)
    watch = SwitchWatch(database.sessions, clock, monotonic=seconds)
    assert watch().answer_off("1.001193", "fee") is not None
    nowhere = sessionmaker(create_engine("sqlite:////nowhere/at/all.sqlite3"))
    monkeypatch.setattr(watch, "_sessions", nowhere)
    seconds.now += 5
    assert watch().answer_off("1.001193", "fee") is not None


def test_what_is_written_with_an_order_stands_and_falls_with_it(database: Database, clock: MovingClock) -> None:
    def fails(_session: object) -> None:
        raise RuntimeError("the audit log is away")

    now = clock()
    with pytest.raises(RuntimeError):
        switch_off(database.sessions, FEE, reason="sai", by="Bình", now=now, also=fails)
    with pytest.raises(RuntimeError):
        announce_outage(database.sessions, "all", starts_at=now, ends_at=now + timedelta(hours=1), by="B", now=now, also=fails)
    with database.sessions() as session:
        assert history(session) == []
        assert all_outages(session, now - timedelta(days=1)) == []
