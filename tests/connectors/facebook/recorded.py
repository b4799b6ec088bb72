"""The recorded bodies of ``fixtures/``, and the account that they were recorded for."""

from pathlib import Path

from connectors.facebook.account import FacebookAccount

FIXTURES = Path(__file__).parent / "fixtures"
CITIZEN = "7412345678901234"
ACCOUNT = FacebookAccount(
    page_id="104857600000001",
    app_id="111000222000333",
    app_secret="app-secret-for-tests",
    page_token="page-token-for-tests",
    verify_token="verify-word-for-tests",
    graph_url="https://graph.test",
    human_agent=True,
)


def recorded(name: str) -> bytes:
    """The body as Facebook posts it: ASCII, other characters escaped."""
    return (FIXTURES / f"{name}.json").read_bytes()
