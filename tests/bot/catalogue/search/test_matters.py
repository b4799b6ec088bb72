"""What is one thing for a citizen is found once, whatever its codes."""

from dataclasses import dataclass
from itertools import chain

import pytest

from bot.catalogue.aliases import Matter
from bot.catalogue.search.matters import base_name, build_matters, likely_use


@dataclass(frozen=True)
class Listing:
    code: str
    official_name: str
    levels: tuple[str, ...] = ("Cấp tỉnh",)
    targets: tuple[str, ...] = ("Công dân Việt Nam",)
    field: str = "Căn cước"
    origin: str = "imported"
    aliases: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    superseded_by: str | None = None

    @property
    def name(self) -> str:
        return self.official_name


@pytest.mark.parametrize(
    ("official", "base"),
    [
        ("Thủ tục đăng ký khai sinh", "đăng ký khai sinh"),
        ("Cấp lại thẻ căn cước (thực hiện tại cấp tỉnh)", "Cấp lại thẻ căn cước"),
        ("Cấp hộ chiếu (thực hiện tại cấp trung ương)", "Cấp hộ chiếu"),
        ("Hoà giải (cấp xã).", "Hoà giải"),
        ("Cấp đổi giấy (mẫu mới)", "Cấp đổi giấy (mẫu mới)"),
    ],
)
def test_the_level_is_no_part_of_the_name(official: str, base: str) -> None:
    assert base_name(official) == base


def test_twins_at_several_levels_are_one_matter_with_the_ward_first() -> None:
    listings = [
        Listing("1.000001", "Cấp lại thẻ căn cước (thực hiện tại cấp trung ương)", ("Cấp bộ",)),
        Listing("1.000002", "Cấp lại thẻ căn cước (thực hiện tại cấp tỉnh)"),
        Listing("1.000003", "Cấp lại thẻ căn cước (thực hiện tại cấp xã)", ("Cấp xã",)),
        Listing("1.000004", "Cấp đổi thẻ căn cước"),
    ]
    assert [matter.codes for matter in build_matters(listings)] == [("1.000003", "1.000002", "1.000001"), ("1.000004",)]


def test_the_same_name_in_another_field_is_another_matter() -> None:
    listings = [Listing("1.000001", "Cấp giấy phép hoạt động"), Listing("1.000002", "Cấp giấy phép hoạt động", field="Đường bộ")]
    assert len(build_matters(listings)) == 2


def test_of_two_equal_codes_the_newer_comes_first() -> None:
    assert build_matters([Listing("1.000001", "Đổi thẻ"), Listing("1.014063", "Đổi thẻ")])[0].codes == ("1.014063", "1.000001")


def test_peoples_words_join_codes_and_codes_not_listed_are_left_out() -> None:
    matter = Matter(codes=("2.000009", "1.000001", "9.999999"), name="Mất thẻ", aliases=("làm lại thẻ", "rơi thẻ", "mất thẻ"))
    (found,) = build_matters([Listing("1.000001", "Cấp lại thẻ"), Listing("2.000009", "Khai báo mất thẻ")], [matter])
    assert found.codes == ("2.000009", "1.000001")
    assert found.named
    assert {"Mất thẻ", "rơi thẻ", "Cấp lại thẻ", "Khai báo mất thẻ"} <= {wording.text for wording in found.wordings}


def test_a_reviewed_procedure_stands_for_its_matter() -> None:
    matter = Matter(codes=("2.000009", "1.000001"), name="Mất thẻ", aliases=("làm lại thẻ", "rơi thẻ", "mất thẻ"))
    listings = [Listing("2.000009", "Khai báo mất thẻ"), Listing("1.000001", "Cấp lại thẻ", origin="reviewed")]
    (found,) = build_matters(listings, [matter])
    assert found.codes == ("1.000001", "2.000009")
    assert found.use == 1.0


def test_what_citizens_do_at_the_ward_is_likelier_than_what_ministries_do() -> None:
    ward, ministry = Listing("1.000001", "a", ("Cấp xã",)), Listing("1.000002", "b", ("Cấp bộ",), ("Doanh nghiệp",))
    assert likely_use(ward) > likely_use(Listing("1.000003", "c")) > likely_use(ministry) == 0


def test_every_code_is_in_exactly_one_matter() -> None:
    listings = [Listing(f"1.00000{i}", f"Thủ tục {'ab'[i % 2]}") for i in range(9)]
    codes = list(chain.from_iterable(matter.codes for matter in build_matters(listings)))
    assert sorted(codes) == sorted(listing.code for listing in listings)


def test_a_code_that_was_replaced_stands_behind_its_successor() -> None:
    listings = [Listing("1.000001", "Cấp thẻ cũ", superseded_by="1.014061"), Listing("1.014061", "Cấp thẻ căn cước")]
    assert [matter.codes for matter in build_matters(listings)] == [("1.014061", "1.000001")]
