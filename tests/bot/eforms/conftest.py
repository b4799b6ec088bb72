"""Shared by the tests of the e-forms: the ledger, the catalogue's places and forms, and a day that does not move."""

from collections.abc import Mapping

import pytest

from bot.eforms.forms import Form
from bot.eforms.tools import Tools
from tests.bot.eforms.citizen import tools_of_today
from tests.databases import database, database_url
from tests.shipped import shipped_forms

__all__ = ["database", "database_url"]


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Tools of 23 November 2026 that know no placeholder."""
    return tools_of_today()


@pytest.fixture(scope="session")
def forms() -> Mapping[str, Form]:
    """The e-forms that ship."""
    return shipped_forms()
