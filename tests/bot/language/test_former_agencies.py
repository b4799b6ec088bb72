"""Names of agencies that are out of force."""

from datetime import date

import pytest

from bot.language.former_agencies import former_agency, looked_at


@pytest.mark.parametrize(
    ("name", "since", "gone"),
    [
        ("công an huyện", date(2025, 7, 1), True),
        ("UBND thị xã", date(2025, 7, 1), True),
        ("phòng tư pháp", date(2025, 7, 1), True),
        ("bộ phận một cửa huyện", date(2025, 7, 1), True),
        ("BHXH huyện", date(2025, 7, 1), True),
        ("sở TNMT", date(2025, 3, 1), False),
        ("sở tài nguyên và môi trường", date(2025, 3, 1), False),
        ("sở LĐTBXH", date(2025, 3, 1), True),
        ("sở KH&ĐT", date(2025, 3, 1), False),
        ("sở 4T", date(2025, 3, 1), False),
        ("công an tỉnh", date(2026, 9, 20), False),
        ("chi cục thuế", None, False),
        ("một cửa", None, False),
    ],
)
def test_a_name_out_of_force_is_known_with_its_day(name, since, gone) -> None:
    former = former_agency(name)
    assert former is not None
    assert (former.since, former.gone) == (since, gone)


@pytest.mark.parametrize(
    "name",
    ["công an phường", "sở tư pháp", "sở NN&MT", "quản lý xuất nhập cảnh", "cơ quan thuế", "ban chỉ huy quân sự xã", "csgt", ""],
)
def test_a_name_of_today_is_not_called_former(name) -> None:
    assert former_agency(name) is None


def test_the_table_says_when_it_was_looked_at() -> None:
    assert looked_at() == "2026-11"
