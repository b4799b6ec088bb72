"""The shipped tables of agencies, the small sources, and databases of both kinds."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.catalogue.importing.agencies import AgencyNames, load_agency_names
from bot.catalogue.importing.findings import RowFinding
from bot.catalogue.importing.normalise import Normalised, normalise
from bot.catalogue.importing.raw import Located
from bot.catalogue.importing.sources import detect, read_source
from bot.settings import PROJECT_ROOT
from tests.databases import database, database_url
from tests.shipped import shipped_catalogue

__all__ = ["database", "database_url"]

FIXTURES = Path(__file__).parent / "fixtures"
TODAY = date(2026, 11, 26)


@pytest.fixture(scope="session")
def names() -> AgencyNames:
    folder = PROJECT_ROOT / "data" / "catalogue"
    return load_agency_names(folder, shipped_catalogue().agencies)


@pytest.fixture
def fixtures() -> Path:
    return FIXTURES


@pytest.fixture
def taken(names: AgencyNames) -> Callable[[Path], tuple[dict[str, Normalised], list[RowFinding]]]:
    """Reads a source whole: normalised records by code, and refused rows."""

    def take(path: Path) -> tuple[dict[str, Normalised], list[RowFinding]]:
        records: dict[str, Normalised] = {}
        refused: list[RowFinding] = []
        for row in read_source(path, detect(path)):
            if isinstance(row, Located):
                records[row.record.code] = normalise(row.record, names, TODAY)
            else:
                refused.append(row)
        return records, refused

    return take
