"""Every text exists in both languages with the same values to fill in."""

import string
from pathlib import Path

import pytest

import bot.texts
from bot.texts import load_texts, say

FOLDER = Path(bot.texts.__file__).parent


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    ours = {key: placeholders(text) for key, text in load_texts(FOLDER, "vi").items()}
    theirs = {key: placeholders(text) for key, text in load_texts(FOLDER, "en").items()}
    assert ours == theirs


def test_a_text_is_filled_in() -> None:
    assert "2000" in say("too_long", limit=2000)
    assert "2000" in say("too_long", language="en", limit=2000)


def test_unknown_keys_languages_and_missing_values_are_errors() -> None:
    with pytest.raises(KeyError):
        say("no_such_key")
    with pytest.raises(KeyError):
        say("greeting", language="fr")
    with pytest.raises(KeyError):
        say("too_long")


def test_the_greeting_says_that_it_is_automatic_and_what_not_to_send() -> None:
    for part in ("trợ lý tự động", "không gửi ảnh căn cước, mật khẩu", "OTP", "Gõ 0"):
        assert part in say("greeting")


def test_a_key_in_two_files_or_a_value_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.vi.yml").write_text('one: "a"', encoding="utf-8")
    (tmp_path / "b.vi.yml").write_text('one: "b"', encoding="utf-8")
    with pytest.raises(ValueError, match="another file"):
        load_texts(tmp_path, "vi")
    (tmp_path / "b.vi.yml").write_text("two: no", encoding="utf-8")
    with pytest.raises(ValueError, match="not a text"):
        load_texts(tmp_path, "vi")
