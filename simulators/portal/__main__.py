"""``python -m simulators.portal``: serves the simulator on loopback until it is stopped.

Environment: ``PORTAL_TOKEN`` or ``PORTAL_TOKEN_FILE`` (required), ``PORTAL_PORT`` (8090), ``PORTAL_DATABASE``
(``var/portal.sqlite3``).
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import uvicorn

from simulators.portal.app import create_app, vietnam_now
from simulators.portal.demo_dossiers import demo_dossiers
from simulators.portal.store import DossierStore


def portal_token(environment: Mapping[str, str]) -> str:
    """The bearer token to ask for. Exits, by name, where none is set; ``OSError`` where the named file cannot be read."""
    named_file = environment.get("PORTAL_TOKEN_FILE")
    token = environment.get("PORTAL_TOKEN") or (Path(named_file).read_text(encoding="utf-8").strip() if named_file else "")
    if not token:
        sys.exit("PORTAL_TOKEN is not set: the portal simulator needs the bearer token to ask of its callers")
    return token


def main() -> None:
    """Seeds the day's dossiers and serves."""
    token = portal_token(os.environ)
    port = int(os.environ.get("PORTAL_PORT", "8090"))
    database = Path(os.environ.get("PORTAL_DATABASE", "var/portal.sqlite3"))
    database.parent.mkdir(parents=True, exist_ok=True)
    with DossierStore(database, demo_dossiers(vietnam_now().date())) as store:
        uvicorn.run(create_app(store, token), host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=3)


if __name__ == "__main__":
    main()
