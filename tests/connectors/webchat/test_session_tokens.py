"""Session tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.webchat.session_tokens import ExpiredSessionError, InvalidSessionError, SessionTokens, WeakSecretError
from tests.moving_clock import MovingClock

TOKENS = SessionTokens("a secret that is long enough")
CONVERSATION = "0123456789abcdef" * 2


def test_a_token_opens_its_conversation_for_a_day() -> None:
    clock = MovingClock()
    token = TOKENS.issue(CONVERSATION, clock())
    clock.move(hours=23, minutes=59)
    assert TOKENS.check(token, clock())[0] == CONVERSATION
    clock.move(minutes=1)
    with pytest.raises(ExpiredSessionError):
        TOKENS.check(token, clock())


def test_every_changed_character_is_seen() -> None:
    clock = MovingClock()
    token = TOKENS.issue(CONVERSATION, clock())
    for position in range(len(token)):
        for other in "0aA_":
            changed = token[:position] + other + token[position + 1 :]
            if changed != token:
                with pytest.raises(InvalidSessionError):
                    TOKENS.check(changed, clock())


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidSessionError):
        TOKENS.check(text, MovingClock()())


@pytest.mark.parametrize("secrets", ["short", "", "a secret that is long enough,short", "a secret that is long enough,"])
def test_a_short_secret_is_refused_by_name(secrets: str) -> None:
    with pytest.raises(WeakSecretError, match="WEB_SESSION_SECRET"):
        SessionTokens(secrets)


def test_a_secret_is_exchanged_while_talks_go_on() -> None:
    now, old, new = MovingClock()(), "a secret that is long enough", "another secret as long as it"
    begun_before = SessionTokens(old).issue(CONVERSATION, now)
    learning = SessionTokens(f"{old}, {new}")
    exchanged = SessionTokens(f"{new},{old}")
    assert learning.check(exchanged.issue(CONVERSATION, now), now)[0] == CONVERSATION
    assert exchanged.check(begun_before, now)[0] == CONVERSATION
    with pytest.raises(InvalidSessionError):
        SessionTokens(new).check(begun_before, now)
