"""Every address that the gateway answers stands on the architecture page."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from bot.settings import PROJECT_ROOT, Settings
from connectors.gateway.app import create_app

PAGE = (PROJECT_ROOT / "docs" / "developers" / "architecture.md").read_text(encoding="utf-8")


def _paths(routes: Iterable[Any]) -> Iterator[str]:
    """The paths of routes and of routers included in them."""
    for route in routes:
        if included := getattr(route, "original_router", None):
            yield from _paths(included.routes)
        else:
            yield route.path


def test_every_route_of_the_gateway_is_documented(tmp_path: Path) -> None:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/ledger.sqlite3",
        engine_secret="x",
        ledger_key=Fernet.generate_key().decode(),
        web_session_secret="x" * 40,
        channels="zalo,facebook,telegram",
        zalo_app_id="1",
        zalo_oa_id="2",
        zalo_app_secret="x",
        zalo_oa_secret_key="x",
        facebook_app_id="1",
        facebook_app_secret="x",
        facebook_page_id="2",
        facebook_page_token="x",
        facebook_verify_token="x",
        telegram_bot_token="1:" + "x" * 35,
        telegram_webhook_secret="x",
        portal_webhook_secret="x",
    )
    app = create_app(settings)
    paths = set(_paths(app.routes))
    assert len(paths) >= 10
    assert not {path for path in paths if f"{path}`" not in PAGE and f"{path}?" not in PAGE}
