"""``python -m simulators.portal``: serves the simulator until it is stopped.

Environment: ``PORTAL_CLIENT_SECRET``, ``PORTAL_WEBHOOK_SECRET`` and ``PORTAL_LGSP_PASSWORD`` or their ``_FILE`` variants
(required), ``PORTAL_CLIENT_ID`` and ``PORTAL_LGSP_USER`` (motcua), ``PORTAL_PORT`` (8090), ``PORTAL_SIM_HOST``
(127.0.0.1: where it listens), ``PORTAL_DATABASE``
(``var/portal.sqlite3``), ``PORTAL_WEBHOOK_URL`` (none), ``PORTAL_DOSSIERS_A_DAY`` (40: the made-up year of the list of dossiers).
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import uvicorn

from simulators.portal.accounts import Accounts
from simulators.portal.app import create_app, vietnam_now
from simulators.portal.demo_dossiers import demo_dossiers
from simulators.portal.store import DossierStore


def secret(environment: Mapping[str, str], name: str) -> str:
    """The secret of that name. Exits, by name, where it is not set; ``OSError`` where the named file cannot be read."""
    named_file = environment.get(f"{name}_FILE")
    value = environment.get(name) or (Path(named_file).read_text(encoding="utf-8").strip() if named_file else "")
    if not value:
        sys.exit(f"{name} is not set: the portal simulator and its callers share it")
    return value


def accounts_of(environment: Mapping[str, str]) -> Accounts:
    """The client's accounts. Exits, by name, where a secret is not set. Of several webhook secrets the first signs."""
    return Accounts(
        client_id=environment.get("PORTAL_CLIENT_ID", "motcua"),
        client_secret=secret(environment, "PORTAL_CLIENT_SECRET"),
        webhook_secret=secret(environment, "PORTAL_WEBHOOK_SECRET").split(",")[0].strip(),
        lgsp_user=environment.get("PORTAL_LGSP_USER", "motcua"),
        lgsp_password=secret(environment, "PORTAL_LGSP_PASSWORD"),
    )


def main() -> None:
    """Seeds the day's dossiers and serves."""
    accounts = accounts_of(os.environ)
    port = int(os.environ.get("PORTAL_PORT", "8090"))
    database = Path(os.environ.get("PORTAL_DATABASE", "var/portal.sqlite3"))
    database.parent.mkdir(parents=True, exist_ok=True)
    with DossierStore(database, demo_dossiers(vietnam_now().date())) as store:
        app = create_app(
            store,
            accounts,
            webhook_url=os.environ.get("PORTAL_WEBHOOK_URL") or None,
            dossiers_a_day=int(os.environ.get("PORTAL_DOSSIERS_A_DAY", "40")),
        )
        host = os.environ.get("PORTAL_SIM_HOST", "127.0.0.1")
        uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=3)


if __name__ == "__main__":
    main()
