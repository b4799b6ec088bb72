"""The audit's figures over the ledger, counted anew here in a plain way."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.accounts.scope import AgencyScope
from bot.catalogue.load import Catalogue
from bot.levels.audit import audit_levels
from bot.levels.link_book import DAILY, OfficialPage, due_page, last_looks, note_look, pages_to_check
from bot.levels.outcomes import LinkFinding
from bot.levels.partial_reasons import LevelRefusedError, PartialReasonWatch, PublishedReason, note_reason
from bot.levels.verdicts import WINDOW
from bot.storage.database import Database, writing
from bot.storage.evidence_models import RegisteredDossier, RegisterRun
from tests.shipped import shipped_catalogue

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
BIRTH, MARRIAGE = "1.001193", "1.000894"


def dossier(number: int, code: str, channel: str, received: datetime | None, **more: object) -> RegisteredDossier:
    values = {
        "ended_at": None,
        "electronic_result": None,
        "agency": "tthcc-xa",
        "missing_since": None,
    } | more
    return RegisteredDossier(
        record_id=f"r{number}", source_system="s", procedure_code=code, unit_code="u", unit_name="Đơn vị", place_id=None,
        channel=channel, status_code="1", received_at=received, due_at=None, supplements=[], fee_due=False, paid_online=False,
        digitised=None, disliked=None, as_of=NOW, first_seen_at=NOW, seen_at=NOW, **values,
    )  # fmt: skip


def read_register(database: Database, *, complete: bool = True) -> None:
    with writing(database.sessions) as session:
        session.add(RegisterRun(kind="whole", started_at=NOW, finished_at=NOW, complete=complete))


def with_levels(catalogue: Catalogue, **levels: str) -> Catalogue:
    """The catalogue with other published levels: ``_1_001193="full"``."""
    changed = {code.replace("_", ".").strip("."): level for code, level in levels.items()}
    changed = {code[0] + "." + code[2:]: level for code, level in changed.items()}
    procedures = {
        code: one.model_copy(update={"online": one.online.model_copy(update={"level": changed[code]})})
        if code in changed
        else one
        for code, one in catalogue.procedures.items()
    }
    return replace(catalogue, procedures=procedures)


@pytest.fixture
def year_of_dossiers(database: Database) -> list[RegisteredDossier]:
    """Some hundred dossiers, with every case among them."""
    dice = random.Random(20261127)
    rows = []
    for number in range(400):
        received = None if number % 50 == 0 else NOW - timedelta(days=dice.randrange(0, 200), minutes=dice.randrange(0, 1440))
        ended = received + timedelta(days=3) if received and dice.random() < 0.7 else None
        rows.append(
            dossier(
                number,
                dice.choice([BIRTH, MARRIAGE, "9.999999"]),
                dice.choice(["online", "direct", "postal"]),
                received,
                ended_at=ended,
                electronic_result=dice.choice([True, False, None]) if ended else None,
                agency=dice.choice(["tthcc-xa", "tthcc-tinh", None]),
                missing_since=NOW if dice.random() < 0.1 else None,
            )
        )
    rows.append(dossier(900, BIRTH, "online", NOW - WINDOW, ended_at=NOW, electronic_result=True))
    rows.append(dossier(901, BIRTH, "online", NOW + timedelta(days=1)))
    copies = [dossier(one_number, row.procedure_code, row.channel, row.received_at, ended_at=row.ended_at,
                      electronic_result=row.electronic_result, agency=row.agency, missing_since=row.missing_since)
              for one_number, row in enumerate(rows)]  # fmt: skip
    with writing(database.sessions) as session:
        session.add_all(rows)
    read_register(database)
    return copies


@pytest.mark.parametrize("agency", [None, "tthcc-xa", "so-khac"])
def test_the_figures_are_those_of_the_portals_list(
    database: Database, year_of_dossiers: list[RegisteredDossier], agency: str | None
) -> None:
    scope = AgencyScope(everything=True) if agency is None else AgencyScope.of([agency])
    with database.sessions() as session:
        audit = audit_levels(session, shipped_catalogue(), NOW, scope)
    for code in (BIRTH, MARRIAGE):
        filed = online = electronic = on_paper = untold = 0
        for row in year_of_dossiers:
            if row.procedure_code != code or row.missing_since is not None or row.received_at is None:
                continue
            if not NOW - timedelta(days=90) < row.received_at <= NOW or (agency is not None and row.agency != agency):
                continue
            filed += 1
            if row.channel != "online":
                continue
            online += 1
            if row.ended_at is not None and row.electronic_result is True:
                electronic += 1
            elif row.ended_at is not None and row.electronic_result is False:
                on_paper += 1
            elif row.ended_at is not None:
                untold += 1
        row_ = audit.of(code)
        assert row_ is not None
        assert row_.facts.figures is not None
        figures = row_.facts.figures
        assert (figures.filed, figures.online, figures.electronic, figures.on_paper, figures.untold) == (
            filed, online, electronic, on_paper, untold,
        )  # fmt: skip
        assert (filed > 5) == (agency != "so-khac")
    assert (audit.elsewhere > 0) == (agency != "so-khac"), "dossiers of procedures that we do not know are counted apart"
    assert audit.of("9.999999") is None


def test_every_reviewed_procedure_is_audited_and_counted(database: Database) -> None:
    read_register(database)
    with database.sessions() as session:
        audit = audit_levels(session, shipped_catalogue(), NOW)
    assert {one.code for one in audit.procedures} == set(shipped_catalogue().procedures)
    counts = audit.counts()
    assert counts["all"] == len(shipped_catalogue().procedures)
    partial = sum(one.online.level == "partial" for one in shipped_catalogue().procedures.values())
    assert counts["no_partial_reason"] == partial > 0
    assert counts["ok"] == 0, "no link has been looked at"


def test_without_a_whole_reading_of_the_list_no_dossiers_means_nothing(database: Database) -> None:
    full = with_levels(shipped_catalogue(), _1_001193="full")
    read_register(database, complete=False)
    with writing(database.sessions) as session:
        session.add(dossier(1, BIRTH, "direct", NOW - timedelta(days=2)))
    with database.sessions() as session:
        row = audit_levels(session, full, NOW).of(BIRTH)
    assert row is not None
    assert "dossiers_unknown" in row.verdict.codes
    read_register(database)
    with database.sessions() as session:
        audit = audit_levels(session, full, NOW)
    row = audit.of(BIRTH)
    assert row is not None
    assert "full_on_paper_only" in row.verdict.codes
    assert row.verdict.mismatch
    assert audit.register_read_at == NOW
    kept = row.evidence(NOW)
    assert kept["dossiers"] == {"days": 90, "filed": 1, "online": 0, "electronic": 0, "on_paper": 0, "untold": 0}
    assert kept["verdict"] == list(row.verdict.codes)


def test_dossiers_under_a_former_code_count_for_the_present_one(database: Database) -> None:
    catalogue = shipped_catalogue()
    birth = catalogue.procedures[BIRTH].model_copy(update={"old_codes": ("1.999990",)})
    renamed = replace(catalogue, procedures={**catalogue.procedures, BIRTH: birth})
    with writing(database.sessions) as session:
        session.add_all([dossier(1, "1.999990", "direct", NOW), dossier(2, BIRTH, "online", NOW)])
    read_register(database)
    with database.sessions() as session:
        row = audit_levels(session, renamed, NOW).of(BIRTH)
    assert row is not None
    assert row.facts.figures is not None
    assert (row.facts.figures.filed, row.facts.figures.online) == (2, 1)


class TestLooks:
    """Which look counts, and which link is due."""

    PAGE = OfficialPage(BIRTH, ("Đăng ký khai sinh",), "https://dichvucong.gov.vn/a")

    def note(self, database: Database, outcome: str, days_ago: float, *, by: str | None = None, url: str | None = None) -> None:
        page = self.PAGE if url is None else replace(self.PAGE, url=url)
        with writing(database.sessions) as session:
            note_look(session, page, LinkFinding(outcome), NOW - timedelta(days=days_ago), by)  # type: ignore[arg-type]

    def counts(self, database: Database) -> str | None:
        with database.sessions() as session:
            found = last_looks(session, {BIRTH: self.PAGE.url}).get(BIRTH)
        return found.outcome if found else None

    def test_the_last_look_at_the_present_link_counts(self, database: Database) -> None:
        assert self.counts(database) is None
        self.note(database, "ok", 3)
        self.note(database, "http_error", 2)
        self.note(database, "home_page", 1, url="https://dichvucong.gov.vn/former")
        assert self.counts(database) == "http_error"

    def test_a_persons_word_stands_where_a_program_cannot_tell(self, database: Database) -> None:
        self.note(database, "seen_ok", 3, by="lan")
        self.note(database, "script_only", 2)
        assert self.counts(database) == "seen_ok"
        self.note(database, "http_error", 1)
        assert self.counts(database) == "http_error"

    def test_each_link_is_due_once_a_day_the_one_waiting_longest_first(self, database: Database) -> None:
        other = OfficialPage(MARRIAGE, ("Đăng ký kết hôn",), "https://dichvucong.gov.vn/b")
        pages = [self.PAGE, other]

        def due() -> str | None:
            with database.sessions() as session:
                found = due_page(session, pages, NOW)
            return found.procedure_code if found else None

        self.note(database, "ok", 2)
        assert due() == MARRIAGE, "never looked at"
        with writing(database.sessions) as session:
            note_look(session, other, LinkFinding("ok"), NOW - DAILY + timedelta(seconds=1))
        assert due() == BIRTH
        self.note(database, "ok", 0)
        assert due() is None

    def test_only_what_can_be_filed_online_is_looked_at(self) -> None:
        procedures = shipped_catalogue().procedures
        listed = {page.procedure_code for page in pages_to_check(procedures.values())}
        assert listed == {code for code, one in procedures.items() if one.online.available is not False}


class TestPartialReasons:
    """Reasons that were published."""

    REASON = PublishedReason(
        BIRTH, "presence_required", "Nghị định 123/2015/NĐ-CP, điều 2", "ký sổ hộ tịch", "sign the register", "Cổng DVCQG",
        datetime(2026, 11, 1, tzinfo=UTC).date(),
    )  # fmt: skip

    def test_the_newest_reason_holds_and_is_noticed(self, database: Database) -> None:
        seconds = [0.0]
        watch = PartialReasonWatch(database.sessions, monotonic=lambda: seconds[0])
        assert dict(watch()) == {}
        with writing(database.sessions) as session:
            note_reason(session, self.REASON, by="lan", now=NOW)
            note_reason(session, replace(self.REASON, reason_code="other_technical"), by="an", now=NOW)
        assert dict(watch()) == {}, "looked up at most every two seconds"
        seconds[0] = 2.0
        assert watch()[BIRTH].reason_code == "other_technical"
        assert watch()[BIRTH].noted_by == "an"

    @pytest.mark.parametrize(
        "changed",
        [
            {"reason_code": "we_do_not_like_it"},
            {"legal_basis": " "},
            {"still_in_person_vi": ""},
            {"legal_basis": "x" * 301},
            {"published_on": datetime(2027, 1, 1, tzinfo=UTC).date()},
        ],
    )
    def test_a_reason_that_says_nothing_is_refused(self, database: Database, changed: dict[str, object]) -> None:
        with writing(database.sessions) as session, pytest.raises(LevelRefusedError):
            note_reason(session, replace(self.REASON, **changed), by="lan", now=NOW)  # type: ignore[arg-type]
