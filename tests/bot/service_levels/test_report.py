"""The month's report, held against figures worked out by hand."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.accounts.audit import OPERATOR, record_audit
from bot.officers.hours import OpeningHours
from bot.service_levels.report import LevelReport, Measure, Month, level_report, quantile
from bot.service_levels.terms import CostItem, Costs, TermsError, read_terms
from bot.settings import PROJECT_ROOT
from bot.storage.account_models import Account
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Handoff, Inbound, Outbound
from bot.storage.switch_models import Outage
from bot.storage.sync_models import ServiceHour, SyncComparison

MONTH = Month.parse("2026-11")
# Monday, 9 o'clock in Vietnam.
OPEN = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
HOURS = OpeningHours((((time(8), time(12)),),) * 5 + ((), ()), covers_years=(2026,))
DATA = PROJECT_ROOT / "data"


def report(database: Database, costs: tuple[CostItem, ...] = (), now: datetime = OPEN + timedelta(days=300)) -> LevelReport:
    with database.sessions() as session:
        return level_report(session, MONTH, read_terms(DATA), costs, HOURS, now)


def measure(found: LevelReport, key: str, part: str | None = None) -> Measure:
    (one,) = (one for one in found.measures if one.key == key and one.part == part)
    return one


def message(number: int, at: datetime, seconds: float | None, outcome: str = "answered", **changes: Any) -> list[Any]:
    """A message with its answer after so many seconds."""
    values: dict[str, Any] = {"conversation_id": "c", "channel": "webchat", "account": "web", "nlu": {"intent": "ask_fee"}}
    inbound = Inbound(id=number, event_id=f"e{number}", seq=number * 2, received_at=at, outcome=outcome, **(values | changes))
    if seconds is None:
        return [inbound]
    sent = at + timedelta(seconds=seconds)
    answer = {"text": "x", "procedure_code": f"1.{number}"}
    common: dict[str, Any] = {"conversation_id": "c", "inbound_id": number, "author": "bot", "message": answer, "created_at": at}
    first = Outbound(seq=number * 2 + 1, state="sent", idempotency_key=f"k{number}", sent_at=sent, **common)
    second = Outbound(seq=None, state="dead", idempotency_key=f"l{number}", sent_at=None, **common)
    return [inbound, first, second]


@pytest.fixture
def filled(database: Database) -> Database:
    with writing(database.sessions) as session:
        session.add(Conversation(id="c", channel="webchat", account="web", external_id="c", opened_at=OPEN))
        session.flush()
        for number in range(1, 21):
            # 1 to 20 seconds, two days apart so that nothing is asked again.
            session.add_all(message(number, OPEN + timedelta(hours=number), float(number)))
        session.add_all(message(21, OPEN, None, "failed_and_told", nlu={"intent": "greet"}))
        session.add_all(message(22, OPEN, None, "ignored", nlu=None))
        session.add_all(message(23, datetime(2026, 10, 31, 16, 59, 59, tzinfo=UTC), 1000.0))
        session.add_all(message(24, datetime(2026, 11, 30, 17, 0, tzinfo=UTC), 1000.0))
    return database


def test_answer_times_and_shares(filled: Database) -> None:
    found = report(filled)
    assert found.answer_p50 == 10.0
    p95 = measure(found, "answer_p95")
    assert (p95.value, p95.n, p95.met) == (19.0, 20, False)
    assert found.outcomes == {"answered": 20, "failed_and_told": 1, "ignored": 1}, "the months beside it are not in it"
    assert measure(found, "answered").value == pytest.approx(20 / 21)
    assert measure(found, "failed").value == pytest.approx(1 / 21)
    undelivered = measure(found, "undelivered")
    assert (undelivered.value, undelivered.n) == (0.5, 40)


def test_cost_of_a_solved_question(filled: Database) -> None:
    costs = (CostItem(item="máy chủ", amount=3_000_000), CostItem(item="người", amount=1_000_000))
    found = report(filled, costs)
    assert (found.solved.questions, found.solved.solved) == (20, 20)
    assert found.cost_per_solved == 200_000
    assert report(filled).cost_per_solved is None, "no cost was entered"


def test_availability_counts_measured_office_minutes(database: Database) -> None:
    """November 2026 has 21 working days of four hours here: 5,040 minutes."""
    with writing(database.sessions) as session:
        for hour in range(3):
            minutes = {"up": 50, "down": 10, "unknown": 0, "office_up": 50 - hour, "office_down": hour, "office_unknown": 10}
            session.add(ServiceHour(part="portal", hour=OPEN + timedelta(hours=hour), **minutes))
        session.add(ServiceHour(part="portal", hour=MONTH.ends, up=0, down=60, unknown=0, office_down=60))
    found = report(database)
    availability = measure(found, "availability", "portal")
    assert (availability.value, availability.n, availability.met) == (147 / 150, 150, False)
    assert measure(found, "measured", "portal").value == pytest.approx(150 / 5040)
    assert measure(found, "availability", "webchat").met is None, "what was not measured is neither good nor bad"
    assert found.minutes_down == {"portal": 30}


def handoff(session: Any, number: int, minutes: float | None, at: datetime = OPEN, **changes: Any) -> None:
    conversation = f"h{number}"
    session.add(Conversation(id=conversation, channel="webchat", account="web", external_id=conversation, opened_at=at))
    session.flush()
    answered = at + timedelta(minutes=minutes) if minutes is not None else None
    values: dict[str, Any] = {
        "conversation_id": conversation,
        "reason": "asked",
        "summary": {},
        "state": "closed",
        "opened_at": at,
    }
    session.add(Handoff(**(values | {"first_answer_at": answered} | changes)))


def test_first_answers_of_handoffs_in_office_hours(database: Database) -> None:
    with writing(database.sessions) as session:
        for number, minutes in enumerate((1, 2, 30, None, None)):
            handoff(session, number, minutes)
        handoff(session, 8, 0, OPEN + timedelta(hours=10))
        handoff(session, 9, 0, ticket=True)
    first = measure(report(database), "first_answer")
    assert (first.value, first.n, first.met) == (30.0, 5, False), "who was never answered waited longest"


def test_use_by_agency_comes_from_who_took_the_handoffs(database: Database) -> None:
    with writing(database.sessions) as session:
        for login, agencies, everything in (("an", ["a"], False), ("binh", ["a", "b"], False), ("chi", [], True)):
            session.add(
                Account(
                    id=login, login=login, display_name=login, roles=[], agencies=agencies, all_agencies=everything,
                    state="active", created_at=OPEN, updated_at=OPEN,
                )
            )  # fmt: skip
        handoff(session, 1, 1, taken_by="an", taken_at=OPEN)
        handoff(session, 2, 1, taken_by="binh", taken_at=OPEN)
        handoff(session, 3, 1, taken_by="gone", taken_at=OPEN)
        handoff(session, 4, 1, taken_by="chi", taken_at=OPEN - timedelta(days=30))
    units = {unit.agency: (unit.accounts, unit.handoffs, unit.conversations) for unit in report(database).units}
    assert units == {None: (1, 0, 0), "a": (2, 2, 2), "b": (1, 1, 1)}


def test_the_last_comparison_outages_and_the_drill(database: Database) -> None:
    with writing(database.sessions) as session:
        for days, differing, complete in ((0, 5, True), (3, 1, True), (4, 90, False)):
            unit = {"name": "x", "compared": 100, "differing": differing}
            session.add(
                SyncComparison(
                    at=OPEN + timedelta(days=days), kind="scheduled", complete=complete, compared=100, counts={},
                    by_unit={"u": unit}, examples={},
                )
            )  # fmt: skip
        for days in (-20, -2, 5):
            at = OPEN + timedelta(days=days)
            session.add(Outage(scope="all", starts_at=at, ends_at=at + timedelta(days=2), announced_by="an", announced_at=at))
        record_audit(session, OPERATOR, "vendor.drill", "vendor:drill", {"passed": True}, now=OPEN)
        record_audit(session, OPERATOR, "vendor.drill", "vendor:drill", {"passed": False}, now=OPEN + timedelta(days=1))
    found = report(database)
    assert (measure(found, "sync").value, found.outages, found.last_drill) == (0.01, 2, OPEN)


def test_an_empty_month_claims_nothing(database: Database) -> None:
    found = report(database)
    assert {one.met for one in found.measures if one.key != "measured"} == {None}
    assert {one.met for one in found.measures if one.key == "measured"} == {False}, "nobody looked, and that is said"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-13",
        "2026-00",
        "26-11",
        "2026-1",
        "２０２６-11",
        "x" * 5000,
        "2026-11-01",
        "0000-01",
        "1999-12",
        "9999-12",
    ],
)
def test_a_month_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        Month.parse(text)


def test_months_end_where_the_next_begins() -> None:
    assert (Month.parse("2028-02").last, Month.parse("2026-12").last) == (date(2028, 2, 29), date(2026, 12, 31))
    assert Month.parse("2026-01").before == Month.parse("2025-12")
    assert str(MONTH) == "2026-11"


@pytest.mark.parametrize(
    ("values", "share", "expected"), [([], 0.5, None), ([7], 0.95, 7), ([3, 1, 2], 0.5, 2), (list(range(1, 101)), 0.95, 95)]
)
def test_quantiles_are_values_that_were_there(values: list[float], share: float, expected: float | None) -> None:
    assert quantile(values, share) == expected


@pytest.mark.parametrize(
    "content",
    [
        "months: {'2026-13': []}",
        "months: {'2026-11': [{item: x, amount: -1}]}",
        "months: {'2026-11': [{item: x, amount: 1.5}]}",
        "months: {'2026-11': [{item: '', amount: 1}]}",
        "months: {'2026-11': [{item: x, amount: '1'}]}",
        "months: 7",
        "",
        "[",
        "months: {}\nmore: 1",
        "&a [*a]",
    ],
)
def test_costs_that_are_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "costs.yml").write_text(content, encoding="utf-8")
    with pytest.raises(TermsError, match=r"costs\.yml"):
        Costs.read(tmp_path)


def test_what_ships_can_be_read() -> None:
    assert Costs.read(DATA).of("2026-11") == ()
    assert read_terms(DATA).targets.availability_in_office_hours == 0.995
    assert json.loads(json.dumps(yaml.safe_load((DATA / "vendor" / "sla.yml").read_text(encoding="utf-8"))))
