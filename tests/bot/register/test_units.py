"""A receiving unit of the portal is known by its name."""

import unicodedata

import pytest

from bot.catalogue.load import load_offices
from bot.register.units import ReceivingUnits, Unit
from bot.settings import PROJECT_ROOT
from simulators.portal.wards import WARD_UNITS


@pytest.fixture(scope="module")
def units() -> ReceivingUnits:
    offices = load_offices(PROJECT_ROOT / "data" / "catalogue")
    return ReceivingUnits(offices.agencies.values(), offices.places)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Trung tâm Phục vụ hành chính công phường Kinh Bắc", Unit("phuong-kinh-bac", "tthcc-xa")),
        ("TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG XÃ ĐÈO GIA", Unit("xa-deo-gia", "tthcc-xa")),
        ("Ủy ban nhân dân phường Bắc Giang", Unit("phuong-bac-giang", "ubnd-xa")),
        ("Công an phường Từ Sơn", Unit("phuong-tu-son", "cong-an-xa")),
        ("Trung tâm Phục vụ hành chính công thành phố Bắc Ninh", Unit(None, "tthcc-tinh")),
        ("Ban quản lý chợ Sao Hỏa", Unit(None, None)),
        ("Trung tâm Phục vụ hành chính công phường Không Có", Unit(None, None)),
    ],
)
def test_units_are_found_by_ward_and_agency(units: ReceivingUnits, name: str, unit: Unit) -> None:
    assert units.unit(name) == unit
    assert units.unit(unicodedata.normalize("NFD", name)) == unit


def test_each_of_the_99_wards_and_communes_is_found(units: ReceivingUnits) -> None:
    found = [units.unit(name) for _, name in WARD_UNITS]
    assert len({unit.place_id for unit in found if unit.place_id}) == len(found) == 99
    assert {unit.agency for unit in found} == {"tthcc-xa"}
