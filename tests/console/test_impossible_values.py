"""Values that no database can hold, in every address and every question of the console: refused or not found, never a fault."""

import re

import pytest

from bot.accounts.permissions import Role
from bot.settings import PROJECT_ROOT
from bot.storage.database import Database
from console.access import declared_routes
from tests.console.conftest import RunningConsole, Visitor
from tests.databases import database, database_url

__all__ = ["database", "database_url"]

NUL, HUGE = "%00", "9" * 30
VALUES = [f"a{NUL}b", HUGE]


@pytest.fixture
def ledger_url(database: Database) -> str:
    """Both kinds refuse, each in its own way."""
    return database.engine.url.render_as_string(hide_password=False)


@pytest.fixture
def everybody(console: RunningConsole) -> Visitor:
    return console.signed_in("lan", *Role)


def names_in_questions() -> list[str]:
    """What the pages read of an address after its question mark."""
    told = "\n".join(page.read_text(encoding="utf-8") for page in (PROJECT_ROOT / "console").rglob("*.py"))
    listed = re.findall(r"query_params(?:\.get\(name.*?\)|\[name\]).*? for name in \((.*?)\)", told)
    return sorted({*re.findall(r'query_params\.get\("(\w+)"', told), *re.findall(r'"(\w+)"', " ".join(listed))})


@pytest.mark.parametrize("value", VALUES)
def test_no_address_leads_to_a_fault(console: RunningConsole, everybody: Visitor, value: str) -> None:
    faults = []
    for method, path in declared_routes(console.app):
        address = re.sub(r"\{\w+(:\w+)?\}", value, path)
        if address == path:
            continue
        answer = everybody.get(address) if method == "GET" else everybody.post(address)
        if answer.status_code >= 500:
            faults.append((method, path, answer.status_code))
    assert faults == []


@pytest.mark.parametrize("value", VALUES)
def test_no_question_leads_to_a_fault(console: RunningConsole, everybody: Visitor, value: str) -> None:
    names = names_in_questions()
    assert {"q", "page", "month", "ward", "since"} <= set(names)
    question = "&".join(f"{name}={value}" for name in names)
    pages = [re.sub(r"{.*?}", "x", path) for method, path in declared_routes(console.app) if method == "GET"]
    assert [page for page in pages if everybody.get(f"{page}?{question}").status_code >= 500] == []
