"""Our copy of the portal's list: nothing is counted twice, nothing older wins, what the portal lost is known."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from bot.portal.dossier_records import DossierRecord, DossierRecordPage, RecordedSupplement
from bot.portal.errors import CursorExpired, Unavailable
from bot.portal.moments import Moment
from bot.register.reading import CURSOR, RegisterReading
from bot.register.units import ReceivingUnits
from bot.storage.database import Database
from bot.storage.dossier_models import PortalCursor
from bot.storage.evidence_models import RegisteredDossier, RegisterRun

NOW = datetime(2026, 11, 27, 3, tzinfo=UTC)
NO_UNITS = ReceivingUnits((), ())


def record(name: str, *, hours: int = 0, status: str = "4") -> DossierRecord:
    received = datetime(2026, 11, 20, 1, tzinfo=UTC)
    return DossierRecord(
        record_id=name,
        source_system="provincial",
        procedure_code="1.001193",
        unit_code="H05.1",
        unit_name="Một đơn vị",
        channel="online",
        status_code=status,
        received_at=Moment(received.date(), received),
        due_at=Moment(date(2026, 11, 25)),
        ended_at=None,
        supplements=(RecordedSupplement(Moment(date(2026, 11, 21)), None),),
        fee_due=True,
        paid_online=False,
        electronic_result=None,
        digitised=None,
        disliked=None,
        as_of=received + timedelta(hours=hours),
    )


@dataclass
class Portal:
    """Lists what it is told, two to a page."""

    listed: list[DossierRecord]
    fails_at: int | None = None
    expired: bool = False
    asked: list[str | None] = field(default_factory=list)

    def dossier_records(self, cursor: str | None, *, limit: int = 200) -> DossierRecordPage:
        assert limit == 200
        self.asked.append(cursor)
        if self.expired and cursor is not None:
            raise CursorExpired("cursor-expired")
        start = int(cursor or 0)
        if self.fails_at is not None and start >= self.fails_at:
            raise Unavailable("away")
        end = min(start + 2, len(self.listed))
        return DossierRecordPage(tuple(self.listed[start:end]), str(end), end < len(self.listed))


def reading(database: Database, portal: Portal, now: datetime = NOW) -> RegisterReading:
    return RegisterReading(database.sessions, portal, NO_UNITS, lambda: now)


def kept(database: Database) -> dict[str, RegisteredDossier]:
    with database.sessions() as session:
        return {row.record_id: row for row in session.scalars(select(RegisteredDossier))}


def test_a_reading_goes_on_where_the_last_one_stopped(database: Database) -> None:
    portal = Portal([record("a"), record("b"), record("c")])
    assert reading(database, portal).read_changes().written == 3
    portal.listed += [record("a", hours=1, status="10"), record("d")]
    again = reading(database, portal).read_changes()
    assert (again.read, again.written, again.complete) == (2, 2, True)
    assert {name: row.status_code for name, row in kept(database).items()} == {"a": "10", "b": "4", "c": "4", "d": "4"}


def test_one_that_was_cut_off_keeps_what_it_had_and_says_why(database: Database) -> None:
    portal = Portal([record(name) for name in "abcde"], fails_at=2)
    cut = reading(database, portal).read_changes()
    assert (cut.read, cut.complete, cut.failure) == (2, False, "away")
    portal.fails_at = None
    assert reading(database, portal).read_changes().read == 3
    assert len(kept(database)) == 5
    with database.sessions() as session:
        runs = session.scalars(select(RegisterRun).order_by(RegisterRun.id)).all()
    assert [(run.complete, run.read, run.detail) for run in runs] == [(False, 2, "away"), (True, 3, None)]


def test_an_older_statement_that_comes_later_changes_nothing(database: Database) -> None:
    portal = Portal([record("a", hours=5, status="10"), record("a", hours=1, status="4")])
    reading(database, portal).read_changes()
    portal.listed += [record("a", hours=2, status="5")]
    assert reading(database, portal).read_changes().written == 0
    assert kept(database)["a"].status_code == "10"


def test_the_same_statement_again_is_not_counted_as_news(database: Database) -> None:
    portal = Portal([record("a"), record("b")])
    reading(database, portal).read_whole()
    assert reading(database, portal, NOW + timedelta(hours=1)).read_whole().written == 0


def test_a_forgotten_place_means_from_the_oldest(database: Database) -> None:
    portal = Portal([record("a")])
    reading(database, portal).read_changes()
    portal.listed, portal.expired = [record("a"), record("b")], True
    assert reading(database, portal).read_changes().complete
    assert set(kept(database)) == {"a", "b"}
    assert portal.asked == [None, "1", None]


def test_a_whole_reading_marks_what_the_portal_lost_and_takes_it_back_when_it_comes_again(database: Database) -> None:
    portal = Portal([record("a"), record("b")])
    reading(database, portal).read_whole()
    portal.listed = [record("a")]
    later = NOW + timedelta(days=1)
    assert reading(database, portal, later).read_whole().missing == 1
    assert kept(database)["b"].missing_since == later
    portal.listed = [record("a"), replace(record("b"), as_of=record("b").as_of - timedelta(days=9))]
    assert reading(database, portal, later + timedelta(days=1)).read_whole().missing == 0
    assert kept(database)["b"].missing_since is None


def test_a_whole_reading_that_was_cut_off_says_nothing_is_missing(database: Database) -> None:
    portal = Portal([record(name) for name in "abcd"])
    reading(database, portal).read_whole()
    portal.fails_at = 2
    cut = reading(database, portal, NOW + timedelta(days=1)).read_whole()
    assert (cut.complete, cut.missing) == (False, 0)
    assert all(row.missing_since is None for row in kept(database).values())


def test_a_date_without_a_time_is_received_at_its_beginning_and_due_at_its_end(database: Database) -> None:
    portal = Portal([replace(record("a"), received_at=Moment(date(2026, 11, 20)))])
    reading(database, portal).read_changes()
    row = kept(database)["a"]
    assert row.received_at == datetime(2026, 11, 19, 17, tzinfo=UTC)
    assert row.due_at == datetime(2026, 11, 25, 16, 59, 59, tzinfo=UTC)
    assert row.supplements == [{"requested_at": "2026-11-21T00:00:00+07:00", "answered_at": None}]


def test_the_whole_list_can_be_looked_at_without_writing(database: Database) -> None:
    found = list(reading(database, Portal([record(name) for name in "abc"])).records())
    assert [one.record_id for one in found] == ["a", "b", "c"]
    assert kept(database) == {}
    with database.sessions() as session:
        assert session.get(PortalCursor, CURSOR) is None
