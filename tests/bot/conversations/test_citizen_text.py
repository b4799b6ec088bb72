"""Citizens' texts as the ledger holds them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations.citizen_text import EmptyTextError, TextTooLongError, accepted_text, storable


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_becomes_one_that_a_database_can_hold(text: str) -> None:
    kept = storable(text)
    assert "\x00" not in kept
    assert kept.encode("utf-8").decode("utf-8") == kept
    assert unicodedata.is_normalized("NFC", kept)
    assert storable(kept) == kept


def test_line_breaks_and_emoji_stay() -> None:
    assert accepted_text(" một\r\nhai\tba 👨‍👩‍👧 ") == "một\nhai\tba 👨‍👩‍👧"


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\x00", "\u2028\u00a0"])
def test_nothing_to_read_is_refused(text: str) -> None:
    with pytest.raises(EmptyTextError):
        accepted_text(text)


def test_the_limit_counts_composed_letters() -> None:
    assert len(accepted_text(unicodedata.normalize("NFD", "ệ" * 2000))) == 2000
    with pytest.raises(TextTooLongError):
        accepted_text("ệ" * 2001)
