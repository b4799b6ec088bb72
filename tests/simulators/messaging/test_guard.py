"""No simulator talks to a real platform."""

import pytest

from simulators.messaging.guard import RealPlatformHost, refuse_real_platform


@pytest.mark.parametrize(
    "url",
    [
        "https://openapi.zalo.me/v3.0/oa/message/cs",
        "https://oauth.zaloapp.com/v4/oa/access_token",
        "https://graph.facebook.com/v25.0/me/messages",
        "https://api.telegram.org/bot1:T/getMe",
        "https://API.TELEGRAM.ORG./bot",
        "http://user@graph.facebook.com:8443/",
    ],
)
def test_real_hosts_are_refused(url: str) -> None:
    with pytest.raises(RealPlatformHost):
        refuse_real_platform(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8093", "http://localhost/webhook", "https://mytelegram.org.vn", "https://notfacebook.com"]
)
def test_other_hosts_are_let_through(url: str) -> None:
    assert refuse_real_platform(url) == url


@pytest.mark.parametrize("url", ["", "api.telegram.org/bot", "/webhook", "http://"])
def test_a_url_needs_a_host(url: str) -> None:
    with pytest.raises(ValueError, match="not a URL"):
        refuse_real_platform(url)
