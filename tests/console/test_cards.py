"""Civil servants see which service cards are full, take the list away and print sheets for counters."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from bot.accounts.audit import OPERATOR
from bot.accounts.directory import AccountDetails
from bot.accounts.permissions import Role
from bot.cards.keeping import CardKeeper
from tests.console.conftest import PASSWORD, RunningConsole, Visitor, words
from tests.shipped import shipped_catalogue


@pytest.fixture
def filled(console: RunningConsole) -> Iterator[RunningConsole]:
    """The cards of the shipped catalogue are written."""
    CardKeeper(console.services.reviewed, console.database.sessions).run(console.clock())
    return console


@pytest.fixture
def auditor(filled: RunningConsole) -> Visitor:
    return filled.signed_in("lan", Role.AUDITOR)


def rows(visitor: Visitor, query: str = "") -> list[list[str]]:
    """The lines of the file, without the heading."""
    answer = visitor.get(f"/cards.csv{query}")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))[1:]


def lacks(code: str) -> bool:
    """Whether a full card cannot be made of a shipped procedure, told from its file alone."""
    one = shipped_catalogue().procedures[code]
    known = [any(fact.certainty != "unknown" for fact in facts) for facts in (one.times, one.fees, (one.result,))]
    return not all(known) or one.documents.certainty == "unknown"


def test_the_figures_are_those_of_the_catalogue(auditor: Visitor) -> None:
    codes = sorted(shipped_catalogue().procedures)
    lacking = [code for code in codes if lacks(code)]
    assert [row[0] for row in rows(auditor)] == lacking
    assert [row[0] for row in rows(auditor, "?shown=full")] == [code for code in codes if code not in lacking]
    assert len(rows(auditor, "?shown=all")) == len(codes)
    share = f"{(len(codes) - len(lacking)) / len(codes) * 100:.1f}".replace(".", ",")
    assert f"Đã rà soát {len(codes)} {len(codes) - len(lacking)} {share} %" in words(auditor.get("/cards"))


def test_the_list_of_one_gap_holds_those_cards_alone(auditor: Visitor) -> None:
    unknown = [code for code, one in shipped_catalogue().procedures.items() if one.result.certainty == "unknown"]
    assert [row[0] for row in rows(auditor, "?missing=result")] == sorted(unknown)
    assert rows(auditor, "?origin=imported&shown=all") == []


@pytest.mark.parametrize("query", ["?origin=x&shown=y&missing=z", "?origin=" + "a" * 5_000, "?missing=%00%3Cscript%3E"])
def test_an_address_that_makes_no_sense_shows_the_usual_list(auditor: Visitor, query: str) -> None:
    page = auditor.get(f"/cards{query}")
    assert page.status_code == 200
    assert "<script>" not in page.text


def test_an_account_of_one_agency_sees_its_own_procedures(filled: RunningConsole) -> None:
    details = AccountDetails("Hoa", None, (Role.SUPERVISOR,), False, ("cong-an-xa",))
    filled.services.accounts.add(OPERATOR, "hoa", details, PASSWORD, must_change=False)
    seen = {row[0] for row in rows(filled.signed_in("hoa"), "?shown=all")}
    theirs = {
        code
        for code, one in shipped_catalogue().procedures.items()
        if "cong-an-xa" in (one.receiving_agency, one.deciding_agency)
    }
    assert seen == theirs
    assert 0 < len(theirs) < len(shipped_catalogue().procedures)


def test_taking_the_list_away_is_an_entry_in_the_log(filled: RunningConsole, auditor: Visitor) -> None:
    rows(auditor)
    assert filled.acts()[-1] == "card.exported"


def test_the_sheet_for_a_counter_names_the_procedure_and_its_address(auditor: Visitor) -> None:
    sheet = auditor.get("/cards/1.001193/sheet.pdf")
    assert sheet.headers["content-type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(sheet.content)).pages
    assert len(pages) == 1
    text = " ".join(pages[0].extract_text().split())
    assert "Đăng ký khai sinh" in text
    assert "/thu-tuc/1.001193" in text
    for code in ("9.999999", "x", "1.001193%0a"):
        assert auditor.get(f"/cards/{code}/sheet.pdf").status_code == 404


def test_who_may_not_read_reports_sees_none_of_it(filled: RunningConsole) -> None:
    officer = filled.signed_in("bình".replace("ì", "i"), Role.OFFICER)
    for path in ("/cards", "/cards.csv", "/cards/1.001193/sheet.pdf"):
        assert officer.get(path).status_code == 403


def test_every_route_stands_on_its_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "developers" / "console-cards.md").read_text(encoding="utf-8")
    from console.pages.cards import page_routes

    assert [route.path for route in page_routes().routes if f"`{route.path}`" not in page] == []  # type: ignore[attr-defined]
