"""The list of sensitive and abusive words: what sets it off, and above all what must not."""

from pathlib import Path

import pytest

from bot.language.sensitive import SensitiveWordsError, load_sensitive_words
from bot.settings import PROJECT_ROOT

WORDS = load_sensitive_words(PROJECT_ROOT / "data")

HARMLESS = [
    "bố tôi chết hôm qua, làm giấy khai tử ở đâu",
    "bo toi chet hom qua lam giay khai tu o dau",
    "người chết thì ai đi khai tử",
    "từ từ cho xong rồi nộp",
    "tu tu cho xong roi nop",
    "nộp hồ sơ cùng với tiền lệ phí",
    "nop ho so cung voi tien le phi",
    "cửa hàng đồ ngũ kim cần giấy phép gì",
    "cua hang do ngu kim can giay phep gi",
    "tôi muốn đổi phong bì gửi bưu điện",
    "các con của tôi", "con các bác", "lớn lên", "mua lon nước", "ngủ quên mất hạn nộp",
    "thủ tục cấp quyết định cấm tiếp xúc vì bạo lực gia đình",
    "hồ sơ đề nghị hỗ trợ nạn nhân bạo lực gia đình",
    "mẹ tôi mất, đầy tháng con",
    "cắt điện", "điều kiện kết hôn", "đất nông nghiệp", "giấy chứng tử của người tự tử, khai tử ở đâu",
    "súc sinh", "thằng con tôi ngủ", "", " ", "?" * 2000,
]  # fmt: skip


@pytest.mark.parametrize("text", HARMLESS)
def test_what_citizens_ask_every_day_sets_nothing_off(text: str) -> None:
    assert WORDS.alarm(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Tôi chỉ muốn TỰ TỬ", "self_harm"),
        ("ĐỒ NGU", "abuse"),
        ("dit me chung may", "abuse"),
        ("đồ ngu, tôi không muốn sống nữa", "self_harm"),
        ("bị vòi  tiền ở phường", "bribery"),
    ],
)
def test_what_belongs_to_a_person_is_found_however_it_is_typed(text: str, kind: str) -> None:
    alarm = WORDS.alarm(text)
    assert alarm is not None
    assert alarm.kind == kind


@pytest.mark.parametrize(
    "content",
    ["", "- a", "checked: 2026-01-01\nsubjects: []", "checked: soon\nsubjects: []\nabuse: {words: [x]}",
     "checked: 2026-01-01\nsubjects: [{id: weather, words: [mưa]}]\nabuse: {words: [x]}",
     "checked: 2026-01-01\nsubjects: []\nabuse: {words: [x], unmarked: [ngủ]}"],
)  # fmt: skip
def test_a_broken_list_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "sensitive_words.yml").write_text(content, encoding="utf-8")
    with pytest.raises(SensitiveWordsError):
        load_sensitive_words(tmp_path)


def test_a_missing_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SensitiveWordsError):
        load_sensitive_words(tmp_path)
