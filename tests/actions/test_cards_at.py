"""Whether the chat links to service cards."""

import pytest

from actions.house import cards_at
from bot.settings import Settings


@pytest.mark.parametrize(
    ("public_url", "told"),
    [
        (None, None),
        ("", None),
        ("http://motcua.vn", None),
        ("https://motcua.vn", "https://motcua.vn/thu-tuc"),
        ("https://motcua.vn/", "https://motcua.vn/thu-tuc"),
    ],
)
def test_only_an_https_address_of_ours_is_linked_to(public_url: str | None, told: str | None) -> None:
    settings = Settings(engine_secret="x", ledger_key="x", web_session_secret="x", public_url=public_url)
    assert cards_at(settings) == told
