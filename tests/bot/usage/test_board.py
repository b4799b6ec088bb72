"""The board shows what the months tell, for what is chosen; finer figures are rounded; nothing hidden comes back by choosing."""

import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import date

import pytest

from bot.storage.database import Database
from bot.storage.evidence_models import UsageCount
from bot.storage.usage_models import UsageMonth
from bot.usage.board import Board, BoardReader, Selection, Shown
from bot.usage.published import published
from tests.bot.usage.made_up import NOVEMBER, at, put

OCTOBER = date(2026, 10, 1)


def cell(n: int, measure: str = "dossiers", month: date = NOVEMBER, **values: str) -> UsageCount:
    given = {"procedure_code": "1.001193", "agency": "a", "place_id": "p1", "channel": "online", "detail": ""}
    return UsageCount(month=month, measure=measure, n=n, **{**given, **values})


def board(database: Database, first: date = OCTOBER, last: date = NOVEMBER, **chosen: object) -> Board:
    return BoardReader(database.sessions).read(Selection(first, last, **chosen))  # type: ignore[arg-type]


@pytest.fixture
def filled(database: Database) -> Database:
    put(database, UsageMonth(month=OCTOBER, counted_at=at(11, 2)), UsageMonth(month=NOVEMBER, counted_at=at(12, 2)))
    put(
        database,
        cell(40, month=OCTOBER),
        cell(4, month=OCTOBER, procedure_code="rare"),
        cell(4, month=OCTOBER, procedure_code="x"),
    )
    put(database, cell(7), cell(53, place_id="p2"), cell(20, channel="direct"), cell(30, procedure_code="rare", agency="b"))
    put(database, cell(25, "questions", place_id="", channel="zalo", detail="answered"))
    put(database, cell(22, "questions", place_id="", channel="webchat", detail="answered"))
    put(database, cell(50, "started", place_id="", channel="zalo"), cell(18, "finished", place_id="", channel="zalo"))
    for step, n in (("field:a", 11), ("field:b.c", 13), ("paper:x", 2)):
        put(database, cell(n, "abandoned", place_id="", channel="zalo", detail=step))
    return database


def of(found: Board, figure: str) -> dict[str, Shown | None]:
    return {row.key: row.shown(figure) for row in found.procedures}


def test_all_months_all_procedures(filled: Database) -> None:
    found = board(filled)
    assert of(found, "dossiers") == {"1.001193": Shown(120, False), "rare": Shown(30, True), "x": Shown(None, True)}
    assert [row.shown("dossiers") for row in found.months] == [Shown(48), Shown(110)]
    assert found.total.shown("dossiers") == Shown(158)
    assert found.counted_at == at(11, 2)
    assert found.total.rate("online", "dossiers") == pytest.approx((48 + 90) / 158)


def test_one_procedure_and_one_agency(filled: Database) -> None:
    found = board(filled, procedure="rare")
    assert found.total.shown("dossiers") == Shown(30, True)
    assert [row.key for row in board(filled, agency="b").procedures] == ["rare"]
    assert board(filled, agency="nobody").total.shown("dossiers") == Shown(0)


def test_an_account_of_one_agency_sees_only_that(filled: Database) -> None:
    mine = frozenset({"b"})
    assert board(filled, agencies=mine).total.shown("dossiers") == Shown(30)
    assert board(filled, agencies=mine, agency="a").total.shown("dossiers") == Shown(0)
    assert board(filled, agencies=mine, procedure="1.001193").procedures == []
    assert board(filled, agencies=frozenset()).procedures == []
    assert board(filled, agencies=mine).stops == {}
    assert board(filled, agencies=mine, place="p1").total.shown("dossiers") == Shown(30)


def test_a_ward_or_a_channel_is_rounded(filled: Database) -> None:
    found = board(filled, place="p1", first=NOVEMBER)
    assert of(found, "dossiers")["1.001193"] == Shown(25)
    assert board(filled, place="p2", first=NOVEMBER).total.shown("dossiers") == Shown(55)
    assert found.total.shown("questions") is None, "questions have no ward"
    online = board(filled, channel="online", first=NOVEMBER)
    assert (online.total.shown("dossiers"), online.total.shown("started")) == (Shown(90), None)
    zalo = board(filled, channel="zalo", first=NOVEMBER)
    assert (zalo.total.shown("dossiers"), zalo.total.shown("questions"), zalo.total.shown("started")) == (
        None,
        Shown(25),
        Shown(50),
    )


