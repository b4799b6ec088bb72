"""How long a whole ledger takes to leave and to come back: ``python -m benchmarks.vendor [--messages 300000] [--to URL]``.

Prints seconds and megabytes of export and restore, and their ratio to a plain copy of the SQLite file with its own backup (the
least that any way of taking the ledger along costs). A pack does more: it is readable without us, hashed, and checked.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import insert

from bot.messages import BotMessage, Button
from bot.settings import PROJECT_ROOT, Settings
from bot.storage.database import open_database
from bot.storage.migrate import upgrade
from bot.storage.models import Conversation, Inbound, Outbound
from motcua.vendor.exporting import export_pack
from motcua.vendor.restoring import restore_pack

_BEGAN = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
_TURNS = 5
_BATCH = 2_000
_ANSWER = BotMessage(
    "Thủ tục đăng ký khai sinh (mã 1.001193): lệ phí 0 đồng khi đăng ký đúng hạn; quá hạn theo nghị quyết của HĐND. "
    "Nguồn: Quyết định công bố của Chủ tịch UBND tỉnh; dữ liệu ngày 23/11/2026.",
    procedure_code="1.001193",
    facet="fee",
    buttons=(
        Button("Giấy tờ cần nộp", "show_facet", {"facet": "documents"}),
        Button("Thời hạn", "show_facet", {"facet": "processing_time"}),
    ),
).to_json()


def _rows(messages: int) -> Iterator[tuple[type[Any], dict[str, Any]]]:
    for number in range(messages // (2 * _TURNS)):
        name, at = f"c{number:012d}", _BEGAN + timedelta(seconds=number)
        common = {"channel": "webchat", "account": "web"}
        yield Conversation, {"id": name, "external_id": name, "opened_at": at, "last_seq": 2 * _TURNS, **common}
        for turn in range(_TURNS):
            key = number * _TURNS + turn + 1
            times = {"received_at": at, "order_at": at, "due_at": at, "finished_at": at}
            yield Inbound, {
                "id": key, "conversation_id": name, "event_id": f"e{key}", "seq": 2 * turn + 1, **common, **times,
                "text": f"làm giấy khai sinh cho con {key} cần những gì và mất bao nhiêu tiền", "outcome": "answered",
                "nlu": {"intent": "ask_fee", "confidence": 0.93},
            }  # fmt: skip
            yield Outbound, {
                "id": key, "conversation_id": name, "inbound_id": key, "seq": 2 * turn + 2, "author": "bot", "message": _ANSWER,
                "state": "sent", "idempotency_key": f"k{key}", "created_at": at, "sent_at": at,
            }  # fmt: skip


def _fill(url: str, messages: int) -> None:
    database = open_database(url)
    waiting: dict[type[Any], list[dict[str, Any]]] = {Conversation: [], Inbound: [], Outbound: []}
    with database.engine.begin() as connection:
        for count, (table, row) in enumerate(_rows(messages), start=1):
            waiting[table].append(row)
            if count % _BATCH == 0:
                _flush(connection, waiting)
        _flush(connection, waiting)
    database.engine.dispose()


def _flush(connection: Any, waiting: dict[type[Any], list[dict[str, Any]]]) -> None:
    for table, rows in waiting.items():
        if rows:
            connection.execute(insert(table), rows)
            rows.clear()


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result


def _copy(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)


def main() -> None:
    """Fills a ledger, copies it, exports it, restores it."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--messages", type=int, default=300_000)
    wanted.add_argument("--to", help="an empty PostgreSQL database to restore to; a SQLite file otherwise")
    asked = wanted.parse_args()
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as name:
        folder = Path(name)
        ledger = folder / "ledger.sqlite3"
        upgrade(f"sqlite:///{ledger}")
        _fill(f"sqlite:///{ledger}", asked.messages)
        (folder / "models").mkdir()
        key = Fernet.generate_key().decode()
        settings = Settings(
            database_url=f"sqlite:///{ledger}", data_dir=PROJECT_ROOT / "data",
            models_dir=folder / "models", var_dir=folder / "var",
            engine_secret="x", ledger_key=key, web_session_secret="x",
        )  # fmt: skip
        size = ledger.stat().st_size / 1e6
        copied, _ = _timed(lambda: _copy(ledger, folder / "copy.sqlite3"))
        out, exported = _timed(lambda: export_pack(settings, folder / "p.zip", datetime.now(UTC), lambda _line: None))
        target = asked.to or f"sqlite:///{folder}/restored.sqlite3"
        back, _ = _timed(lambda: restore_pack(folder / "p.zip", target, folder / "new", lambda _line: None))
        print(f"messages {asked.messages:,}, rows {exported.rows:,}, ledger {size:.0f} MB")
        print(f"copy     {copied:7.1f} s")
        print(f"export   {out:7.1f} s  {out / copied:5.1f} x copy  {exported.size / 1e6:7.1f} MB")
        print(f"restore  {back:7.1f} s  {back / copied:5.1f} x copy")


if __name__ == "__main__":
    main()
