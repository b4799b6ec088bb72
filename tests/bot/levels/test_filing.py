"""Proposals and decisions in the ledger: two people, one order, nothing changed afterwards."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from bot.levels import filing
from bot.levels.filing import Basis
from bot.levels.partial_reasons import LevelRefusedError
from bot.levels.verdicts import DossierFigures
from bot.levels.wishes import WarningsOpenError, Wish, latest_review
from bot.storage.database import Database, writing
from bot.switches import store
from bot.switches.board import Target
from bot.switches.store import SwitchRefusedError, read_orders
from tests.shipped import shipped_catalogue

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CODE = "1.001193"
BASIS = Basis(shipped_catalogue().calendar, DossierFigures(3, 1, 0, 1, 0), {"verdict": ["link_broken"]})
OFF = Wish(
    CODE,
    "online_filing_off",
    "link_broken",
    "Trang nộp hồ sơ không mở được",
    "",
    "Nghị định 224/2026/NĐ-CP, điều 13",
    review_on=date(2027, 1, 15),
)
SHOWN = Wish(CODE, "shown", "restored", "Trang đã mở được")


def propose(database: Database, wish: Wish = OFF, *, by: str = "anh", now: datetime = NOW) -> int:
    return filing.propose(database.sessions, wish, BASIS, by=by, now=now)


def approve(database: Database, number: int, *, by: str = "binh", now: datetime = NOW) -> int | None:
    return filing.approve(database.sessions, number, BASIS, by=by, now=now)


def carry_out(database: Database, wish: Wish, now: datetime = NOW) -> int | None:
    return approve(database, propose(database, wish, now=now), now=now)


def off(database: Database, at: datetime = NOW) -> list[str]:
    with database.sessions() as session:
        return [one.target.facet for one in read_orders(session, at).at(at).decided]


def test_the_approval_gives_the_order_with_the_words_for_citizens(database: Database) -> None:
    number = propose(database)
    assert off(database) == []
    order = approve(database, number)
    assert off(database) == ["online_filing_off"]
    with database.sessions() as session:
        (decided,) = filing.stops(session, NOW)
        assert decided.decision is not None
        assert decided.order is not None
        assert decided.decision.order_number == order == decided.order.number
        assert decided.proposal.evidence == decided.decision.evidence == {"verdict": ["link_broken"]}
        assert decided.order.text_vi == (
            "Việc nộp trực tuyến thủ tục này tạm ngừng từ 15:00 23/11/2026 đến khi có thông báo mới (xem xét lại chậm nhất ngày "
            "15/01/2027). Lý do: Trang nộp hồ sơ không mở được. Căn cứ: Nghị định 224/2026/NĐ-CP, điều 13."
        )
        assert decided.order.text_en is not None
        assert "to be reviewed by 15/01/2027" in decided.order.text_en


def test_nobody_approves_or_refuses_their_own_proposal(database: Database) -> None:
    number = propose(database)
    for act in (
        lambda: approve(database, number, by="anh"),
        lambda: filing.refuse(database.sessions, number, "thôi", by="anh", now=NOW),
    ):
        with pytest.raises(LevelRefusedError, match="same_person"):
            act()
    assert off(database) == []


def test_what_fails_at_the_end_leaves_neither_decision_nor_order(database: Database) -> None:
    number = propose(database)

    def falls(*_given: Any) -> None:
        raise RuntimeError("the audit log is away")

    with pytest.raises(RuntimeError):
        filing.approve(database.sessions, number, BASIS, by="binh", now=NOW, also=falls)
    assert off(database) == []
    approve(database, number)
    assert off(database) == ["online_filing_off"]


def test_of_two_who_approve_at_once_one_comes_first(database: Database) -> None:
    number, told, start = propose(database), [], threading.Barrier(2)

    def try_it(name: str) -> None:
        start.wait(10)
        try:
            told.append(approve(database, number, by=name))
        except LevelRefusedError as error:
            told.append(error.key)

    people = [threading.Thread(target=try_it, args=(name,)) for name in ("binh", "chi")]
    for one in people:
        one.start()
    for one in people:
        one.join(30)
    assert "levels_refused_decided_already" in told
    assert len(told) == 2
    with database.sessions() as session:
        assert len(read_orders(session, NOW).orders) == 1


def test_another_decision_takes_the_first_ones_place(database: Database) -> None:
    carry_out(database, OFF)
    later = NOW + timedelta(days=1)
    with pytest.raises(LevelRefusedError, match="replace_later"):
        propose(database, replace(OFF, from_at=later + timedelta(days=1)), now=later)
    carry_out(database, replace(OFF, state="guidance_only", until_at=later + timedelta(days=5)), later)
    assert off(database, later) == ["guidance_only"]
    assert off(database, later + timedelta(days=5)) == [], "the first does not come back"
    carry_out(database, SHOWN, later)
    assert off(database, later) == []
    with database.sessions() as session:
        told = [one.proposal.state for one in filing.history_of(session, CODE, later)]
    assert told == ["shown", "guidance_only", "online_filing_off"]


def test_only_a_decision_switches_it(database: Database) -> None:
    target = Target("online_filing", CODE, "online_filing_off")
    with pytest.raises(SwitchRefusedError, match="decided"):
        store.switch_off(database.sessions, target, reason="x", by="anh", now=NOW)
    carry_out(database, OFF)
    with pytest.raises(SwitchRefusedError, match="decided"):
        store.switch_on(database.sessions, target, reason="x", by="anh", now=NOW)
    store.switch_off(database.sessions, Target("online_filing", CODE), reason="lỗi tờ khai", by="anh", now=NOW)
    store.switch_on(database.sessions, Target("online_filing", CODE), reason="đã sửa", by="anh", now=NOW)
    assert off(database) == ["online_filing_off"], "the switch of the forms here is another one"


@pytest.mark.parametrize("table", ["filing_proposal", "filing_decision", "partial_reason"])
def test_what_was_decided_is_never_changed(database: Database, table: str) -> None:
    carry_out(database, OFF)
    with writing(database.sessions) as session:
        session.execute(
            text(
                "INSERT INTO partial_reason (procedure_code, reason_code, legal_basis, still_in_person_vi, still_in_person_en, "
                "published_where, published_on, noted_by, noted_at) VALUES ('x', 'other_technical', 'a', 'b', '', '', "
                "'2026-11-01', 'anh', '2026-11-01 00:00:00')"
            )
        )
    for statement in (
        f"DELETE FROM {table}",
        f"UPDATE {table} SET {'words' if table == 'filing_decision' else 'legal_basis'} = 'x'",
    ):
        with pytest.raises(DatabaseError), writing(database.sessions) as session:
            session.execute(text(statement))


def test_a_review_whose_day_is_over_is_called_for(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    from bot.levels.rounds import call_for_reviews

    carry_out(database, OFF)
    assert call_for_reviews(database.sessions, datetime(2027, 1, 15, 16, 59, tzinfo=UTC)) == 0, "the day itself is in time"
    assert call_for_reviews(database.sessions, datetime(2027, 1, 15, 17, 0, tzinfo=UTC)) == 1
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == ["alarm.filing_review_overdue"]
    carry_out(database, SHOWN, datetime(2027, 1, 16, tzinfo=UTC))
    assert call_for_reviews(database.sessions, datetime(2027, 2, 1, tzinfo=UTC)) == 0


def test_a_start_that_passed_while_it_waited_is_now(database: Database) -> None:
    number = propose(database, replace(OFF, from_at=NOW + timedelta(hours=1)))
    approve(database, number, now=NOW + timedelta(hours=5))
    assert off(database, NOW + timedelta(hours=5)) == ["online_filing_off"]
    with database.sessions() as session:
        assert "từ 20:00 23/11/2026" in (filing.stops(session, NOW)[0].order.text_vi or "")  # type: ignore[union-attr]


def test_an_end_that_passed_while_it_waited_is_refused(database: Database) -> None:
    number = propose(database, replace(OFF, until_at=NOW + timedelta(hours=1)))
    with pytest.raises(LevelRefusedError, match="until"):
        approve(database, number, now=NOW + timedelta(hours=2))


def test_a_review_comes_within_twelve_months() -> None:
    assert latest_review(datetime(2028, 2, 29, 5, tzinfo=UTC)) == date(2029, 2, 28)
    assert latest_review(datetime(2026, 11, 23, 18, tzinfo=UTC)) == date(2027, 11, 24), "the day counts in Vietnam"


def test_warnings_are_for_what_the_law_asks(database: Database) -> None:
    hiding = replace(OFF, reason_code="no_transactions")
    with pytest.raises(WarningsOpenError) as refused:
        propose(database, hiding)
    assert refused.value.warnings == ("no_transactions", "figures_contradict")
    maintenance = replace(OFF, reason_code="planned_maintenance")
    # 23/11/2026 is a Monday: the seventh working day after it is Wednesday 02/12.
    for day, warned in ((1, True), (2, False)):
        begins = datetime(2026, 12, day, 1, tzinfo=UTC)
        planned = replace(maintenance, from_at=begins, until_at=begins + timedelta(hours=2))
        if warned:
            with pytest.raises(WarningsOpenError) as short:
                propose(database, planned)
            assert short.value.warnings == ("short_notice",)
        else:
            propose(database, planned)
