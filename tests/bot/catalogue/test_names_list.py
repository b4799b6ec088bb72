"""A list of names: searched in where nothing is imported."""

from pathlib import Path

import pytest

from bot.catalogue.listing import ProcedureListing
from bot.catalogue.names_list import read_names, with_names

HEAD = "code\tname\tfield\tlevels\ttargets\n"


def test_a_row_becomes_a_listing(tmp_path: Path) -> None:
    file = tmp_path / "names.tsv"
    file.write_text(HEAD + "1.000001\tĐăng ký khai sinh\tHộ tịch\tCấp xã;Cấp tỉnh\t\n", encoding="utf-8")
    (listing,) = read_names(file)
    assert (listing.code, listing.levels, listing.targets, listing.origin) == ("1.000001", ("Cấp xã", "Cấp tỉnh"), (), "imported")


@pytest.mark.parametrize(("text", "told"), [("code\tname\n", ":1:"), (HEAD + "1.000001\tKhai sinh\n", ":2:"), ("", ":1:")])
def test_a_broken_list_is_refused_with_the_line(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "names.tsv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        read_names(file)


def test_names_stand_behind_what_is_known() -> None:
    known = ProcedureListing("1.000001", "Khai sinh", "Khai sinh", "Hộ tịch", (), ())
    name = ProcedureListing("1.000001", "khác", "khác", "Hộ tịch", (), (), origin="imported")
    other = ProcedureListing("1.000002", "Khai tử", "Khai tử", "Hộ tịch", (), (), origin="imported")
    assert with_names([known], [name, other]) == (known, other)
