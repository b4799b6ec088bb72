"""Rehearses an upgrade from a previous release: ``make rehearse-upgrade``, or with ``--from REVISION`` and ``--database URL``.

The previous release's code runs from a checkout of its own and has conversations; then this code takes over its ledger; then
the previous release takes it back. After each step every table has at least the rows that it had, the encrypted values open, the
audit log is whole, and a citizen goes on with the conversation that was begun before. Both run with the environments of this
checkout; a release that needs other libraries is rehearsed with its own (``--old-python``). Ends with 1 at the first difference.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, func, inspect, select, table

from bot.storage.database import database_url
from bot.storage.review_models import SEARCH_STRUCTURES
from motcua.stack import free_ports

ROOT = Path(__file__).resolve().parent.parent
PORTS = (
    "GATEWAY_PORT", "CONSOLE_PORT", "ENGINE_PORT", "ENGINE_B_PORT", "MODEL_SERVER_PORT", "ACTIONS_PORT", "PORTAL_PORT",
    "ZALO_SIM_PORT", "ZALO_SIM_CONTROL_PORT", "MESSENGER_SIM_PORT", "MESSENGER_SIM_CONTROL_PORT",
)  # fmt: skip
START_SECONDS, TALK_SECONDS = 600, 240
DEMO_HELD = "cuộc trò chuyện mẫu trên bàn làm việc"


class DifferenceError(Exception):
    """The ledger or the product is not what it was; the message says how."""


@dataclass(frozen=True)
class Release:
    """One release's code. ``python``: the environment that it runs with."""

    name: str
    folder: Path
    python: str

    def command(self, *words: str) -> list[str]:
        """A command of its own command line."""
        return [self.python, "-m", "motcua.cli", *words]


def told(text: str) -> None:
    """One line of progress."""
    print(text, flush=True)


def check(holds: bool, otherwise: str) -> None:
    """Raises ``DifferenceError`` unless it holds."""
    if not holds:
        raise DifferenceError(otherwise)


def checked_out(revision: str, python: str, folder: Path) -> Release:
    """The previous release in a folder of its own, with the encoder and the models of this checkout beside its own."""
    archive = subprocess.run(["git", "archive", revision], cwd=ROOT, check=True, capture_output=True).stdout
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    return Release(revision, folder, python)


@contextmanager
def running(release: Release, environment: dict[str, str], log: Path) -> Iterator[None]:
    """The whole product of a release for the length of the block; a polite stop at its end."""
    with log.open("ab") as file:
        process = subprocess.Popen(release.command("run"), cwd=release.folder, env=environment, stdout=file, stderr=file)
    try:
        wait_until_healthy(process, environment, log)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def wait_until_healthy(process: subprocess.Popen[bytes], environment: dict[str, str], log: Path) -> None:
    """Raises ``DifferenceError`` where the product ends or is not healthy in time."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        check(process.poll() is None, f"the product ended at its start: {log}")
        try:
            if call(environment, "GET", "/health")["status"] == "ok":
                return
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(1)
    raise DifferenceError(f"the product was not healthy within {START_SECONDS} s: {log}")


def call(environment: dict[str, str], method: str, path: str, body: object = None, token: str | None = None) -> dict[str, Any]:
    """One call of the gateway; raises as ``urllib`` does."""
    url = f"http://127.0.0.1:{environment['GATEWAY_PORT']}{path}"
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def ask(environment: dict[str, str], token: str, text: str) -> list[dict[str, Any]]:
    """Says something in a conversation and waits for the answer; the whole transcript. Raises ``DifferenceError``."""
    before = call(environment, "GET", "/webchat/messages?after=0", token=token)["messages"]
    call(environment, "POST", "/webchat/messages", {"client_id": str(uuid.uuid4()), "text": text}, token)
    deadline = time.monotonic() + TALK_SECONDS
    while time.monotonic() < deadline:
        messages: list[dict[str, Any]] = call(environment, "GET", "/webchat/messages?after=0", token=token)["messages"]
        if len(messages) > len(before) + 1 and messages[-1]["from"] != "citizen":
            check(messages[: len(before)] == before, "the transcript of the conversation changed")
            return messages
        time.sleep(0.3)
    raise DifferenceError("a citizen got no answer")


def counted(url: str) -> dict[str, int]:
    """Rows by table, as they stand in the database; a search index keeps house for itself and is not counted."""
    engine = create_engine(database_url(url))
    with engine.connect() as connection:
        names = [name for name in inspect(connection).get_table_names() if not name.startswith(SEARCH_STRUCTURES)]
        counts = {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}
    engine.dispose()
    return counts


def compare(before: dict[str, int], after: dict[str, int], passing: frozenset[str]) -> None:
    """Raises ``DifferenceError`` where a table is gone or has fewer rows; ``passing``: tables whose rows end by themselves."""
    lost = {name: (rows, after.get(name)) for name, rows in before.items() if name not in passing and after.get(name, 0) < rows}
    check(not lost, f"rows before and after: {lost}")


def verify(release: Release, environment: dict[str, str]) -> None:
    """What the release's own checks say of the ledger."""
    for words in (("audit", "verify"), ("keys", "status")):
        done = subprocess.run(release.command(*words), cwd=release.folder, env=environment, check=False, capture_output=True)
        check(done.returncode == 0, f"{' '.join(words)}: {done.stdout.decode()}{done.stderr.decode()}")


