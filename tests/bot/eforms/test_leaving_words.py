"""How citizens leave a form for later, with marks and without: the draft is kept; words that only look like it are no leaving."""

import pytest

from bot.eforms.commands import command_in
from bot.language.normalise import fold

LATER = """để mai làm tiếp|mai làm|thôi để sau|tạm dừng|dừng, mai làm tiếp|bận rồi tí nữa|bận rồi, tí nữa làm|tí nữa tôi làm tiếp
lát nữa nhé
chiều làm|hôm khác nhé|đang bận chút|thôi mai đi|để tối về làm nốt|thôi nghỉ đã|tạm nghỉ chút|chờ tí|gác lại|lưu lại rồi mai làm
thôi em bận rồi|giờ không tiện|khi khác làm""".replace("\n", "|").split("|")


@pytest.mark.parametrize("words", LATER)
def test_leaving_for_later(words: str) -> None:
    assert command_in(words) == "pause"
    assert command_in(fold(words)) == "pause"


@pytest.mark.parametrize(
    "words",
    [
        "đúng rồi",
        "Mai",
        "Nguyễn Thị Mai",
        "quán Bận Rộn",
        "bán hàng ăn",
        "tôi sống ở Tối",
        "Ban Mai",
        "bạn gái",
        "bố",
        "nghỉ hưu",
    ],
)
def test_what_only_looks_like_it(words: str) -> None:
    assert command_in(words) != "pause"


@pytest.mark.parametrize("words", ["huỷ hồ sơ này", "huy ho so nay", "bỏ hồ sơ này đi", "thôi không nộp nữa", "xoá nháp"])
def test_giving_up(words: str) -> None:
    assert command_in(words) == "cancel"
