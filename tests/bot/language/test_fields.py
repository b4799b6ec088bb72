"""Fields of public work by what people call them."""

import pytest

from bot.language.fields import fields_named


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("cho tôi gặp cán bộ về chuyện đất đai", {"Đất đai"}),
        ("cho toi gap can bo ve dat dai", {"Đất đai"}),
        ("CHO GẶP CÁN BỘ TƯ PHÁP XÃ", {"Hộ tịch"}),
        ("hỏi cán bộ thuế", {"Thuế"}),
        ("hoi can bo thue", {"Thuế"}),
        ("hỏi về thuế, về đất đai", {"Thuế", "Đất đai"}),
        ("tôi muốn thuê nhà", set()),
        ("toi muon thue nha", set()),
        ("tôi muốn gặp cán bộ", set()),
        ("", set()),
    ],
)
def test_a_field_is_known_by_its_everyday_names(text, fields) -> None:
    assert fields_named(text) == fields