PASSING = frozenset(
    {"heartbeat", "sign_in_attempt", "private_value", "service_probe", "scheduled_turn", "account_session", "alembic_version"}
)


def rehearse(old: Release, new: Release, environment: dict[str, str], folder: Path) -> None:
    """The three steps. Raises ``DifferenceError``."""
    url, log = environment["DATABASE_URL"], folder / "product.log"
    with running(old, environment, log):
        token = call(environment, "POST", "/webchat/session", {})["token"]
        ask(environment, token, "đăng ký khai sinh cần giấy tờ gì")
        deadline = time.monotonic() + TALK_SECONDS
        while DEMO_HELD not in log.read_text(encoding="utf-8") and time.monotonic() < deadline:
            time.sleep(1)
    begun = counted(url)
    shape = shape_of(url)
    told(f"✓ {old.name} ran: {sum(begun.values())} rows in {len(begun)} tables, shape {shape}")
    with running(new, environment, log):
        ask(environment, token, "thế lệ phí bao nhiêu")
        verify(new, environment)
    upgraded = counted(url)
    compare(begun, upgraded, PASSING)
    told(f"✓ this code took over: {sum(upgraded.values())} rows in {len(upgraded)} tables, shape {shape_of(url)}")
    go_back(new, environment, shape)
    with running(old, environment, log):
        ask(environment, token, "làm ở đâu")
        verify(old, environment)
    compare(begun, counted(url), PASSING)
    told(f"✓ {old.name} took it back")


def shape_of(url: str) -> str:
    """The migration that the ledger is at."""
    engine = create_engine(database_url(url))
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    engine.dispose()
    return str(found)


def go_back(release: Release, environment: dict[str, str], shape: str) -> None:
    """Gives the ledger the previous release's shape, with the new code, which alone knows how."""
    done = subprocess.run(
        release.command("migrate", "--to", shape), cwd=release.folder, env=environment, check=False, capture_output=True
    )
    check(done.returncode == 0, f"migrate --to {shape}: {done.stdout.decode()}{done.stderr.decode()}")


def own_environment(folder: Path, database: str | None) -> dict[str, str]:
    """Ports, folders and a ledger of the rehearsal's own."""
    models = folder / "models"
    models.mkdir()
    for found in (ROOT / "models").glob("*"):
        if found.is_file():
            shutil.copy2(found, models)
        elif found.name != "promoted":
            (models / found.name).symlink_to(found)
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "DATABASE_URL", "TRACKER_URL")}
    return {
        **kept,
        **{name: str(port) for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True)},
        "DATABASE_URL": database or f"sqlite:///{folder / 'ledger.sqlite3'}",
        "VAR_DIR": str(folder / "var"),
        "MODELS_DIR": str(models),
        "ENGINE_PYTHON": os.environ.get("ENGINE_PYTHON", str(ROOT / ".venv-engine/bin/python")),
    }


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="revision", default=None, help="a tag or revision; the latest tag where left out")
    parser.add_argument("--database", help="an empty PostgreSQL database of the rehearsal's own; SQLite where left out")
    parser.add_argument("--old-python", default=sys.executable, help="the Python of the previous release's environment")
    options = parser.parse_args()
    latest = ["git", "describe", "--tags", "--abbrev=0", "HEAD^"]
    revision = options.revision or subprocess.run(latest, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    with tempfile.TemporaryDirectory(prefix="motcua-upgrade-") as name:
        folder = Path(name)
        environment = own_environment(folder, options.database)
        # The portal of the trial has the ports of the trial.
        environment["PORTAL_URL"] = f"http://127.0.0.1:{environment['PORTAL_PORT']}"
        old = checked_out(revision, options.old_python, folder / "previous")
        try:
            rehearse(old, Release("this code", ROOT, sys.executable), environment, folder)
        except DifferenceError as difference:
            told(f"✗ {difference}")
            log = folder / "product.log"
            told(log.read_text(encoding="utf-8")[-3000:] if log.exists() else "")
            sys.exit(1)


if __name__ == "__main__":
    main()