def test_where_guided_submissions_stop(filled: Database) -> None:
    assert board(filled).stops == {"field": Shown(25), "paper": Shown(None, True)}
    one = board(filled, procedure="1.001193").stops
    assert one == {
        "field": Shown(25),
        "field:a": Shown(10),
        "field:b.c": Shown(15),
        "paper": Shown(None, True),
        "paper:x": Shown(None, True),
    }


def test_months_that_were_never_counted_are_left_out(filled: Database) -> None:
    found = board(filled, first=date(2020, 1, 1), last=date(2026, 12, 1))
    assert [row.key for row in found.months] == ["2026-10", "2026-11"]
    empty = board(filled, first=date(2031, 1, 1), last=date(2031, 2, 1))
    assert (empty.months, empty.procedures, empty.counted_at, empty.total.shown("dossiers")) == ([], [], None, Shown(0))
    assert board(filled, first=NOVEMBER, last=OCTOBER).months == []


def test_a_new_count_is_shown_at_once(filled: Database) -> None:
    reader = BoardReader(filled.sessions)
    chosen = Selection(NOVEMBER, NOVEMBER)
    assert reader.read(chosen).total.shown("dossiers") == Shown(110)
    put(filled, cell(40, procedure_code="new"))
    assert reader.read(chosen).total.shown("dossiers") == Shown(110)
    with filled.sessions.begin() as session:
        session.get_one(UsageMonth, NOVEMBER).counted_at = at(12, 3)
    assert reader.read(chosen).total.shown("dossiers") == Shown(150)


@pytest.mark.parametrize("seed", range(40))
def test_what_is_missing_between_totals_and_rows_is_never_one_small_row(seed: int) -> None:
    rng = random.Random(seed)
    lines: dict[tuple[str, str], dict[str, int]] = {}
    for number in range(rng.randrange(1, 14)):
        whole = rng.choice([0, 1, 2, 3, 6, 9, 15, 60])
        lines[rng.choice("abc"), f"p{number}"] = {"dossiers": whole, "supplements": rng.randint(0, whole)}
    month = published(NOVEMBER, at(12, 1), lines)
    for figure in ("dossiers", "supplements"):
        by_agency: defaultdict[str, int] = defaultdict(int)
        for (agency, _), counts in lines.items():
            by_agency[agency] += counts[figure]
        _missing_is_shared(month.total[figure], by_agency, {key: shown[figure] for key, shown in month.agencies.items()})
        for agency, shown in month.agencies.items():
            mine = {line: counts[figure] for line, counts in lines.items() if line[0] == agency}
            _missing_is_shared(shown[figure], mine, {line: month.procedures[line][figure] for line in mine})
    assert all(n is None or n == 0 or n >= 5 for figures in month.procedures.values() for n in figures.values())


def _missing_is_shared(total: int | None, true: Mapping[object, int], shown: Mapping[object, int | None]) -> None:
    hidden = [key for key, value in shown.items() if value is None]
    assert all(value in (None, true[key]) for key, value in shown.items())
    if total is None:
        assert len(hidden) == len(shown)
    elif hidden and any(true[key] for key in hidden):
        assert len(hidden) >= 2
        assert total - sum(value or 0 for value in shown.values()) > sum(true[key] > 0 for key in hidden) or len(hidden) == len(
            shown
        )


def test_a_row_that_is_hidden_stays_hidden_in_every_finer_choice(database: Database) -> None:
    put(database, UsageMonth(month=NOVEMBER, counted_at=at(12, 2)))
    put(database, cell(3, procedure_code="x"), cell(8, procedure_code="y"), cell(90, procedure_code="z"))
    for chosen in ({}, {"place": "p1"}, {"channel": "online"}, {"place": "p1", "agency": "a"}):
        shown = of(board(database, **chosen), "dossiers")
        assert shown == {"z": Shown(90), "x": Shown(None, True), "y": Shown(None, True)}, chosen
    assert board(database, place="p1", procedure="y").total.shown("dossiers") == Shown(None, True)
