"""Every address that the gateway answers stands on the architecture page."""

from pathlib import Path

from cryptography.fernet import Fernet
from fastapi.routing import APIRoute
from starlette.routing import Mount, Route

from bot.settings import PROJECT_ROOT, Settings
from connectors.gateway.app import create_app

PAGE = (PROJECT_ROOT / "docs" / "developers" / "architecture.md").read_text(encoding="utf-8")


def test_every_route_of_the_gateway_is_documented(tmp_path: Path) -> None:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/ledger.sqlite3",
        portal_token="x",
        engine_secret="x",
        ledger_key=Fernet.generate_key().decode(),
        web_session_secret="x" * 40,
    )
    app = create_app(settings)
    paths = {route.path for route in app.routes if isinstance(route, APIRoute | Route | Mount)}
    assert len(paths) >= 7
    assert not {path for path in paths if f"{path}`" not in PAGE and f"{path}?" not in PAGE}
