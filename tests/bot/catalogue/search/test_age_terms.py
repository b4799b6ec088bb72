"""An age is compared by the line of the law it lies behind, not by its number."""

import pytest

from bot.catalogue.search.age_terms import age_terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("làm căn cước cho con 8 tuổi", ("tuoi_duoi_14",)),
        ("cấp thẻ cho người dưới 14 tuổi", ("tuoi_duoi_14",)),
        ("cháu mười lăm tuổi chưa có thẻ", ("tuoi_tu_14",)),
        ("từ đủ 14 tuổi trở lên", ("tuoi_tu_14",)),
        ("bé 5 tuổi", ("tuoi_duoi_6", "tuoi_duoi_14")),
        ("con 3 tháng tuổi", ("tuoi_duoi_6", "tuoi_duoi_14")),
        ("trẻ em dưới 6 tuổi", ("tuoi_duoi_6", "tuoi_duoi_14")),
        ("cụ 82 tuổi", ("tuoi_tu_75",)),
        ("bà 62 tuổi", ("tuoi_tu_60",)),
        ("tôi 40 tuổi", ()),
        ("làm căn cước", ()),
        ("nộp 2 bản trong 5 ngày", ()),
    ],
)
def test_ages_as_typed_and_as_in_official_names_meet(text: str, terms: tuple[str, ...]) -> None:
    assert age_terms(text) == terms
