"""The page, the widget and their headers."""

import httpx
import pytest

from bot.settings import Settings
from connectors.gateway.app import create_app
from connectors.webchat.pages import EmbedOriginError, content_policy, embed_origins
from tests.connectors.harness import served, settings_for


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/widget", "text/html"), ("/widget.js", "javascript"), ("/static/app.js", "javascript")],
)
def test_pages_and_scripts_are_served_with_protecting_headers(gateway: str, path: str, kind: str) -> None:
    answer = httpx.get(gateway + path)
    assert answer.status_code == 200
    assert kind in answer.headers["content-type"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "frame-ancestors" in answer.headers["Content-Security-Policy"]
    assert httpx.head(gateway + path).status_code == 200


def test_only_named_sites_may_show_the_chat_in_a_frame(database_url: str) -> None:
    settings: Settings = settings_for(database_url, 1, allowed_embed_origins="https://Bacninh.example.vn/, http://localhost:8000")
    with served(create_app(settings)) as base:
        policy = httpx.get(f"{base}/widget").headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self' https://bacninh.example.vn http://localhost:8000")
    assert "unsafe" not in policy


def test_without_named_sites_only_our_own_pages_may() -> None:
    assert content_policy(embed_origins("")).endswith("frame-ancestors 'self'")


@pytest.mark.parametrize(
    "setting", ["*", "bacninh.gov.vn", "https://a.vn/path", "https://a.vn; script-src *", "'self'", "https://"]
)
def test_a_slip_in_the_allowed_sites_stops_the_start(setting: str) -> None:
    with pytest.raises(EmbedOriginError, match="ALLOWED_EMBED_ORIGINS"):
        embed_origins(setting)
